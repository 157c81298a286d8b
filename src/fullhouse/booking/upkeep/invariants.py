"""Consistency rules of bookings: true at any instant, whatever happened before.

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
        statement="Each slot's counters equal its booked and held places",
        query="booking.counters_unequal_allocations",
    ),
    Rule(
        name="capacity_kept",
        statement="No slot is overbooked",
        query="booking.slots_oversold",
    ),
    Rule(
        name="live_bookings_have_places",
        statement="Every active booking has places for its whole party",
        query="booking.bookings_without_places",
        tolerance={"now": timedelta(0)},
    ),
    Rule(
        name="places_have_live_bookings",
        statement="Every taken place belongs to an active booking, or to one just cancelled",
        query="booking.places_without_bookings",
        tolerance={"now": timedelta(0)},
    ),
    Rule(
        name="only_holds_expire",
        statement="Only the places of holds and cancelled bookings expire, at their time",
        query="booking.places_expiring_wrongly",
    ),
    Rule(
        name="no_expired_hold_counted",
        statement="Every expired hold has released its places",
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
        statement="The history of every booking explains its status",
        query="booking.bookings_without_history",
    ),
    Rule(
        name="keys_lead_somewhere",
        statement="Every idempotency key leads to what it created",
        query="booking.keys_leading_nowhere",
    ),
    Rule(
        name="offers_are_held",
        statement="Every place offered from the waiting list is held for that guest",
        query="booking.offers_not_held",
    ),
)
