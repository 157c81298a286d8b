"""Commands to the ledger: everything that takes, frees or promises places, as one flat value.

A command says what it does (`act`), on which state it was decided (`version`, `statuses`), what it
takes and gives (`slots`, `places`, `gives`), and what is written when it is done. The ledger knows
no verbs beyond that: a move is a change that gives and takes, a confirmation is a move to the very
slots that were held. `actions.creating` and `actions.changing` keep those spellings in one place.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from fullhouse.booking.model.booking import Status
from fullhouse.booking.model.offering import OfferingId
from fullhouse.booking.model.outcomes import Outcome
from fullhouse.booking.model.slot import SlotId
from fullhouse.kernel.ids import OrgId

Act = Literal["create", "change", "wait", "unwait", "resize", "touch"]
WaitingStatus = Literal["waiting", "offered", "booked", "lapsed", "left"]
Say = Literal[
    "done",
    "replayed",
    "key_reused",
    "unknown_booking",
    "wrong_status",
    "stale",
    "duplicate",
    "unknown_slot",
    "slot_closed",
    "slot_full",
    "below_sold",
]


class Command(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One command, as the database's type `ledger_command` spells it; unset fields are null."""

    command_id: UUID
    org_id: OrgId
    act: Act
    subject: UUID
    actor: str
    correlation_id: UUID
    key: UUID | None = None
    fingerprint: UUID | None = None
    derived: bool | None = None
    version: int | None = None
    statuses: tuple[Status, ...] | None = None
    status: Status | None = None
    gives: bool | None = None
    slots: tuple[SlotId, ...] | None = None
    places: int | None = None
    capacity: int | None = None
    forced: bool | None = None
    near_minutes: int | None = None
    expires_at: datetime | None = None
    ref: str | None = None
    offering_id: OfferingId | None = None
    entry_id: UUID | None = None
    waiting_status: WaitingStatus | None = None
    party: int | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    customer_name: str | None = None
    customer_email: str | None = None
    customer_phone: str | None = None
    locale: str | None = None
    source: Mapping[str, str] | None = None
    price_amount: int | None = None
    fee_amount: int | None = None
    currency: str | None = None
    event: str | None = None
    failure: str | None = None
    data: Mapping[str, object] | None = None
    outcome: Outcome | None = None
