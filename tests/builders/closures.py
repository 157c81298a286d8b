"""Closures of a test's business, and the jobs that tell its guests."""

from datetime import datetime

from tests.builders.business import Business, commit
from tests.builders.schedules import STAFF, wall

from fullhouse.bootstrap.application import Application
from fullhouse.jobs.effects import Effect
from fullhouse.kernel.errors import TransientError
from fullhouse.people.model import VenueId
from fullhouse.scheduling.actions.close_venue import ClosedVenue, NewClosure
from fullhouse.scheduling.actions.reopen_venue import ReopenedVenue
from fullhouse.scheduling.actions.tell_of_closure import TellOfClosure
from fullhouse.scheduling.model.closure_notices import ClosureRemedy

FIRST, LAST = wall("2027-06-14T09:00"), wall("2027-06-14T12:00")


async def close(
    app: Application,
    business: Business,
    tell: ClosureRemedy | None = None,
    *,
    first: datetime = FIRST,
    last: datetime = LAST,
) -> ClosedVenue:
    """Close the venue because of a thunderstorm; the whole morning of the first day of a test."""
    new = NewClosure(first, last, "Thunderstorm", tell=tell)
    venue_id = VenueId(business.offering.venue_id)
    return await commit(
        app, app.scheduling.close_venue, business.org_id, venue_id, new, context=STAFF
    )


async def reopen(app: Application, business: Business, closed: ClosedVenue) -> ReopenedVenue:
    return await commit(
        app, app.scheduling.reopen_venue, business.org_id, closed.closure_id, context=STAFF
    )


def tell_of_closure(app: Application) -> TellOfClosure:
    return TellOfClosure(app.unit_of_work, app.booking.cancel_closed_booking)


async def tell(app: Application) -> int:
    """Run every effect that tells a guest, whether or not it is due; how many must be repeated."""
    async with app.database.unrestricted.session() as session:
        rows = await session.connection.fetch(
            "SELECT org_id, key, kind, subject, payload, correlation_id FROM effect"
            " WHERE kind = 'closure_notice' ORDER BY due_at, key"
        )
    undecided = 0
    for row in rows:
        try:
            await tell_of_closure(app)(Effect(**row, attempt=1, tries=1))
        except TransientError:
            undecided += 1
    return undecided


async def notices(app: Application) -> dict[str, int]:
    """How many notices there are of each status."""
    async with app.database.unrestricted.session() as session:
        rows = await session.connection.fetch(
            "SELECT status, count(*) AS count FROM closure_notice GROUP BY status"
        )
    return {row["status"]: row["count"] for row in rows}
