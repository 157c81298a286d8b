"""What must be true of the book at any instant, whatever happened before it.

The statements stand in `queries/invariants.sql`; each rule has a test that breaks the data on
purpose and sees exactly this rule red (`tests/integration/resilience/test_check_rules.py`).
"""

from datetime import timedelta
from typing import Final

from fullhouse.booking.limits import EXPIRED_HOLD_SECONDS_MAX
from fullhouse.resilience.consistency import Rule

RULES: Final = (
    Rule(
        name="counters_equal_allocations",
        statement="Each slot counts exactly the places that are booked and held on it",
        query="booking.counters_unequal_allocations",
    ),
    Rule(
        name="capacity_kept",
        statement="No slot has given away more places than it has",
        query="booking.slots_oversold",
    ),
    Rule(
        name="live_bookings_have_places",
        statement="Every live booking has its whole party's places on each of its slots",
        query="booking.bookings_without_places",
        tolerance={"now": timedelta(0)},
    ),
    Rule(
        name="places_have_live_bookings",
        statement="Every place that is taken belongs to a live booking, or to one just cancelled",
        query="booking.places_without_bookings",
        tolerance={"now": timedelta(0)},
    ),
    Rule(
        name="only_holds_expire",
        statement="Places expire at the time of the hold or cancelled booking, and of no other",
        query="booking.places_expiring_wrongly",
    ),
    Rule(
        name="no_expired_hold_counted",
        statement="A hold past its time gives its places back",
        query="booking.holds_overdue",
        tolerance={"expired_before": timedelta(seconds=EXPIRED_HOLD_SECONDS_MAX)},
    ),
    Rule(
        name="bookings_on_their_slots",
        statement="Every booking is on slots of its own offering, at their time",
        query="booking.bookings_off_their_slots",
    ),
    Rule(
        name="history_tells_status",
        statement="Every booking has an event that explains its status",
        query="booking.bookings_without_history",
    ),
    Rule(
        name="keys_lead_somewhere",
        statement="Every idempotency key leads to what it made",
        query="booking.keys_leading_nowhere",
    ),
    Rule(
        name="offers_are_held",
        statement="A place is offered from the waiting list exactly while it is held for the guest",
        query="booking.offers_not_held",
    ),
)
