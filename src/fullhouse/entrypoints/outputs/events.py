"""Events as programs follow them: an envelope for each kind, with the payload of its class."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, ClassVar, Final, TypeAlias, Union
from uuid import UUID

import msgspec
from msgspec import Meta

from fullhouse.booking.reads.event_feed import FeedPage, FeedRow
from fullhouse.entrypoints.inputs.offerings import CLOSURE_EXAMPLE
from fullhouse.entrypoints.outputs.fields import SLOT_EXAMPLE
from fullhouse.http.operations.bodies import ResponseBody
from fullhouse.kernel.events import Event
from fullhouse.kernel.timespan import Instant
from fullhouse.messages.model.webhooks import PUBLIC_EVENTS
from fullhouse.scheduling.events import VenueClosed

_ACTOR: Final = "`guest`, `system`, `operator`, or `account:` or `key:` with its id."
_ID: Final = "01977f6e-8400-7000-8000-000000000007"
_PAYLOADS: Final[Mapping[str, object]] = {
    "version": 1,
    "offering_id": _ID,
    "slots": [SLOT_EXAMPLE["id"]],
    "party": 2,
    "price": 2400,
    "currency": "USD",
    "from_status": "confirmed",
    "to_status": "cancelled",
    "booking_version": 2,
    "from_slots": [SLOT_EXAMPLE["id"]],
    "from_starts_at": SLOT_EXAMPLE["starts_at"],
    "starts_at": SLOT_EXAMPLE["starts_at"],
    "ends_at": SLOT_EXAMPLE["ends_at"],
    "from_party": 4,
    "from_guests": [
        {"category": "adult", "name": "Adult", "price_amount": 1200, "number": 4},
    ],
    "guests": [{"category": "adult", "name": "Adult", "price_amount": 1200, "number": 2}],
    "from_price": 4800,
    "from_free_until": SLOT_EXAMPLE["starts_at"],
    "from_move_until": SLOT_EXAMPLE["starts_at"],
    "fee": 1200,
    "reason": "slot_full",
    "tells_guest": True,
    "details": {"remaining": 1},
    "capacity": 24,
    "before": {"price_amount": 1200},
    "after": {"price_amount": 1500},
    "taken": 4,
    "spec": {"duration_minutes": 30},
    "closure_id": _ID,
    "calendar": "closures",
    "tell": "move",
    "added": 1,
    "changed": 0,
    "removed": 0,
    "unchanged": 0,
    "slug": "bouquet-garden",
    "fields": ["phone"],
    "text": "Bring rubber boots: the lower field is wet.",
    "reminder": "two_days",
    "stars": 5,
    "email_kind": "confirmation",
    "is_address_dead": True,
    "zone": "America/Chicago",
    "offerings": [_ID],
}
"""Of every field of a payload, for examples."""


def _envelope(event: type[Event]) -> type[msgspec.Struct]:
    """A struct of one kind of event, told from others by `kind`."""
    return msgspec.defstruct(
        f"{event.kind()}Event",
        [
            ("id", Annotated[str, Meta(description="Unique; the same when it is sent again.")]),
            ("at", Instant),
            ("subject", Annotated[UUID, Meta(description="The id of what it is about.")]),
            ("ref", str | None),
            ("actor", Annotated[str, Meta(description=_ACTOR)]),
            ("request_id", UUID),
            ("data", Annotated[event, Meta(description="What the event says.")]),
        ],
        namespace={"__doc__": event.__doc__},
        tag_field="kind",
        tag=event.kind(),
        frozen=True,
        kw_only=True,
    )


_ENVELOPES: Final = {event.kind(): (event, _envelope(event)) for event in PUBLIC_EVENTS}
FEED_KINDS: Final = tuple(_ENVELOPES)
if TYPE_CHECKING:
    AnyEvent: TypeAlias = msgspec.Struct
else:  # made of the classes, so no type checker can see it
    AnyEvent = Union[tuple(envelope for _, envelope in _ENVELOPES.values())]  # noqa: UP007 - made


def _example(event: type[Event], number: int) -> Mapping[str, object]:
    payloads = {**_PAYLOADS, **(CLOSURE_EXAMPLE if event is VenueClosed else {})}
    return {
        "kind": event.kind(),
        "id": str(4711 + number),
        "at": "2027-06-10T19:02:11Z",
        "subject": "01977f6e-9000-7000-8000-000000000f01",
        "ref": "K7QF2M9D",
        "actor": "guest",
        "request_id": "01977f6e-9000-7000-8000-000000000e11",
        "data": {name: payloads[name] for name in event.__struct_fields__},
    }


class EventListResponse(ResponseBody, frozen=True):
    """A page of events in the order of their commits. Ask for `after=next` to go on."""

    example: ClassVar = {
        "events": [_example(event, number) for number, event in enumerate(PUBLIC_EVENTS)],
        "next": "NDcxMS40NzEx",
        "more": False,
    }
    events: tuple[AnyEvent, ...]
    next: Annotated[str, Meta(description="The `after` of the page after this one; keep it.")]
    more: bool

    @staticmethod
    def of(page: FeedPage, *, cursor: str) -> "EventListResponse":
        return EventListResponse(tuple(map(_response, page.events)), cursor, page.has_more)


def _response(row: FeedRow) -> msgspec.Struct:
    event, envelope = _ENVELOPES[row.kind]
    return envelope(
        id=str(row.seq),
        at=row.at,
        subject=row.subject,
        ref=row.ref,
        actor=row.actor,
        request_id=row.correlation_id,
        data=msgspec.convert(row.payload, event),
    )
