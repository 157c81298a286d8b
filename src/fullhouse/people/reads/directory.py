"""Organisations by their slugs, cached: every request needs one."""

from dataclasses import dataclass, field

from fullhouse.kernel.clock import Clock
from fullhouse.kernel.memory import row_bytes
from fullhouse.people.errors import UnknownOrganisation
from fullhouse.people.limits import ORGANISATION_TTL_SECONDS, ORGANISATIONS_BYTES_MAX
from fullhouse.people.model import Organisation, is_slug
from fullhouse.people.reads.organisations import organisation_by_slug
from fullhouse.resilience.bounded import ByteBoundedMap
from fullhouse.storage.database import Database


@dataclass(slots=True)
class OrganisationCache:
    """Keeps an organisation for `ORGANISATION_TTL_SECONDS`; an unknown slug is read each time.

    An organisation keeps its id and its slug for ever, so a cached one may have outdated texts but
    never leads to another organisation.
    """

    database: Database
    clock: Clock
    _cache: ByteBoundedMap[str, tuple[float, Organisation]] = field(init=False)
    """Each with the time until which it is current."""
    _generation: int = 0

    def __post_init__(self) -> None:
        self._cache = ByteBoundedMap(ORGANISATIONS_BYTES_MAX, lambda cached: row_bytes(cached[1]))

    async def organisation(self, slug: str) -> Organisation:
        """Raises `UnknownOrganisation`."""
        now = self.clock.monotonic()
        cached = self._cache.get(slug)
        if cached is not None and now < cached[0]:
            return cached[1]
        before = self._generation
        found = await self._read(slug) if is_slug(slug) else None
        if found is None:
            raise UnknownOrganisation
        if before == self._generation:  # else it may have been read before the change
            self._cache[slug] = now + ORGANISATION_TTL_SECONDS, found
        return found

    def invalidate(self, slug: str) -> None:
        """Drop an organisation that has changed."""
        self._generation += 1
        self._cache.pop(slug)

    def invalidate_all(self) -> None:
        """Drop all: notifications may have been missed."""
        self._generation += 1
        self._cache.clear()

    async def _read(self, slug: str) -> Organisation | None:
        async with self.database.session() as session:
            return await organisation_by_slug(session, slug)
