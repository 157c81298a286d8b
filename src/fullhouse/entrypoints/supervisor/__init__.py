"""The parent process: it owns database server and listening socket, and restarts the others.

It serves no request itself, so there is little in it that can fail. Web and worker processes may
die and are started again, while connections wait in the backlog of the socket.
"""
