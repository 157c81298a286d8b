"""What is not served at present, although its route exists."""

from typing import Protocol

from fullhouse.http.request import Request
from fullhouse.http.routing import Route


class Restrictions(Protocol):
    """Decides before a handler runs, and only while `are_on`."""

    @property
    def are_on(self) -> bool:
        """Whether anything is refused; asked for every request."""

    async def require(self, request: Request, route: Route) -> None:
        """Raise the error of a request that is not served now."""


class NoRestrictions:
    """Everything is served."""

    are_on = False

    async def require(self, request: Request, route: Route) -> None:
        """Nothing is refused."""
