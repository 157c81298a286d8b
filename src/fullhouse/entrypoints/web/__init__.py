"""The pages of guests and staff: rendered on the server, complete without JavaScript."""

from fullhouse.entrypoints.web.routes import build_pages

__all__ = ["build_pages"]
