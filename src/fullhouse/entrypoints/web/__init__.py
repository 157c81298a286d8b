"""The pages that guests and staff see: rendered on the server, complete without JavaScript."""

from fullhouse.entrypoints.web.routes import web_failures, web_routes

__all__ = ["web_failures", "web_routes"]
