"""The wiring, in plain code, run once a process: one file a part, and the application of all.

Entrypoints receive actions and reads as fields; none of them is given the application itself.
"""
