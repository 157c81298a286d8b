"""From a path to its route: a tree of path segments, walked once a request."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import Final, Protocol

import msgspec

from fullhouse.http.errors import MethodNotAllowed, RouteNotFound
from fullhouse.http.limits import BODY_BYTES_MAX, REQUEST_SECONDS_MAX
from fullhouse.http.request import Request
from fullhouse.http.response import AnyResponse, Headers, Response
from fullhouse.kernel.context import Permission

Handler = Callable[[Request], Awaitable[AnyResponse]]

UNKNOWN_ROUTE: Final = "unknown"
_TREES_KEPT: Final = 8


class RouteClass(msgspec.Struct, frozen=True):
    """The limits that routes of one kind share."""

    body_bytes_max: int = BODY_BYTES_MAX
    seconds_max: float = REQUEST_SECONDS_MAX
    is_bounded: bool = True
    """Counted by the rate limit and by the bound of running requests."""


class Route(msgspec.Struct, frozen=True):
    """One method on one path template, such as `/{org}/b/{ref}`."""

    method: str
    path: str
    handler: Handler
    limits: RouteClass = RouteClass()
    allow: Permission | None = None
    """The permission that it needs; None for what belongs to the system: probes, files."""

    @property
    def path_parameters(self) -> tuple[str, ...]:
        """The names in braces, in order."""
        return _parameters(self.path)


@cache
def _parameters(template: str) -> tuple[str, ...]:
    """Of the few hundred templates that a program has."""
    return tuple(part[1:-1] for part in template.split("/") if part.startswith("{"))


class Section(Protocol):
    """A part of the site with its own routes, headers and way to show errors."""

    @property
    def headers(self) -> Headers:
        """Sent with every response of the section."""

    def overload_response(self, request: Request) -> Response:
        """Refuses a request under overload, before `RootApp` has seen it; one object of a few."""

    def find(self, request: Request) -> Route:
        """The route of a request, whose path parameters are set. As `Router.find`."""

    def error_response(self, request: Request, error: Exception, *, route: str) -> Response:
        """Any error as this section shows it. Never raises.

        A log line names the pattern `route`: the path may carry the secret of a link.
        """


@dataclass(slots=True)
class _Node:
    """What may follow at this point of a path."""

    literals: dict[str, "_Node"] = field(default_factory=dict)
    parameter: "_Node | None" = None
    methods: dict[str, tuple[int, tuple[str, ...]]] = field(default_factory=dict)
    """By method the number of the route, and the names of its path parameters."""


class Router:
    """Routes by method and path. A literal segment goes before a parameter; HEAD is a GET."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self._routes = tuple(routes)
        self._root = _tree(tuple((route.method, route.path) for route in self._routes))

    def find(self, request: Request, path: str) -> Route:
        """The route of this path with the method of the request; sets its path parameters.

        Without one, a route whose handler raises `RouteNotFound` or `MethodNotAllowed`: errors
        pass the same limits as answers.
        """
        node = self._root
        values: list[str] = []
        for segment in path.split("/")[1:]:
            following = node.literals.get(segment)
            if following is None:
                following = node.parameter
                values.append(segment)
            if following is None:
                return NOT_FOUND
            node = following
        if not node.methods:
            return NOT_FOUND
        found = node.methods.get("GET" if request.method == "HEAD" else request.method)
        if found is None:
            methods = {*node.methods, "HEAD"} if "GET" in node.methods else node.methods
            return _not_allowed(", ".join(sorted(methods)))
        number, names = found
        request.path_params = dict(zip(names, values, strict=True))
        return self._routes[number]


@lru_cache(_TREES_KEPT)
def _tree(addresses: tuple[tuple[str, str], ...]) -> _Node:
    """Of these methods and paths; the same for every site that is built, and never changed."""
    root = _Node()
    for number, (method, path) in enumerate(addresses):
        node = root
        for segment in path.split("/")[1:]:
            if segment.startswith("{"):
                node.parameter = node.parameter or _Node()
                node = node.parameter
            else:
                node = node.literals.setdefault(segment, _Node())
        assert method not in node.methods, f"{method} {path} twice"
        node.methods[method] = number, _parameters(path)
    return root


async def _not_found(_: Request) -> Response:
    raise RouteNotFound


NOT_FOUND: Final = Route("GET", UNKNOWN_ROUTE, _not_found)


def _not_allowed(allow: str) -> Route:
    async def refuse(_: Request) -> Response:
        raise MethodNotAllowed(f"This address takes {allow}.", allow=allow)

    return Route("GET", UNKNOWN_ROUTE, refuse)
