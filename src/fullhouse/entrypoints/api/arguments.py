"""Arguments of handlers: how each parameter of a signature is read from a request.

org: OrgContext         the organisation of the path and who asks
uow: UnitOfWork         the transaction that the dispatcher opens for the call
offering: Offering      the offering of `{slug}`, when the caller may see it
booking: BookingView    the booking of `{ref}`; `OwnBooking` takes its link's token too
id: VenueId, …          an id of the path; text that is no id is the resource's `NotFound`
slug: str               any other part of the path
body: SomeRequest       the decoded body; `Patch[SomeRequest]` takes some of its fields
query: SomeQuery        the parameters of the query
expected_version        the version that `If-Match` names, or None
request: Request        the request itself
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache, partial
from typing import Annotated, Final, get_args, get_origin, get_type_hints
from uuid import UUID

import msgspec

from fullhouse.booking.catalogue import CachedCatalogue
from fullhouse.booking.errors import UnknownBooking, UnknownOffering, UnknownSlot, UnknownWaiting
from fullhouse.booking.model.booking import BookingId
from fullhouse.booking.model.offering import Offering
from fullhouse.booking.model.slot import SlotId
from fullhouse.booking.model.slot_plan import ScheduleId
from fullhouse.booking.model.tokens import LinkSigner
from fullhouse.booking.model.waiting import WaitingEntryId
from fullhouse.booking.reads.bookings import Bookings, BookingView
from fullhouse.entrypoints.api.booking_access import BookingAccess
from fullhouse.entrypoints.security.access import OrgContext
from fullhouse.http.operations.bodies import Patch, RequestBody, patch_of, patch_struct
from fullhouse.http.operations.decoding import decode_json, decode_query, read_file
from fullhouse.http.operations.limits import QUERIES_CACHED_MAX
from fullhouse.http.operations.operation import Body, Declaration, HandlerMethod
from fullhouse.http.request import Request
from fullhouse.kernel.context import Permission
from fullhouse.kernel.errors import FullhouseError, NotFound, VersionConflict
from fullhouse.people.errors import UnknownVenue
from fullhouse.people.model import VenueId, is_slug
from fullhouse.scheduling.errors import UnknownClosure, UnknownSchedule
from fullhouse.scheduling.model.closures import ClosureId
from fullhouse.storage.unit_of_work import UnitOfWork

Read = Callable[[Request, OrgContext], object]
"""Reads an argument that needs nothing but the request."""
Load = Callable[[Request, OrgContext], Awaitable[object]]
"""Loads an argument: the body, or a row."""

_NOT_FOUND: Final[Mapping[object, type[NotFound]]] = {
    BookingId: UnknownBooking,
    ClosureId: UnknownClosure,
    ScheduleId: UnknownSchedule,
    SlotId: UnknownSlot,
    VenueId: UnknownVenue,
    WaitingEntryId: UnknownWaiting,
}
_UNKNOWN_VERSION: Final = -1


class ByToken(msgspec.Struct, frozen=True):
    """Marks a booking whose link's token may stand in for the permission."""


class FileBody(msgspec.Struct, frozen=True, kw_only=True):
    """Marks a body that is taken as it was sent."""

    media_type: str
    bytes_max: int
    example: str


OwnBooking = Annotated[BookingView, ByToken()]


@dataclass(slots=True)
class Arguments:
    """The arguments of one handler, and what follows from them for its operation."""

    reads: dict[str, Read] = field(default_factory=dict)
    loads: dict[str, Load] = field(default_factory=dict)
    opens_unit_of_work: bool = False
    body: Body | None = None
    query: type[msgspec.Struct] | None = None
    problems: list[type[FullhouseError]] = field(default_factory=list)
    takes_token: bool = False
    takes_version: bool = False


@dataclass(frozen=True, slots=True)
class ArgumentReaders:
    """Makes the readers of arguments; bookings and the catalogue serve those that load rows."""

    catalogue: CachedCatalogue
    bookings: Bookings
    signer: LinkSigner

    def of(self, handler: HandlerMethod, declared: Declaration) -> Arguments:
        """Raises `TypeError` for a parameter that no request can give."""
        arguments = Arguments()
        for name, hint in get_type_hints(handler, include_extras=True).items():
            if name != "return":
                self._add(arguments, name, hint=hint, allow=declared.allow)
        return arguments

    def _add(self, arguments: Arguments, name: str, *, hint: object, allow: Permission) -> None:
        if hint is UnitOfWork:
            arguments.opens_unit_of_work = True
        elif name == "expected_version":
            arguments.reads[name] = _read_version
            arguments.takes_version = True
            arguments.problems.append(VersionConflict)
        elif name == "body":
            arguments.body, arguments.loads[name] = _body(hint)
        elif name == "query" and isinstance(hint, type) and issubclass(hint, msgspec.Struct):
            arguments.query, arguments.reads[name] = hint, _query_reader(hint)
        elif get_origin(hint) is Annotated or hint is BookingView:
            self._add_booking(arguments, name, hint=hint, permission=allow)
        else:
            self._add_simple(arguments, name, hint)

    def _add_booking(
        self, arguments: Arguments, name: str, *, hint: object, permission: Permission
    ) -> None:
        arguments.takes_token = hint is not BookingView
        arguments.problems.append(UnknownBooking)
        access = BookingAccess(self.bookings, self.signer, permission)
        arguments.loads[name] = access.by_token if arguments.takes_token else access.by_permission

    def _add_simple(self, arguments: Arguments, name: str, hint: object) -> None:
        if hint is OrgContext:
            arguments.reads[name] = _read_org
        elif hint is Request:
            arguments.reads[name] = _read_request
        elif hint is Offering:
            arguments.loads[name] = self._load_offering
            arguments.problems.append(UnknownOffering)
        elif hint in _NOT_FOUND:
            arguments.reads[name] = _id_reader(name, _NOT_FOUND[hint])
            arguments.problems.append(_NOT_FOUND[hint])
        elif hint is str:
            arguments.reads[name] = _text_reader(name)
        else:
            raise TypeError(f"No request gives a handler {name}: {hint}.")

    async def _load_offering(self, request: Request, org: OrgContext) -> Offering:
        slug = request.path_params["slug"]
        if not is_slug(slug):
            raise UnknownOffering
        offering = await self.catalogue.offering(org.org_id, slug)
        if not (offering.published or org.may(Permission.MANAGE_OFFERINGS)):
            raise UnknownOffering
        return offering


def _id_reader(name: str, not_found: type[NotFound]) -> Read:
    def read(request: Request, _: OrgContext) -> UUID:
        try:
            return UUID(request.path_params[name])
        except ValueError:
            raise not_found from None

    return read


def _text_reader(name: str) -> Read:
    def read(request: Request, _: OrgContext) -> str:
        return request.path_params[name]

    return read


def _query_reader(kind: type[msgspec.Struct]) -> Read:
    """Values cannot change, so equal queries share one: availability is asked in few words."""
    decode = lru_cache(QUERIES_CACHED_MAX)(partial(decode_query, kind=kind))

    def read(request: Request, _: OrgContext) -> msgspec.Struct:
        return decode(request.query_string)

    return read


def _body(hint: object) -> tuple[Body, Load]:
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


def _json_body(kind: type[RequestBody]) -> tuple[Body, Load]:
    decoder = msgspec.json.Decoder(kind)

    async def load(request: Request, _: OrgContext) -> RequestBody:
        return await decode_json(request, decoder)

    return Body(type=kind, examples=kind.examples), load


def _patch_body(kind: type[RequestBody]) -> tuple[Body, Load]:
    fields = patch_struct(kind)
    decoder = msgspec.json.Decoder(fields)

    async def load(request: Request, _: OrgContext) -> Patch[msgspec.Struct]:
        return patch_of(await decode_json(request, decoder))

    return Body(type=fields, examples=kind.examples), load


def _file_body(file: FileBody) -> tuple[Body, Load]:
    async def load(request: Request, _: OrgContext) -> bytes:
        return await read_file(request, file.media_type)

    body = Body(
        type=str,
        examples={"a file": file.example},
        media_type=file.media_type,
        bytes_max=file.bytes_max,
    )
    return body, load


def _read_org(_: Request, org: OrgContext) -> OrgContext:
    return org


def _read_request(request: Request, _: OrgContext) -> Request:
    return request


def _read_version(request: Request, _: OrgContext) -> int | None:
    """The version of `If-Match`; `*` is any version, and a tag of another form matches none."""
    tag = request.header(b"if-match")
    if tag is None or tag.strip() == "*":
        return None
    version = tag.strip().removeprefix('"').removesuffix('"')
    return int(version) if version.isascii() and version.isdecimal() else _UNKNOWN_VERSION
