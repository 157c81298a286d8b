"""Child processes and the embedded database, started, restarted and stopped by their parent.

The parent serves no request itself, so there is little in it that can fail. Its children may die
and are started again, while connections wait in the backlog of the socket that it holds.
"""
