"""What is not served at present, although its route exists, and what is served last."""

from typing import NamedTuple, Protocol

from fullhouse.http.request import Request
from fullhouse.http.routing import Route


class Precedence(NamedTuple):
    """Which requests are admitted while the bounds are nearly reached."""

    share: float = 1.0
    """Of the bounds, up to which they are."""
    waits_in_line: bool = True
    """Whether those who have waited longer go first."""


class Restrictions(Protocol):
    """Decides before a handler runs, and only while `are_on`."""

    @property
    def are_on(self) -> bool:
        """Whether anything is refused; asked for every request."""

    async def require(self, request: Request, route: Route) -> None:
        """Raise the error of a request that is not served now."""

    def precedence_of(self, route: Route) -> Precedence:
        """What goes first when there is no room for all; asked under overload alone."""


class NoRestrictions:
    """Everything is served."""

    are_on = False

    async def require(self, request: Request, route: Route) -> None:
        """Nothing is refused."""

    def precedence_of(self, route: Route) -> Precedence:  # noqa: ARG002 - the protocol's
        """Nothing goes before anything else."""
        return Precedence()
