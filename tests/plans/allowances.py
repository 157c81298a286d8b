"""Queries that may do what others must not, each with its reason."""

from typing import Final

WHOLE: Final = {
    "booking.counters_unequal_allocations": "the check reads every slot and allocation",
    "booking.slots_oversold": "the check reads every slot and allocation",
    "booking.bookings_without_places": "the check reads every booking and allocation",
    "booking.places_without_bookings": "the check reads every booking and allocation",
    "booking.places_expiring_wrongly": "the check reads every booking and allocation",
    "booking.bookings_off_their_slots": "the check reads every booking and slot",
    "booking.bookings_without_history": "the check reads every booking and event",
    "booking.keys_leading_nowhere": "the check reads every key and what it leads to",
    "booking.offers_not_held": "the check reads every offer and hold",
    "jobs.rebase_events": "every restored event is renumbered, once after a dump was restored",
    "jobs.last_restored_event": "every restored event is looked at, once after a dump",
    "booking.bookings_counted": "the export's total, once, for its bar",
    "booking.bookings_exported": "the export reads every booking",
    "capacity.bookings_stored": "the benchmark counts once, at its end",
    "capacity.mails_to": "the siege counts once, at the end of an attack",
    "capacity.places_held": "the siege counts once, at the end of an attack",
}
"""Queries that are meant to read whole tables, with the reason; no page and no booking waits."""

DEAR: Final = {
    "customers.subjects_with_text": "the planner cannot know that a text names few customers",
    "booking.next_busy_day": "four weeks of every farm's sales, before an index is built",
    "booking.offerings_in_demand": "two weeks of every farm's sales, once after a start",
    "booking.open_entries": "a place in line for each of fifty, where ten thousand wait",
    "booking.waiting_that_fit": "a look at the slot of each who waits: hundreds, here ten thousand",
    "booking.referenced_slots": "upkeep reads it for slots that a schedule no longer has",
    "booking.prune_idempotency_keys": "what each of a thousand keys leads to, in the background",
    "messages.thanks_due": "a month of bookings, of which few have ended in the last five minutes",
    "jobs.events_not_relayed": "the planner cannot know that a cursor stands near the end",
    "observability.measured_counts": "it adds up all that was counted in five minutes",
    "observability.measurements": "it adds up all that was measured, here thousands of rows",
    "capacity.work_left": "the planner cannot know that a cursor stands near the end",
}
"""Queries that the planner holds to be dear although they use an index, with the reason."""
