"""Invalidation of caches by the notifications of the database.

A topic is `<org>/<offering>/<day of UTC>`, with `*` for the day when the offering itself changed.
`organisation/<slug>` is what an organisation says of itself.
A cache of a part above has topics of its own, `<name>/<key>`.
`#<number>` is the transaction that made the changes of the topics behind it, and `+<number>` counts
the commands in it that were given by others than the system, see `fullhouse.jobs.load_monitor`.
"""

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Protocol
from uuid import UUID

import msgspec

from fullhouse.booking.availability.availability import Availability
from fullhouse.booking.catalogue import CachedCatalogue
from fullhouse.booking.limits import TOPICS_CACHED_MAX
from fullhouse.booking.model.offering import OfferingId
from fullhouse.kernel.events import ORGANISATION_TOPIC
from fullhouse.kernel.ids import OrgId
from fullhouse.people.reads.directory import OrganisationCache

_decode = msgspec.json.Decoder(list[str]).decode


class KeyedCache(Protocol):
    """A cache of a part above: a topic names its key."""

    def invalidate(self, key: str) -> None: ...

    def invalidate_all(self) -> None: ...


@dataclass(slots=True)
class InvalidationListener:
    """Handles the payloads of `NOTIFY fullhouse_events`, and wakes subscribers of an offering."""

    availability: Availability
    catalogue: CachedCatalogue
    directory: OrganisationCache
    others: Mapping[str, KeyedCache] = field(default_factory=dict)
    """Caches of parts above, by the name that begins their topics."""
    _subscribers: dict[tuple[OrgId, OfferingId | None], set[asyncio.Event]] = field(
        default_factory=dict
    )

    def on_notify(self, payload: str) -> None:
        """Invalidate what the topics name, and wake its subscribers."""
        by = None
        for topic in _decode(payload):
            if topic == "*":
                self._invalidate_all()
                return
            if topic.startswith("#"):
                by = int(topic[1:])
            elif topic.startswith("+"):
                continue
            elif topic.startswith(ORGANISATION_TOPIC):
                self.directory.invalidate(topic.removeprefix(ORGANISATION_TOPIC))
            elif (other := self.others.get(topic.partition("/")[0])) is not None:
                other.invalidate(topic.partition("/")[2])
            else:
                self._invalidate(*_parse(topic), by=by)

    @contextmanager
    def subscribe(
        self, org_id: OrgId, offering_id: OfferingId | None = None
    ) -> Iterator[asyncio.Event]:
        """Return an event that is set at each change of the offering; the waiter clears it.

        Without an offering, of any offering of the organisation.
        """
        woken = asyncio.Event()
        subscribers = self._subscribers.setdefault((org_id, offering_id), set())
        subscribers.add(woken)
        try:
            yield woken
        finally:
            subscribers.discard(woken)
            if not subscribers:
                self._subscribers.pop((org_id, offering_id), None)

    def _invalidate(
        self, org_id: OrgId, offering_id: OfferingId, day: date | None, *, by: int | None
    ) -> None:
        if day is None:
            self.catalogue.invalidate(org_id, offering_id)
        self.availability.invalidate(org_id, offering_id, day, by=by)
        for followed in (offering_id, None):
            for woken in self._subscribers.get((org_id, followed), ()):
                woken.set()

    def _invalidate_all(self) -> None:
        self.directory.invalidate_all()
        self.availability.invalidate_all()
        self.catalogue.invalidate_all()
        for other in self.others.values():
            other.invalidate_all()
        for subscribers in self._subscribers.values():
            for woken in subscribers:
                woken.set()


@lru_cache(TOPICS_CACHED_MAX)
def _parse(topic: str) -> tuple[OrgId, OfferingId, date | None]:
    """The parts of a topic; in a rush the same come hundreds of times a second."""
    org, offering, day = topic.split("/")
    return (
        OrgId(UUID(org)),
        OfferingId(UUID(offering)),
        None if day == "*" else date.fromisoformat(day),
    )
