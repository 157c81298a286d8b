"""Which country's telephone numbers a business's guests mean when they dial without a plus."""

from dataclasses import dataclass, field

from fullhouse.entrypoints.api.shapes import CustomerFields
from fullhouse.kernel.ids import OrgId
from fullhouse.people.limits import ORGANISATIONS_CACHED_MAX
from fullhouse.people.reads.organisations import venues
from fullhouse.storage.database import Database


@dataclass(frozen=True, slots=True)
class Regions:
    """The country of each business's first venue, which stays where it is."""

    database: Database
    _known: dict[OrgId, str] = field(default_factory=dict)

    async def region_for(self, org_id: OrgId, customer: CustomerFields) -> str | None:
        """The country when it matters: most guests give no number, or a whole one."""
        number = customer.phone.strip()
        if not number or number.startswith("+"):
            return None
        if org_id not in self._known:
            async with self.database.session() as session:
                places = await venues(session, org_id)
            if not places:
                return None
            if len(self._known) >= ORGANISATIONS_CACHED_MAX:
                self._known.pop(next(iter(self._known)))
            self._known[org_id] = places[0].country
        return self._known[org_id]
