"""HTTP as API and pages see it: one request, one response, one router; no server and no framework.

The server stands in `entrypoints.asgi`; nothing below this package imports it, so it can be changed
without touching an operation or a page.
"""
