"""Operations of the API: declared beside their handlers, derived from the handlers' signatures.

    @operation("DELETE", "/api/v1/{org}/holds/{id}", allow=Permission.BOOK, raises=(WrongStatus,))
    async def release_hold(self, org: OrgContext, id: HoldId) -> Completed[None]:
        \"\"\"Give held places back.\"\"\"

One `Operation` serves the router that calls it, the OpenAPI document, and the tests that attack it.
Everything is derived once, at assembly; a call costs no more than a handler written by hand.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Final, Literal, TypeVar, get_type_hints

import msgspec

from fullhouse.http.limits import BODY_BYTES_MAX
from fullhouse.http.operations.decoding import JSON
from fullhouse.http.routing import Handler
from fullhouse.kernel.context import GUEST_PERMISSIONS, Permission
from fullhouse.kernel.errors import FullhouseError

Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
HandlerMethod = Callable[..., Awaitable[object]]
F = TypeVar("F", bound=HandlerMethod)

_DECLARATION: Final = "operation_declaration"


class Declaration(msgspec.Struct, frozen=True):
    """What a handler declares beside its signature."""

    method: Method
    path: str
    allow: Permission
    raises: tuple[type[FullhouseError], ...]


def operation(
    method: Method,
    path: str,
    *,
    allow: Permission,
    raises: tuple[type[FullhouseError], ...] = (),
) -> Callable[[F], F]:
    """Declare a handler as an operation that takes the permission `allow`.

    `raises` are its errors beside those that follow from its signature: that of an id which names
    nothing, `InvalidInput` of a body, `IdempotencyKeyReused` of any write.
    """
    declaration = Declaration(method, path, allow, raises)

    def declare(handler: F) -> F:
        vars(handler)[_DECLARATION] = declaration
        return handler

    return declare


def declarations_of(resource: object) -> Sequence[tuple[HandlerMethod, Declaration]]:
    """The declared handlers of a resource, bound to it, in the order of the file."""
    return [
        (getattr(resource, name), declaration)
        for name, function in vars(type(resource)).items()
        if isinstance(declaration := getattr(function, _DECLARATION, None), Declaration)
    ]


def hints_of(handler: HandlerMethod) -> Mapping[str, object]:
    """The types of a handler's parameters and of its `return`; evaluated once in a process."""
    return _hints_of(getattr(handler, "__func__", handler))


@cache
def _hints_of(function: HandlerMethod) -> Mapping[str, object]:
    return get_type_hints(function, include_extras=True)


class Success(msgspec.Struct, frozen=True, kw_only=True):
    """A successful response: its status, its type (None for no body), its headers."""

    status: int
    description: str
    type: object = None
    media_type: str = JSON
    headers: tuple[str, ...] = ()


class Body(msgspec.Struct, frozen=True, kw_only=True):
    """The body of a request: its type and valid examples by a name."""

    type: object
    examples: Mapping[str, object]
    media_type: str = JSON
    bytes_max: int = BODY_BYTES_MAX


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One method on one path. `query` is a struct whose fields are the query's parameters."""

    method: Method
    path: str
    name: str
    tag: str
    summary: str
    description: str
    allow: Permission
    handler: Handler
    successes: Sequence[Success]
    body: Body | None = None
    query: type[msgspec.Struct] | None = None
    problems: Sequence[type[FullhouseError]] = field(default=())
    token: type[msgspec.Struct] | None = None
    """The parameters of the query by which a token may stand in for the permission."""
    takes_version: bool = False

    @property
    def writes(self) -> bool:
        return self.method != "GET"

    @property
    def has_organisation(self) -> bool:
        """Whether it is about one organisation, which its path names."""
        return "{org}" in self.path

    @property
    def takes_key(self) -> bool:
        """Whether it is done once for an idempotency key; what is secret is never stored for it."""
        return self.writes and self.has_organisation

    @property
    def is_public(self) -> bool:
        return self.allow in GUEST_PERMISSIONS

    @property
    def path_parameters(self) -> tuple[str, ...]:
        return tuple(part[1:-1] for part in self.path.split("/") if part.startswith("{"))
