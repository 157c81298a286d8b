"""What each parameter of a named query is in real life, for one farm of the big book.

A parameter means the same wherever it stands, so it is declared once, by its name; where one query
means something else, it says so in `OF_QUERY`. A new parameter without a value fails the tests.
"""

from datetime import UTC, datetime, timedelta
from typing import Final

from tests.plans.big_book import big_id

NOW: Final = datetime(2027, 6, 12, 8, 0, tzinfo=UTC)
DAY: Final = datetime(2027, 6, 13, 5, 0, tzinfo=UTC)
WALL: Final = datetime(2027, 6, 13, 9, 0)  # noqa: DTZ001 - wall time at the venue
ORG, VENUE, OFFERING = big_id("a", 1), big_id("b", 1), big_id("c", 0)
SLOTS: Final = [big_id("51", 50 * number) for number in range(48)]
BOOKING, SUBJECT = big_id("b0", 5000), big_id("b0", 5000)
CLOSURES: Final = [big_id("e", 50), big_id("e", 100)]
TWO: Final = 2

VALUES: Final[dict[str, object]] = {
    "org_id": ORG,
    "org_ids": [ORG] * TWO,
    "venue_id": VENUE,
    "offering_id": OFFERING,
    "offering_ids": [OFFERING],
    "slot_id": SLOTS[0],
    "slot_ids": SLOTS,
    "schedule_id": big_id("d", 1),
    "schedule_ids": [big_id("d", 1)] * len(SLOTS),
    "booking_id": BOOKING,
    "booking_ids": [BOOKING] * TWO,
    "entry_id": big_id("3a", 50),
    "subject": SUBJECT,
    "subject_id": SUBJECT,
    "subjects": [SUBJECT] * TWO,
    "closure_id": CLOSURES[0],
    "closure_ids": CLOSURES,
    "message_id": big_id("77", 5000),
    "key_id": big_id("88", 50),
    "correlation_id": SUBJECT,
    "correlation_ids": [SUBJECT] * TWO,
    "ref": "R5000",
    "slug": "entry-0",
    "status": "confirmed",
    "kind": "Booked",
    "kinds": ["Booked"] * TWO,
    "name": "Entry",
    "now": NOW,
    "at": NOW,
    "ats": [NOW] * TWO,
    "created_at": NOW,
    "created_ats": [NOW] * TWO,
    "first": DAY,
    "last": DAY + timedelta(days=1),
    "since": DAY,
    "until": DAY + timedelta(days=90),
    "after_starts_at": DAY,
    "after_booking_id": BOOKING,
    "after_created_at": NOW,
    "after_org_id": ORG,
    "after_key": BOOKING,
    "created_before": NOW + timedelta(days=1),
    "after_message_id": big_id("77", 5000),
    "expired_before": NOW - timedelta(minutes=2),
    "relay_tolerance": timedelta(minutes=1),
    "due_tolerance": timedelta(minutes=15),
    "expires_at": NOW + timedelta(hours=1),
    "due": [NOW] * TWO,
    "starts": [DAY] * len(SLOTS),
    "ends": [DAY + timedelta(minutes=30)] * len(SLOTS),
    "starts_at": WALL,
    "ends_at": WALL + timedelta(hours=1),
    "capacities": [50] * len(SLOTS),
    "states": ["open"] * len(SLOTS),
    "reasons": [""] * len(SLOTS),
    "off_schedule": [False] * len(SLOTS),
    "room": 4,
    "limit": 50,
    "count": 50,
    "events_max": 500,
    "effects_max": 500,
    "rows_max": 1000,
    "duration_minutes": 30,
    "capacity": 50,
    "rule": "FREQ=DAILY",
    "extra": [WALL],
    "except_at": [WALL],
    "closed_on_holidays": False,
    "reason": "Rain",
    "prefix": "uid-",
    "uid": "uid-new",
    "data": {"party": 2},
    "actor": "guest",
    "topics": [],
    "key": "mail/5000",
    "keys": ["mail/5000", "mail/new"],
    "attempts": 1,
    "leases": [timedelta(minutes=1)] * TWO,
    "delay": timedelta(minutes=1),
    "age": timedelta(days=7),
    "error": "refused",
    "subscriber": "mail",
    "xid": 10,
    "seq": 500_000,
    "to_xid": 10,
    "to_seq": 500_500,
    "last_event": 500_000,
    "secret": b"s" * 32,
    "secret_hash": b"h" * 32,
    "token_hash": b"t" * 32,
    "person": "Rosa",
    "message_ids": [big_id("77", 5000), big_id("77", 5001)],
    "subject_ids": [SUBJECT] * TWO,
    "recipients": ["rosa@example.org"] * TWO,
    "body_texts": ["Come"] * TWO,
    "body_htmls": ["Come"] * TWO,
    "calendars": [None] * TWO,
    "sentence": "Flowers",
    "email": "farm@example.org",
    "phone": "",
    "locale": "en",
    "currency": "USD",
    "accent": None,
    "cover": None,
    "zone": "America/Chicago",
    "address": "",
    "country": "US",
    "subdivision": None,
    "latitude": 38.0,
    "longitude": -90.0,
    "directions": "",
    "summary": "",
    "description": "",
    "picture": None,
    "price_amount": 1200,
    "price_unit": "person",
    "party_min": 1,
    "party_max": 10,
    "hold_seconds": 600,
    "book_until_minutes": 0,
    "cancel_free_until_minutes": 1440,
    "cancel_until_minutes": 120,
    "cancel_fee_percent": 0,
    "move_until_minutes": 1440,
    "waiting_offer_minutes": 30,
    "published": True,
    "position": 0,
}

_CLOSED: Final = {"starts": [WALL] * TWO, "ends": [WALL + timedelta(hours=1)] * TWO}
OF_QUERY: Final[dict[str, dict[str, object]]] = {
    "scheduling.closures_of_venue": {"first": WALL, "last": WALL + timedelta(days=90)},
    "scheduling.closures_ahead": {"first": WALL},
    "scheduling.closures_of_calendar": {"since": WALL},
    "scheduling.write_closures": {**_CLOSED, "reasons": ["Rain"] * TWO, "uids": ["uid-1", "uid-2"]},
    "booking.record_facts": {"data": [{"party": 2}] * TWO},
    "booking.write_offering": {"slug": "entry-9", "kind": "timed_entry"},
    "booking.slot_facts": {"org_ids": [ORG] * len(SLOTS), "slot_ids": SLOTS},
    "jobs.settle": {"attempts": [1] * TWO},
    "jobs.events_of": {"seqs": [5001, 5002]},
    "messages.store_messages": {"subjects": ["You are booked"] * TWO},
    "messages.record_deliveries": {"statuses": ["sent"] * TWO},
    "people.organisation_by_slug": {"slug": "farm-1"},
    "people.add_organisation": {"slug": "farm-new"},
}

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
    "jobs.adopt_events": "every restored event is renumbered, once after a dump was restored",
    "jobs.last_event_from_elsewhere": "every restored event is looked at, once after a dump",
    "booking.bookings_counted": "the export's total, once, for its bar",
    "booking.bookings_exported": "the export reads every booking",
    "capacity.bookings_stored": "the benchmark counts once, at its end",
}
"""Queries that are meant to read whole tables, with the reason; no page and no booking waits."""

DEAR: Final = {
    "booking.forget_keys": "what each of a thousand keys leads to, in the background",
    "booking.slots_remembered": "upkeep asks it of slots that a schedule no longer has",
    "jobs.events_not_relayed": "the planner cannot know that a cursor stands near the end",
    "capacity.work_left": "the planner cannot know that a cursor stands near the end",
}
"""Queries that the planner holds to be dear although they use an index, with the reason."""


def values_of(query: str, parameters: tuple[str, ...]) -> list[object]:
    """The query's arguments in order; raises `KeyError` naming what is not declared."""
    own = OF_QUERY.get(query, {})
    return [own[name] if name in own else VALUES[name] for name in parameters]
