"""What the OpenAPI document says of an error: a schema from its attributes, and an example."""

from collections.abc import Mapping
from dataclasses import MISSING, fields
from datetime import UTC, datetime
from types import NoneType, UnionType
from typing import Final, Literal, Union, get_args, get_origin, get_type_hints
from uuid import UUID

import msgspec

from fullhouse.booking import errors as booking
from fullhouse.booking.model.slot import Alternative, SlotId
from fullhouse.entrypoints.api.problems import problem_of, status_of
from fullhouse.http import errors as http
from fullhouse.http.operations.decoding import WrongMediaType
from fullhouse.kernel.context import Permission
from fullhouse.kernel.errors import FullhouseError, InvalidInput, VersionConflict
from fullhouse.people.errors import NotPermitted
from fullhouse.scheduling.model.closures import ClosureInvalid
from fullhouse.scheduling.model.ics_parser import CalendarInvalid
from fullhouse.scheduling.model.recurrence import RuleInvalid, TooManySlots
from fullhouse.scheduling.model.schedule import ScheduleInvalid

_SLOT: Final = SlotId(UUID("01977f6e-8c00-7000-8000-00000000002a"))
_TEN: Final = datetime(2027, 6, 19, 10, tzinfo=UTC)
_HALF_PAST: Final = datetime(2027, 6, 19, 10, 30, tzinfo=UTC)
_EXAMPLES: Final[Mapping[type[FullhouseError], FullhouseError]] = {
    type(error): error
    for error in (
        InvalidInput("Expected `int`, got `str`", field="party"),
        WrongMediaType(sent="text/plain"),
        NotPermitted(permission=Permission.MANAGE_OFFERINGS),
        VersionConflict(version=4),
        http.MethodNotAllowed(allow="GET, HEAD"),
        http.BodyTooLarge(bytes_max=65_536),
        booking.PartyNotAdmitted(party_min=1, party_max=8),
        booking.SlotFull(
            slot=_SLOT,
            remaining=1,
            offering="sunflower-mornings",
            zone="America/Chicago",
            alternatives=(
                Alternative(slot_id=_SLOT, starts_at=_TEN, ends_at=_HALF_PAST, remaining=12),
            ),
        ),
        booking.SlotClosed(slot=_SLOT, reason="Storm damage"),
        booking.PossibleDuplicate(ref="K7QF2M9D", starts_at=_TEN, party=2),
        booking.WrongStatus(booking_status="no_show"),
        booking.CapacityBelowSold(slot=_SLOT, sold=12),
        RuleInvalid(part="BYDAY"),
        TooManySlots(limit=20_000),
        ScheduleInvalid(field="duration_minutes"),
        ClosureInvalid(field="ends_at"),
        CalendarInvalid(line=12),
    )
}
"""Of each error that has required attributes."""


class InvalidField(msgspec.Struct, frozen=True):
    """A value of the request that is invalid."""

    field: str
    message: str


def problem_type(kind: type[FullhouseError]) -> type[msgspec.Struct]:
    """A struct with the members of `problem_of(error)`; `code` tells one from another."""
    hints = get_type_hints(kind)
    attributes = [one for one in fields(kind) if one.name not in ("detail", "field")]
    members: list[tuple[str, object] | tuple[str, object, object]] = [
        ("type", str),
        ("title", str),
        ("status", Literal[status_of(kind)]),
        ("code", Literal[kind.code]),
        ("detail", str),
        *([("errors", tuple[InvalidField, ...])] if issubclass(kind, InvalidInput) else []),
        *(
            (one.name, hints[one.name])
            if one.default is MISSING
            else (one.name, _or_unset(hints[one.name]), msgspec.UNSET)
            for one in attributes
        ),
    ]
    return msgspec.defstruct(
        f"{kind.__name__}Problem",
        members,
        namespace={"__doc__": kind.__doc__},
        kw_only=True,
        frozen=True,
    )


def problem_example(kind: type[FullhouseError]) -> object:
    """A body as it would be sent."""
    error = _EXAMPLES.get(kind) or kind()
    return msgspec.json.decode(problem_of(error).body)


def _or_unset(hint: object) -> object:
    """The type of an attribute that is left out rather than null."""
    options = get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)
    known = tuple(one for one in options if one is not NoneType)
    return Union[(*known, msgspec.UnsetType)]
