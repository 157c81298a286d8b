"""The pages that guests and staff see: rendered on the server, complete without JavaScript."""

from fullhouse.entrypoints.web.routes import build_pages

__all__ = ["build_pages"]
