"""Consistency rules of bookings: true at any instant, whatever happened before.

The statements stand in `queries/invariants.sql`; each rule has a test that breaks the data on
purpose and sees exactly this rule red (`tests/integration/resilience/test_check_rules.py`).
"""

from datetime import timedelta
from typing import Final

from fullhouse.booking.limits import EXPIRED_HOLD_SECONDS_MAX
from fullhouse.localisation.translations import gettext_noop as _
from fullhouse.resilience.consistency import Rule

RULES: Final = (
    Rule(
        name="counters_equal_allocations",
        statement=_("Each slot's counters equal its booked and held places"),
        query="booking.counters_unequal_allocations",
    ),
    Rule(
        name="capacity_kept",
        statement=_("No slot is overbooked"),
        query="booking.slots_oversold",
    ),
    Rule(
        name="live_bookings_have_places",
        statement=_("Every active booking has places for its whole party"),
        query="booking.bookings_without_places",
        quarantines=True,
        advice=_("Too few places are left: raise the places of the time, or release and move it."),
        tolerance={"now": timedelta(0)},
    ),
    Rule(
        name="places_have_live_bookings",
        statement=_("Every taken place belongs to an active booking, or to one just cancelled"),
        query="booking.places_without_bookings",
        quarantines=True,
        tolerance={"now": timedelta(0)},
    ),
    Rule(
        name="only_holds_expire",
        statement=_("Only the places of holds and cancelled bookings expire, at their time"),
        query="booking.places_expiring_wrongly",
        quarantines=True,
    ),
    Rule(
        name="no_expired_hold_counted",
        statement=_("Every expired hold has released its places"),
        query="booking.holds_overdue",
        advice=_("The worker releases them: see that it runs."),
        tolerance={"expired_before": timedelta(seconds=EXPIRED_HOLD_SECONDS_MAX)},
    ),
    Rule(
        name="bookings_on_their_slots",
        statement=_("Every booking is on slots of its own offering, at their time"),
        query="booking.bookings_off_their_slots",
        quarantines=True,
        advice=_("Its times do not exist as such: release and move it."),
    ),
    Rule(
        name="history_tells_status",
        statement=_("The history of every booking explains its status"),
        query="booking.bookings_without_history",
        quarantines=True,
        advice=_("No event says what it was: ask the guest, release and change it."),
    ),
    Rule(
        name="keys_lead_somewhere",
        statement=_("Every idempotency key leads to what it created"),
        query="booking.keys_leading_nowhere",
    ),
    Rule(
        name="offers_are_held",
        statement=_("Every place offered from the waiting list is held for that guest"),
        query="booking.offers_not_held",
        advice=_("Remove the guest from the waiting list, or offer the places anew."),
    ),
)
