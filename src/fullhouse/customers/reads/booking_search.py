"""Search of bookings by text, by way of the customers: fifty thousand instead of a million rows.

Whom a text names is looked up among the customers; then only their bookings are compared. Measured
on a busy machine in one organisation with a million bookings of fifty thousand customers: 95 % of
searches within 76 ms; reading every booking for a text that none has took 1.1 s.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from msgspec import Struct

from fullhouse.booking.reads.search import BookingMatch, BookingSearch, BookingSearches, compared
from fullhouse.customers.limits import SEARCH_CANDIDATES_MAX
from fullhouse.customers.model import SUBSCRIBER
from fullhouse.kernel.ids import OrgId
from fullhouse.storage.database import Database


class Candidate(Struct, frozen=True):
    """A booking, or waiting-list entry, of a customer that a text names."""

    subject: UUID


async def find_bookings(
    searches: BookingSearches, org_id: OrgId, search: BookingSearch
) -> Sequence[BookingMatch]:
    """As `BookingSearches.search`; of a reference, the text has to be its beginning.

    A text that names more than `SEARCH_CANDIDATES_MAX` bookings is compared while the index of the
    order is read: a page of them is soon full. So is one among holds, which are no customer's.
    """
    text = compared(search.text)
    if not text or "held" in search.statuses:
        return await searches.search(org_id, search)
    now = searches.catalogue.clock.now()
    database = searches.database
    async with database.scans.lease(database.session(), org_id) as session:
        found: Sequence[Candidate] = await session.fetch(
            "customers.subjects_with_text",
            Candidate,
            org_id=org_id,
            text=text,
            limit=SEARCH_CANDIDATES_MAX + 1,
        )
    if len(found) > SEARCH_CANDIDATES_MAX:
        return await searches.search(org_id, search)
    candidates = [one.subject for one in found]
    return await searches.among(
        org_id, search, candidates, known_until=await _known_until(database, now)
    )


async def _known_until(database: Database, now: datetime) -> datetime:
    """Until when the customers know of bookings: a worker may be behind, or stand still."""
    async with database.unrestricted.session() as session:
        behind = await session.fetch_value(
            "customers.not_projected_since", datetime, subscriber=SUBSCRIBER
        )
    return now if behind is None else min(behind, now)
