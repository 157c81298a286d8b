"""Where the pages are: every address that a page links to is spelled here."""

from dataclasses import dataclass
from datetime import date
from typing import Protocol
from urllib.parse import quote, urlencode
from uuid import UUID


def with_query(path: str, /, **values: object) -> str:
    """The path with those values that are not None as its query."""
    said = {name: value for name, value in values.items() if value is not None}
    return f"{path}?{urlencode(said)}" if said else path


@dataclass(frozen=True, slots=True)
class OfferingAddress:
    """The pages of one offering, for a party of a chosen size."""

    org: str
    offering: str
    party: int

    @property
    def path(self) -> str:
        return f"/{self.org}/{self.offering}"

    def day(self, day: date) -> str:
        return with_query(self.path, day=day.isoformat(), party=self.party) + "#times"

    def month(self, month: date) -> str:
        return with_query(self.path, month=f"{month:%Y-%m}", party=self.party)

    def slot(self, day: date, slot_id: UUID) -> str:
        return (
            with_query(self.path, day=day.isoformat(), party=self.party, slot=slot_id) + "#chosen"
        )

    @property
    def holds(self) -> str:
        return f"{self.path}/holds"

    def hold(self, hold_id: UUID) -> str:
        return f"{self.holds}/{hold_id}"

    def release(self, hold_id: UUID) -> str:
        return f"{self.hold(hold_id)}/release"

    @property
    def waiting(self) -> str:
        return f"{self.path}/waiting"

    def live(self, day: date) -> str:
        return with_query(
            f"/api/v1/{self.org}/offerings/{self.offering}/live", date=day.isoformat()
        )


@dataclass(frozen=True, slots=True)
class BookingAddress:
    """The guest's pages of one booking: each carries the token that proves whose it is."""

    org: str
    ref: str
    token: str

    @property
    def path(self) -> str:
        return f"/{self.org}/b/{self.ref}"

    @property
    def ticket(self) -> str:
        return self.at("")

    @property
    def change(self) -> str:
        return self.at("/change")

    @property
    def calendar(self) -> str:
        return self.at("/calendar.ics")

    def at(self, end: str, /, **values: object) -> str:
        return with_query(self.path + end, t=self.token, **values)

    def move_day(self, day: date) -> str:
        return self.at("/change", day=day.isoformat()) + "#times"

    def move_month(self, month: date) -> str:
        return self.at("/change", month=f"{month:%Y-%m}")

    def move_slot(self, day: date, slot_id: UUID) -> str:
        return self.at("/change", day=day.isoformat(), slot=slot_id) + "#chosen"


class SlotAddress(Protocol):
    """Where a time is chosen: to book it, or to move to it."""

    def slot(self, day: date, slot_id: UUID) -> str: ...


@dataclass(frozen=True, slots=True)
class MoveAddress:
    """Choosing a time to move a booking to. Implements `SlotAddress`."""

    booking: BookingAddress

    def slot(self, day: date, slot_id: UUID) -> str:
        return self.booking.move_slot(day, slot_id)


def desk(org: str, end: str, /, **values: object) -> str:
    """A page of the front desk."""
    return with_query(f"/admin/{org}/{end}", **values)


def directions(*, latitude: float | None, longitude: float | None, address: str) -> str:
    """A map of the place: by its coordinates when they are known, else by its address."""
    if latitude is not None and longitude is not None:
        return (
            f"https://www.openstreetmap.org/?mlat={latitude}&mlon={longitude}"
            f"#map=16/{latitude}/{longitude}"
        )
    return f"https://www.openstreetmap.org/search?query={quote(address)}" if address else ""
