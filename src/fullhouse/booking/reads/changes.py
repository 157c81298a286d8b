"""What the database tells of changes, brought to those who remember: forget this, look again.

A topic is `<org>/<offering>/<day of UTC>`, or `*` for the day of an offering itself. `#<number>` is
the transaction that made the changes told of after it.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

import msgspec

from fullhouse.booking.model.offering import OfferingId
from fullhouse.booking.reads.availability import Availability
from fullhouse.booking.reads.catalogue import RememberedCatalogue
from fullhouse.kernel.ids import OrgId

_decode = msgspec.json.Decoder(list[str]).decode


@dataclass(slots=True)
class Changes:
    """Hears the payloads of `NOTIFY fullhouse_events`; wakes who watches an offering."""

    availability: Availability
    catalogue: RememberedCatalogue
    _watchers: dict[tuple[OrgId, OfferingId], set[asyncio.Event]] = field(default_factory=dict)

    def hear(self, payload: str) -> None:
        """Forget what these topics name, and wake who watches it."""
        by = None
        for topic in _decode(payload):
            if topic == "*":
                self._everything()
                return
            if topic.startswith("#"):
                by = int(topic[1:])
            else:
                self._one(*topic.split("/"), by=by)

    @contextmanager
    def watching(self, org_id: OrgId, offering_id: OfferingId) -> Iterator[asyncio.Event]:
        """An event that is set at each change of the offering; who waits for it clears it."""
        woken = asyncio.Event()
        watchers = self._watchers.setdefault((org_id, offering_id), set())
        watchers.add(woken)
        try:
            yield woken
        finally:
            watchers.discard(woken)
            if not watchers:
                self._watchers.pop((org_id, offering_id), None)

    def _one(self, org: str, offering: str, day: str, *, by: int | None) -> None:
        org_id, offering_id = OrgId(UUID(org)), OfferingId(UUID(offering))
        if day == "*":
            self.catalogue.forget(org_id, offering_id)
        self.availability.forget(
            org_id, offering_id, None if day == "*" else date.fromisoformat(day), by=by
        )
        for woken in self._watchers.get((org_id, offering_id), ()):
            woken.set()

    def _everything(self) -> None:
        self.availability.forget_all()
        self.catalogue.forget_all()
        for watchers in self._watchers.values():
            for woken in watchers:
                woken.set()
