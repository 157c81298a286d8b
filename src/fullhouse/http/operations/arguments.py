"""Arguments of handlers: how each parameter of a signature is read from a request.

uow: UnitOfWork         the transaction that the dispatcher opens for the call
body: SomeRequest       the decoded body; `Patch[SomeRequest]` takes some of its fields
query: SomeQuery        the parameters of the query
expected_version        the version that `If-Match` names, or None
request: Request        the request itself
slug: str               a part of the path

An application hands in what it adds: the type of its resolved context (who asks, for which
organisation), the types of its ids, and the types of what is loaded by a path.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache, partial
from typing import (
    Annotated,
    Final,
    Generic,
    Protocol,
    TypeVar,
    get_args,
    get_origin,
)
from uuid import UUID

import msgspec

from fullhouse.http.operations.bodies import Patch, RequestBody, patch_of, patch_struct
from fullhouse.http.operations.decoding import decode_json, decode_query, read_file, refuse_unknown
from fullhouse.http.operations.limits import CACHED_QUERY_BYTES_MAX, QUERIES_CACHED_MAX
from fullhouse.http.operations.operation import Body, Declaration, HandlerMethod, hints_of
from fullhouse.http.request import Request, whole_number
from fullhouse.kernel.context import Permission, RequestContext
from fullhouse.kernel.errors import FullhouseError, NotFound, VersionConflict
from fullhouse.kernel.ids import OrgId
from fullhouse.storage.unit_of_work import UnitOfWork


class ResolvedContext(Protocol):
    """Who asks, and for which organisation, resolved before a handler runs."""

    @property
    def org_id(self) -> OrgId: ...

    @property
    def context(self) -> RequestContext: ...


C = TypeVar("C", bound=ResolvedContext)

Read = Callable[[Request, C], object]
"""Reads an argument that needs nothing but the request."""
Load = Callable[[Request, C], Awaitable[object]]
"""Loads an argument: the body, or a row."""

BINARY: Final = "application/octet-stream"
_Binary = Annotated[str, msgspec.Meta(extra_json_schema={"format": "binary"})]
_UNKNOWN_VERSION: Final = -1


class FileBody(msgspec.Struct, frozen=True, kw_only=True):
    """Marks a body that is taken as it was sent: `Annotated[bytes, FileBody(...)]`.

    Of another type than bytes, a resource of the application reads it.
    """

    media_type: str
    bytes_max: int
    example: str


@dataclass(frozen=True, slots=True)
class PathResource(Generic[C]):
    """What the path of a request names, loaded for the handler."""

    not_found: type[NotFound]
    loader: Callable[[Permission], Load[C]]
    """Given the permission of the operation."""
    token: type[msgspec.Struct] | None = None
    """The parameters of the query by which a token may stand in for the permission."""


@dataclass(slots=True)
class Arguments(Generic[C]):
    """The arguments of one handler, and what follows from them for its operation."""

    reads: dict[str, Read[C]] = field(default_factory=dict)
    loads: dict[str, Load[C]] = field(default_factory=dict)
    opens_unit_of_work: bool = False
    body: Body | None = None
    query: type[msgspec.Struct] | None = None
    problems: list[type[FullhouseError]] = field(default_factory=list)
    token: type[msgspec.Struct] | None = None
    takes_version: bool = False
    check_query: Callable[[bytes], None] | None = None
    """Refuses parameters of a query that the handler does not read itself."""


@dataclass(frozen=True, slots=True)
class ArgumentReaders(Generic[C]):
    """Makes the readers of arguments, by the type or the name of each parameter."""

    context: type[C]
    ids: Mapping[object, type[NotFound]]
    """The types of ids, with the error of text that is no id."""
    resources: Mapping[object, PathResource[C]]

    def of(self, handler: HandlerMethod, declared: Declaration) -> Arguments[C]:
        """Raises `TypeError` for a parameter that no request can give."""
        arguments = Arguments[C]()
        for name, hint in hints_of(handler).items():
            if name != "return":
                self._add(arguments, name, hint=hint, allow=declared.allow)
        known = frozenset(
            name for kind in (arguments.query, arguments.token) if kind for name in names_of(kind)
        )
        if arguments.query is not None:
            arguments.reads["query"] = _query_reader(arguments.query, known)
        else:
            arguments.check_query = partial(refuse_unknown, known=known)
        return arguments

    def _add(self, arguments: Arguments[C], name: str, *, hint: object, allow: Permission) -> None:
        if hint is UnitOfWork:
            arguments.opens_unit_of_work = True
        elif name == "expected_version":
            arguments.reads[name] = _read_version
            arguments.takes_version = True
            arguments.problems.append(VersionConflict)
        elif name == "body":
            self._add_body(arguments, hint, allow)
        elif name == "query" and isinstance(hint, type) and issubclass(hint, msgspec.Struct):
            arguments.query = hint
        elif hint in self.resources:
            resource = self.resources[hint]
            arguments.loads[name] = resource.loader(allow)
            arguments.token = arguments.token or resource.token
            arguments.problems.append(resource.not_found)
        else:
            self._add_simple(arguments, name, hint)

    def _add_body(self, arguments: Arguments[C], hint: object, allow: Permission) -> None:
        """A file may be read into a resource of the application before the handler runs."""
        arguments.body, arguments.loads["body"] = _body(hint)
        kind, *_ = get_args(hint) or (None,)
        if kind in self.resources:
            resource = self.resources[kind]
            arguments.loads["body"] = _in_turn(arguments.loads["body"], resource.loader(allow))
            arguments.problems.append(resource.not_found)

    def _add_simple(self, arguments: Arguments[C], name: str, hint: object) -> None:
        if hint is self.context:
            arguments.reads[name] = _read_context
        elif hint is Request:
            arguments.reads[name] = _read_request
        elif hint in self.ids:
            arguments.reads[name] = _id_reader(name, self.ids[hint])
            arguments.problems.append(self.ids[hint])
        elif hint is str:
            arguments.reads[name] = _text_reader(name)
        else:
            raise TypeError(f"No request gives a handler {name}: {hint}.")


def _id_reader(name: str, not_found: type[NotFound]) -> Read[ResolvedContext]:
    def read(request: Request, _: ResolvedContext) -> UUID:
        try:
            return UUID(request.path_params[name])
        except ValueError:
            raise not_found from None

    return read


def _text_reader(name: str) -> Read[ResolvedContext]:
    def read(request: Request, _: ResolvedContext) -> str:
        return request.path_params[name]

    return read


@cache
def names_of(kind: type[msgspec.Struct]) -> Sequence[str]:
    """The names of a query's parameters, as a client writes them."""
    return [field.encode_name for field in msgspec.structs.fields(kind)]


@cache
def _query_reader(kind: type[msgspec.Struct], known: frozenset[str]) -> Read[ResolvedContext]:
    """Values cannot change, so equal queries share one: availability is asked in few words.

    A query of many words is decoded each time: clients choose the words, and could fill the memory
    with them.
    """

    def decode(query: bytes) -> msgspec.Struct:
        refuse_unknown(query, known)
        return decode_query(query, kind)

    cached = lru_cache(QUERIES_CACHED_MAX)(decode)

    def read(request: Request, _: ResolvedContext) -> msgspec.Struct:
        query = request.query_string
        return cached(query) if len(query) <= CACHED_QUERY_BYTES_MAX else decode(query)

    return read


@cache
def _body(hint: object) -> tuple[Body, Load[ResolvedContext]]:
    match get_args(hint):
        case (_, FileBody() as file):
            return _file_body(file)
        case (kind,) if isinstance(kind, type) and issubclass(kind, RequestBody):
            assert get_origin(hint) is Patch, hint
            return _patch_body(kind)
        case _:
            assert isinstance(hint, type), hint
            assert issubclass(hint, RequestBody), hint
            return _json_body(hint)


def _json_body(kind: type[RequestBody]) -> tuple[Body, Load[ResolvedContext]]:
    decoder = msgspec.json.Decoder(kind)

    async def load(request: Request, _: ResolvedContext) -> RequestBody:
        return await decode_json(request, decoder)

    return Body(type=kind, examples=kind.examples), load


def _patch_body(kind: type[RequestBody]) -> tuple[Body, Load[ResolvedContext]]:
    fields = patch_struct(kind)
    decoder = msgspec.json.Decoder(fields)

    async def load(request: Request, _: ResolvedContext) -> Patch[msgspec.Struct]:
        return patch_of(await decode_json(request, decoder))

    return Body(type=fields, examples=kind.examples), load


def _file_body(file: FileBody) -> tuple[Body, Load[ResolvedContext]]:
    async def load(request: Request, _: ResolvedContext) -> bytes:
        return await read_file(request, file.media_type)

    body = Body(
        type=_Binary if file.media_type == BINARY else str,
        examples={"a file": file.example},
        media_type=file.media_type,
        bytes_max=file.bytes_max,
    )
    return body, load


def _in_turn(first: Load[C], then: Load[C]) -> Load[C]:
    """Check the body by `first`; what the handler gets is of `then`."""

    async def load(request: Request, resolved: C) -> object:
        await first(request, resolved)
        return await then(request, resolved)

    return load


def _read_context(_: Request, resolved: ResolvedContext) -> ResolvedContext:
    return resolved


def _read_request(request: Request, _: ResolvedContext) -> Request:
    return request


def _read_version(request: Request, _: ResolvedContext) -> int | None:
    """The version of `If-Match`; `*` is any version, and a tag of another form matches none."""
    tag = request.header(b"if-match")
    if tag is None or tag.strip() == "*":
        return None
    version = whole_number(tag.strip().removeprefix('"').removesuffix('"'))
    return _UNKNOWN_VERSION if version is None else version
