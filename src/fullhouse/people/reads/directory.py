"""The organisations by their addresses, remembered for a while: every request asks for one."""

from dataclasses import dataclass, field

from fullhouse.kernel.clock import Clock
from fullhouse.people.errors import UnknownOrganisation
from fullhouse.people.limits import ORGANISATION_TTL_SECONDS, ORGANISATIONS_CACHED_MAX
from fullhouse.people.model import Organisation, is_slug
from fullhouse.people.reads.organisations import organisation_by_slug
from fullhouse.storage.database import Database


@dataclass(slots=True)
class Directory:
    """Answers from memory for `ORGANISATION_TTL_SECONDS`; what is not there is asked for again.

    An organisation keeps its id and its address for ever, so what is remembered may be old in its
    words but never points to another business.
    """

    database: Database
    clock: Clock
    _known: dict[str, tuple[float, Organisation]] = field(default_factory=dict)

    async def organisation(self, slug: str) -> Organisation:
        """Raises `UnknownOrganisation`."""
        now = self.clock.monotonic()
        known = self._known.get(slug)
        if known is not None and known[0] > now:
            return known[1]
        found = await self._look_up(slug) if is_slug(slug) else None
        if found is None:
            raise UnknownOrganisation("There is no such business here.")
        if len(self._known) >= ORGANISATIONS_CACHED_MAX:
            self._known.pop(next(iter(self._known)))
        self._known[slug] = (now + ORGANISATION_TTL_SECONDS, found)
        return found

    async def _look_up(self, slug: str) -> Organisation | None:
        async with self.database.session() as session:
            return await organisation_by_slug(session, slug)
