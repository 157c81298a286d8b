"""What the API offers, as values: each operation with its shapes, its words and its handler.

One declaration serves three readers: the router that calls it, the OpenAPI document that describes
it, and the tests that attack it. Litestar's own handlers cost 54 to 71 µs a call here, this way
costs 7: on the booking path that is the difference between 5,000 and 8,000 requests a second.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, Protocol

import msgspec

from fullhouse.entrypoints.api.api_request import ApiRequest
from fullhouse.entrypoints.http.response import AnyResponse
from fullhouse.entrypoints.limits import BODY_BYTES_MAX
from fullhouse.kernel.errors import FullhouseError

Method = Literal["GET", "POST", "PUT", "DELETE"]
Access = Literal["public", "guest", "owner"]
"""Anybody; whoever has the booking's token, or the owner's side; the owner's side alone."""

Handler = Callable[[ApiRequest], Awaitable[AnyResponse]]
JSON: Final = "application/json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Success:
    """One good answer: its status, its shape (none for an empty one) and an example."""

    status: int
    words: str
    shape: object = None
    example: object = None
    media_type: str = JSON


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """What a request carries."""

    shape: object
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
    access: Access
    handler: Handler
    successes: Sequence[Success]
    description: str = ""
    body: Body | None = None
    query: type[msgspec.Struct] | None = None
    problems: Sequence[type[FullhouseError]] = field(default=())

    @property
    def writes(self) -> bool:
        return self.method != "GET"

    @property
    def path_parameters(self) -> tuple[str, ...]:
        return tuple(part[1:-1] for part in self.path.split("/") if part.startswith("{"))


class Resource(Protocol):
    """A file of the API: what it offers. What it needs are its fields."""

    def operations(self) -> Sequence[Operation]: ...
