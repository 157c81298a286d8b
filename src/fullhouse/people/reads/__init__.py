"""Reads of people for entrypoints and other parts: one function, one named query."""
