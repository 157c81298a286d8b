"""The country that telephone numbers without a plus are read for."""

from dataclasses import dataclass, field

from fullhouse.entrypoints.inputs.customers import CustomerRequest
from fullhouse.kernel.ids import OrgId
from fullhouse.people.limits import ORGANISATIONS_CACHED_MAX
from fullhouse.people.reads.organisations import venues
from fullhouse.resilience.bounded import BoundedDict
from fullhouse.storage.database import Database


def _cache() -> BoundedDict[OrgId, str]:
    return BoundedDict(ORGANISATIONS_CACHED_MAX)


@dataclass(frozen=True, slots=True)
class DefaultPhoneRegion:
    """The country of an organisation's first venue, which does not move."""

    database: Database
    _cache: BoundedDict[OrgId, str] = field(default_factory=_cache)

    async def region_for(self, org_id: OrgId, customer: CustomerRequest) -> str | None:
        """The country, if the number needs one; most customers give none or a full number."""
        number = customer.phone.strip()
        if not number or number.startswith("+"):
            return None
        if (country := self._cache.get(org_id)) is not None:
            return country
        async with self.database.session() as session:
            found = await venues(session, org_id)
        if not found:
            return None
        self._cache[org_id] = found[0].country
        return found[0].country
