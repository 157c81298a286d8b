"""Entrypoints: parse a request, settle its context, call an action or a read, format the answer."""
