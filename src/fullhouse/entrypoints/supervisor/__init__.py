"""The process above the others: it owns the database and the listening socket, and keeps the rest.

It does no work of its own, so there is little in it that can fail: web and worker are processes
that may die and are started again, while guests wait in the socket's queue.
"""
