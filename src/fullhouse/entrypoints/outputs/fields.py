"""Bases of response structs, and the values they share.

Instants have the offset of the venue, money is in minor units.
"""

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import ClassVar, Final
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from fullhouse.booking.model.outcomes import BookedSlot


class ResponseBody(msgspec.Struct, frozen=True):
    """Base of response bodies."""

    example: ClassVar[Mapping[str, object]] = {}
    """A body as it is sent; the OpenAPI document shows it."""


class VersionedBody(ResponseBody, frozen=True, kw_only=True):
    """A thing that several people edit: `version` grows with each change and is its `ETag`."""

    version: int


class MoneyResponse(msgspec.Struct, frozen=True):
    """An amount in minor units (cents, yen) of an ISO 4217 currency."""

    amount: int
    currency: str


class SlotResponse(msgspec.Struct, frozen=True):
    """A time that was booked, in the venue's own offset."""

    id: UUID
    starts_at: datetime
    ends_at: datetime

    @staticmethod
    def of(slot: BookedSlot, zone: ZoneInfo) -> "SlotResponse":
        starts_at, ends_at = slot.starts_at.astimezone(zone), slot.ends_at.astimezone(zone)
        return SlotResponse(slot.slot_id, starts_at, ends_at)


SLOT_EXAMPLE: Final = {
    "id": "01977f6e-8c00-7000-8000-00000000002a",
    "starts_at": "2027-06-12T10:30:00-05:00",
    "ends_at": "2027-06-12T11:00:00-05:00",
}


@cache
def zone_of(name: str) -> ZoneInfo:
    return ZoneInfo(name)
