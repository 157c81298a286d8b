"""Organisations by their slugs and domains, cached: every request needs one."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial

from fullhouse.concurrency.single_flight import SingleFlight
from fullhouse.kernel.clock import Clock
from fullhouse.kernel.memory import row_bytes
from fullhouse.people.errors import UnknownOrganisation
from fullhouse.people.limits import ORGANISATION_TTL_SECONDS, ORGANISATIONS_BYTES_MAX
from fullhouse.people.model import Organisation, is_slug
from fullhouse.people.reads.organisations import confirmed_domains, organisation_by_slug
from fullhouse.resilience.bounded import ByteBoundedMap
from fullhouse.resilience.last_known import LastKnown
from fullhouse.storage.database import Database


@dataclass(slots=True)
class OrganisationCache:
    """Keeps an organisation for `ORGANISATION_TTL_SECONDS`; an unknown slug is read each time.

    While the database is away the last one that was read will do.

    An organisation keeps its id and its slug for ever, so a cached one may have outdated texts but
    never leads to another organisation.
    """

    database: Database
    clock: Clock
    _cache: ByteBoundedMap[str, tuple[float, Organisation]] = field(init=False)
    """Each with the time until which it is current."""
    _generation: int = 0
    _domains: tuple[float, Mapping[str, str]] | None = None
    """The slugs of businesses by their own domains, with the time until which they are current."""
    _domain_reads: SingleFlight[Mapping[str, str]] = field(default_factory=SingleFlight)

    _last_known: LastKnown[str, Organisation] = field(init=False)
    _last_domains: LastKnown[None, Mapping[str, str]] = field(init=False)

    def __post_init__(self) -> None:
        self._last_known = LastKnown(ORGANISATIONS_BYTES_MAX, row_bytes)
        self._last_domains = LastKnown(1, lambda _: 0)
        self._cache = ByteBoundedMap(ORGANISATIONS_BYTES_MAX, lambda cached: row_bytes(cached[1]))

    async def organisation(self, slug: str) -> Organisation:
        """Raises `UnknownOrganisation`."""
        now = self.clock.monotonic()
        cached = self._cache.get(slug)
        if cached is not None and now < cached[0]:
            return cached[1]
        before = self._generation
        if not is_slug(slug):
            raise UnknownOrganisation
        found = await self._last_known.read(slug, partial(self._read, slug))
        if before == self._generation:  # else it may have been read before the change
            self._cache[slug] = now + ORGANISATION_TTL_SECONDS, found
        return found

    async def slug_at(self, domain: str) -> str | None:
        """The business that is served at a domain, as `requested_domain` writes it.

        All domains are read at once: who asks for thousands that nobody has costs no statement.
        """
        now = self.clock.monotonic()
        if self._domains is not None and now < self._domains[0]:
            return self._domains[1].get(domain)
        before = self._generation
        domains = await self._last_domains.read(None, partial(self._all_domains, before))
        if before == self._generation:
            self._domains = now + ORGANISATION_TTL_SECONDS, domains
        return domains.get(domain)

    def may_be_own(self, domain: str) -> bool:
        """Whether a business may have this domain, by what is in memory alone."""
        return self._domains is None or domain in self._domains[1]

    def invalidate(self, slug: str) -> None:
        """Drop an organisation that has changed."""
        self._generation += 1
        self._domains = None
        self._cache.pop(slug)

    def invalidate_all(self) -> None:
        """Drop all: notifications may have been missed."""
        self._generation += 1
        self._domains = None
        self._cache.clear()

    async def _read_domains(self) -> Mapping[str, str]:
        async with self.database.session() as session:
            return await confirmed_domains(session)

    async def _all_domains(self, generation: int) -> Mapping[str, str]:
        return await self._domain_reads(generation, self._read_domains)

    async def _read(self, slug: str) -> Organisation:
        async with self.database.session() as session:
            found = await organisation_by_slug(session, slug)
        if found is None:
            raise UnknownOrganisation
        return found
