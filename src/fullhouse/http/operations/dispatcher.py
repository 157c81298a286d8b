"""The dispatcher: from declared handlers to operations that enforce what they declare.

Before a handler runs, the dispatcher resolves its context, checks the permission, and reads the
arguments. A handler with a unit of work runs in one, once
for an idempotency key: the first response is stored, and returned to every repeat.
"""

import inspect
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from functools import cache, partial
from http import HTTPStatus
from types import NoneType, UnionType
from typing import (
    Annotated,
    ClassVar,
    Final,
    Generic,
    NamedTuple,
    Protocol,
    Union,
    get_args,
    get_origin,
)

import msgspec
from msgspec import Meta
from msgspec.structs import replace

from fullhouse.http.operations.arguments import ArgumentReaders, Arguments, C
from fullhouse.http.operations.bodies import VersionedBody
from fullhouse.http.operations.operation import (
    Declaration,
    HandlerMethod,
    Operation,
    Success,
    declarations_of,
    hints_of,
)
from fullhouse.http.operations.response_cache import ResponseCache
from fullhouse.http.operations.results import (
    REPLAYED,
    CachedBody,
    Created,
    Respond,
    responder_of,
)
from fullhouse.http.request import Request
from fullhouse.http.response import (
    JSON_TYPE,
    NO_STORE,
    AnyResponse,
    EventStream,
    Response,
)
from fullhouse.http.routing import Handler
from fullhouse.kernel.context import GUEST, Permission, RequestContext
from fullhouse.kernel.ids import OrgId, fingerprint
from fullhouse.storage.unit_of_work import AlreadyAnswered, UnitOfWorkFactory


class ServerSentEvent(msgspec.Struct, frozen=True):
    """One event of a stream, as a client's `MessageEvent` has it."""

    data: Annotated[
        str,
        Meta(
            examples=['{"slots":[{"id":"01977f6e-8c00-7000-8000-00000000002a","remaining":12}]}'],
            extra_json_schema={"contentMediaType": "application/json"},
        ),
    ]


_STREAM: Final = Success(
    status=200,
    description="Events, until the client disconnects; the schema is that of each.",
    type=ServerSentEvent,
    media_type="text/event-stream",
)
_NO_CONTENT: Final = Success(status=204, description="Done.")
_NOT_MODIFIED: Final = Success(status=304, description="Unchanged since `If-None-Match`.")


class Resource(Protocol):
    """A file of the API: its handlers, and their tag in the OpenAPI document."""

    tag: ClassVar[str]


class _StoredResponse(msgspec.Struct, frozen=True):
    status: int
    body: str
    etag: str = ""


@dataclass(frozen=True, slots=True)
class Dispatcher(Generic[C]):
    """Makes operations of resources."""

    authenticate: Callable[[Request], Awaitable[C]]
    """Resolves who asks and for which organisation; checks the origin, not yet the permission."""
    require: Callable[[RequestContext, Permission], None]
    """Raises the error of a context without the permission."""
    unit_of_work: UnitOfWorkFactory
    readers: ArgumentReaders[C]
    responses: ResponseCache
    in_turn: Callable[[RequestContext, OrgId], AbstractAsyncContextManager[None]]
    """In which a read that is not for guests waits for its caller's others."""

    def operations(self, resources: Iterable[Resource]) -> Sequence[Operation]:
        return [
            self._operation(handler, declared, resource.tag)
            for resource in resources
            for handler, declared in declarations_of(resource)
        ]

    def _operation(self, handler: HandlerMethod, declared: Declaration, tag: str) -> Operation:
        arguments = self.readers.of(handler, declared)
        described = _described(getattr(handler, "__func__", handler))
        return Operation(
            method=declared.method,
            path=declared.path,
            name=described.name,
            tag=tag,
            summary=described.summary,
            description=described.description,
            allow=declared.allow,
            handler=self._handler(handler, declared, arguments),
            successes=described.successes,
            body=arguments.body,
            query=arguments.query,
            problems=(*arguments.problems, *declared.raises),
            token=arguments.token,
            takes_version=arguments.takes_version,
        )

    def _handler(
        self, handler: HandlerMethod, declared: Declaration, arguments: Arguments[C]
    ) -> Handler:
        """Resolves who asks and checks the permission; a read by staff waits for its turn."""
        authenticate, require, allow = self.authenticate, self.require, declared.allow
        by_permission, in_turn = arguments.token is None, self.in_turn
        waits = declared.method == "GET" and allow not in GUEST.permissions
        answer = self._answer(handler, declared, arguments)

        async def handle(request: Request) -> AnyResponse:
            resolved = await authenticate(request)
            if by_permission and allow not in resolved.context.principal.permissions:
                require(resolved.context, allow)
            if not waits:
                return await answer(request, resolved)
            async with in_turn(resolved.context, resolved.org_id):
                return await answer(request, resolved)

        return handle

    def _answer(
        self, handler: HandlerMethod, declared: Declaration, arguments: Arguments[C]
    ) -> Callable[[Request, C], Awaitable[AnyResponse]]:
        """Reads the arguments and runs the handler."""
        reads, loads = tuple(arguments.reads.items()), tuple(arguments.loads.items())
        in_unit_of_work = arguments.opens_unit_of_work
        respond = responder_of(hints_of(handler)["return"])
        check_query = arguments.check_query

        async def answer(request: Request, resolved: C) -> AnyResponse:
            if check_query is not None and request.query_string:
                check_query(request.query_string)
            values = {}
            for name, read in reads:
                values[name] = read(request, resolved)
            for name, load in loads:
                values[name] = await load(request, resolved)
            if in_unit_of_work:
                return await self._write(
                    partial(handler, **values), request, resolved, respond=respond
                )
            result = await handler(**values)
            if isinstance(result, CachedBody):
                self.responses.add(declared.path, request, result)
            return respond(result, request)

        return answer

    async def _write(
        self,
        handler: HandlerMethod,
        request: Request,
        resolved: C,
        *,
        respond: Respond,
    ) -> AnyResponse:
        """The response of the handler, or the first response to the same request and key."""
        content = (request.method.encode(), request.path.encode(), request.query_string)
        request_hash = fingerprint(b"\n".join([*content, await request.body()]))
        try:
            async with self.unit_of_work(
                resolved.context, resolved.org_id, fingerprint=request_hash
            ) as uow:
                response = respond(await handler(uow=uow), request)
                assert isinstance(response, Response), "a stream cannot be stored"
                uow.answer = _stored(response)
        except AlreadyAnswered as prior:
            return _replayed(msgspec.json.decode(prior.answer, type=_StoredResponse))
        return response


def _stored(response: Response) -> str:
    etag = dict(response.headers).get(b"etag", b"").decode()
    stored = _StoredResponse(response.status, response.body.decode(), etag)
    return msgspec.json.encode(stored).decode()


def _replayed(stored: _StoredResponse) -> Response:
    """The first response again; `201 Created` becomes 200, since nothing was created now."""
    headers = [NO_STORE, REPLAYED]
    if stored.body:
        headers.append(JSON_TYPE)
    if stored.etag:
        headers.append((b"etag", stored.etag.encode()))
    status = HTTPStatus.OK if stored.status == HTTPStatus.CREATED else stored.status
    return Response(status, stored.body.encode(), tuple(headers))


class _Described(NamedTuple):
    """What the OpenAPI document says of a handler."""

    name: str
    summary: str
    description: str
    successes: Sequence[Success]


@cache
def _described(function: HandlerMethod) -> _Described:
    """Once in a process, as its types are evaluated once."""
    summary, _, description = (inspect.getdoc(function) or "").partition("\n\n")
    assert summary.endswith("."), f"{function.__name__} needs a docstring of one sentence"
    return _Described(
        name=_camel_case(function.__name__),
        summary=summary.removesuffix("."),
        description=" ".join(description.split()),
        successes=_successes(hints_of(function)["return"]),
    )


def _camel_case(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(other.title() for other in others)


def _successes(returned: object) -> Sequence[Success]:
    """The successful responses of a handler with this return type."""
    if get_origin(returned) in (Union, UnionType):
        found = [success for option in get_args(returned) for success in _successes(option)]
        return list({success.status: success for success in found}.values())
    kind = get_origin(returned) or returned
    (value,) = get_args(returned) or (returned,)
    if kind is EventStream or value in (None, NoneType):
        return [_STREAM if kind is EventStream else _NO_CONTENT]
    success = _success(201 if kind is Created else 200, value)
    if kind is CachedBody:
        return [replace(success, headers=("ETag",)), _NOT_MODIFIED]
    if kind is Created:
        return [success, _success(200, value, "The first response to this key, again.")]
    return [success]


def _success(status: int, value: object, description: str = "") -> Success:
    is_versioned = isinstance(value, type) and issubclass(value, VersionedBody)
    first_line = (getattr(value, "__doc__", None) or "").partition("\n\n")[0]
    return Success(
        status=status,
        description=description or " ".join(first_line.split()),
        type=value,
        headers=("ETag",) if is_versioned else (),
    )
