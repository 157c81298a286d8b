"""Change what a venue says of itself."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from uuid import UUID

from fullhouse.kernel.errors import VersionConflict
from fullhouse.people.actions.add_venue import check_country
from fullhouse.people.events import VenueChanged
from fullhouse.people.model import Venue, changed_fields
from fullhouse.people.updates import check_venue_texts, locked_venue
from fullhouse.storage.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class ChangeVenueDetails:
    """Writes all of it but its time zone, which slots and tickets were made in."""

    async def __call__(
        self,
        uow: UnitOfWork,
        changed: Venue,
        *,
        offerings: Sequence[UUID],
        expected_version: int | None = None,
    ) -> tuple[Venue, Venue]:
        """The venue as it was and as it is. `offerings` take place there, and are cached with it.

        Raises `UnknownVenue`, `VersionConflict`, and `InvalidInput` for an unknown country.
        """
        before = await locked_venue(uow.session, uow.org_id, changed.venue_id)
        if expected_version is not None and expected_version != before.version:
            raise VersionConflict(version=before.version)
        check_country(changed.country)
        await check_venue_texts(uow, before, changed)
        after = replace(changed, zone=before.zone, version=before.version + 1)
        fields = changed_fields(before, after)
        if not fields:
            return before, before
        values = asdict(after)
        values.pop("zone")
        await uow.session.execute("people.change_venue", **values)
        event = VenueChanged(fields=fields, offerings=tuple(offerings))
        uow.record(after.venue_id, event)
        return before, after
