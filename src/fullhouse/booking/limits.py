"""Limits of bookings, the ledger, and the caches of availability."""

from typing import Final

from fullhouse.jobs.limits import JOB_STALE_SECONDS
from fullhouse.storage.limits import STATEMENT_SECONDS_MAX

GROUP_COMMANDS_MIN: Final = 64
GROUP_COMMANDS_MAX: Final = 256
QUEUE_COMMANDS_MAX: Final = 3_840
QUEUE_SECONDS_MAX: Final = 1.0
QUEUE_CROWDED_SHARE: Final = 0.75
LINE_COMMANDS_MAX: Final = 64
COMMITS_AVERAGED: Final = 8
VERDICTS_PER_TURN_MAX: Final = 32
COMMAND_DEADLINE_SECONDS: Final = 10.0
COMMIT_SECONDS_MAX: Final = 12.0
FAILING_SECONDS: Final = 5.0

NOTE_CHARACTERS_MAX: Final = 2_000
CANCEL_REASON_CHARACTERS_MAX: Final = 300
GUEST_MESSAGE_CHARACTERS_MAX: Final = 2_000
SAME_MESSAGE_SECONDS: Final = 600
"""The same words to the guest of one booking are a form that was sent twice."""

PAGE_ROWS_DEFAULT: Final = 50
SHEET_SLOTS_MAX: Final = 5_000
"""Slots of a day on the run sheet: one each minute for three offerings and more."""
CALENDAR_SLOTS_MAX: Final = 1_000
"""Slots that the calendar shows one by one; of more it shows the days."""
MOVE_DAYS: Final = 14
"""How far around its time a booking is offered others, in the calendar."""
MOVE_SLOTS_MAX: Final = 600
PAGE_ROWS_MAX: Final = 200
SEARCH_LATELY_MINUTES: Final = 15

READABLE_ID_CHARACTERS_MAX: Final = 40
OFFERINGS_MAX: Final = 300
"""Of an organisation: its page, the site map and the API list all of them, 75 µs each."""
PRICE_CATEGORIES_MAX: Final = 6
PICTURES_PER_OFFERING_MAX: Final = 12
"""With `PICTURE_STORED_BYTES_MAX` each, a page of them has a bound."""
CATEGORY_NAME_CHARACTERS_MAX: Final = 40
QUESTIONS_MAX: Final = 10
QUESTION_CHARACTERS_MAX: Final = 150
QUESTION_HINT_CHARACTERS_MAX: Final = 300
CHOICES_MIN: Final = 2
CHOICES_MAX: Final = 20
CHOICE_CHARACTERS_MAX: Final = 80
ANSWERS_ASKED_MAX: Final = 50
"""Answers that the largest party of an offering is asked for: a form has a field for each."""
ANSWER_CHARACTERS_MAX: Final = 200
ANSWER_NUMBER_MAX: Final = 999_999
ANSWERS_CHARACTERS_MAX: Final = 10_000
"""Of one booking: staff book for larger parties than guests may."""

PARTY_MAX: Final = 500
SLOTS_PER_BOOKING_MAX: Final = 12
CAPACITY_MAX: Final = 100_000
HOLD_SECONDS_MIN: Final = 30
HOLD_SECONDS_MAX: Final = 3_600
HOLD_SECONDS_DEFAULT: Final = 600
HOLDS_PER_CLIENT_MAX: Final = 40
HELD_PLACES_PER_CLIENT_MAX: Final = 200
WAITS_PER_CLIENT_MAX: Final = 1
LOW_REMAINING_SHARE: Final = 5
"""A slot runs low with less than a fifth of its places left."""
ALTERNATIVES_MAX: Final = 5
ALTERNATIVE_DAYS: Final = 14
DUPLICATE_WINDOW_MINUTES: Final = 180
CUSTOMER_BOOKINGS_PER_DAY_MAX: Final = 5
UNDO_SECONDS: Final = 60
UNDO_PLACES_SECONDS: Final = 70
"""How long a cancelled booking keeps its places: `UNDO_SECONDS` and the longest command."""
UNDOS_MAX: Final = 5
UNDO_EVENTS_MAX: Final = 20
CONTACT_CHANGES_MAX: Final = 5
CHANGES_MAX: Final = 100
"""Changes of a booking in all, after which its guest makes none of the time and the answers."""
GRACE_MINUTES: Final = 60
CLOSED_CHANGE_DAYS: Final = 14
"""How long after a time that the business closed its guests move or cancel without a fee."""
ARRIVAL_EARLY_MINUTES: Final = 180
ARRIVAL_LATE_MINUTES: Final = 180
TICKETS_SENT_MAX: Final = 10
TICKET_PAUSE_MINUTES: Final = 10
WAITING_OFFER_MINUTES_DEFAULT: Final = 30
WAITING_OFFER_SHARE: Final = 48
"""An offer may last for a forty-eighth of the time until the slot: half an hour a day before."""
WAITING_OFFER_HOURS_MAX: Final = 6
WAITING_OFFERS_MAX: Final = 100
EARLIER_SLOTS_MAX: Final = 20
UNANSWERED_OFFERS_ADMITTED: Final = 2
UNANSWERED_OFFERS_DAYS: Final = 30
EXPIRED_SLOTS_MAX: Final = 500
SALES_DAYS_COUNTED_MAX: Final = 50
REPLAY_WINDOW_MINUTES: Final = 15
BOOK_AHEAD_DAYS_DEFAULT: Final = 90
BOOK_AHEAD_DAYS_MAX: Final = 1_095
PRICE_AMOUNT_MAX: Final = 1_000_000_000_000
SALES_AMOUNT_MAX: Final = 2**53 - 1
"""Of a day, in minor units, as far as a JSON number is exact; what is beyond is not counted."""
POLICY_MINUTES_MAX: Final = 525_600
KEYS_KEPT_DAYS: Final = 30
KEYS_LOOKED_AT_MAX: Final = 1_000

AVAILABILITY_TTL_SECONDS: Final = 600.0
AVAILABILITY_STALE_AFTER_SECONDS: Final = 0.150
AVAILABILITY_DAYS_BYTES_MAX: Final = 64 * 1024 * 1024
SLOT_DAYS_BACK_MAX: Final = 366
OFFERINGS_CACHED_MAX: Final = 10_000
OFFERINGS_BYTES_MAX: Final = 16 * 1024 * 1024
SLOTS_CACHED_MAX: Final = 50_000
TOPICS_CACHED_MAX: Final = 4_096
SLOTS_READ_MAX: Final = 64
SPANS_CACHED_MAX: Final = 1_024
EVENTS_DESCRIBED_MAX: Final = 1_024

EXPIRED_HOLD_SECONDS_MAX: Final = 120

assert COMMAND_DEADLINE_SECONDS >= STATEMENT_SECONDS_MAX, "a command must outlive its statement"
assert UNDO_PLACES_SECONDS >= UNDO_SECONDS + COMMAND_DEADLINE_SECONDS, "an undo finds its places"
assert COMMIT_SECONDS_MAX > STATEMENT_SECONDS_MAX, "the server gives up first"
assert QUEUE_COMMANDS_MAX % GROUP_COMMANDS_MAX == 0, "a full queue is a whole number of groups"
assert HOLD_SECONDS_MIN < HOLD_SECONDS_DEFAULT < HOLD_SECONDS_MAX
assert EXPIRED_SLOTS_MAX + WAITING_OFFERS_MAX < QUEUE_COMMANDS_MAX // 2, "jobs leave room"
assert PRICE_AMOUNT_MAX * PARTY_MAX * SLOTS_PER_BOOKING_MAX < 2**53, "a JSON number is exact"
assert ANSWERS_ASKED_MAX * ANSWER_CHARACTERS_MAX <= ANSWERS_CHARACTERS_MAX, "guests fit"
assert CHOICE_CHARACTERS_MAX <= ANSWER_CHARACTERS_MAX, "a choice is an answer"
assert PAGE_ROWS_DEFAULT <= PAGE_ROWS_MAX
assert EXPIRED_HOLD_SECONDS_MAX > 2 * JOB_STALE_SECONDS, "a killed run is repeated in time"

HISTORY_EVENTS_MAX: Final = 200
"""Shown of one booking or offering, 40 µs each: who has a link can make thousands."""
FEED_EVENTS_SCANNED_MAX: Final = 2_000
"""Of all organisations, for one page of one: it takes 4 ms."""
assert FEED_EVENTS_SCANNED_MAX > PAGE_ROWS_MAX
assert HISTORY_EVENTS_MAX > CHANGES_MAX, "what guests do hides nothing"

BUSY_DAY_USUAL_DAYS: Final = 28
"""A busy day is one with twice the places of the days of these four weeks."""
BUSY_DAY_AHEAD_DAYS: Final = 7
BUSY_DAY_PLACES_MIN: Final = 200

WARM_OFFERINGS_MAX: Final = 200
WARM_DAYS: Final = 14
"""Days ahead that are read into memory before guests ask for them."""
WARM_SALES_DAYS: Final = 14
"""Of the offerings that sold most in so many days."""

FUNNEL_SOURCES_MAX: Final = 500
"""Offerings and sources that one process counts apart; what comes later has the source `other`."""
FUNNEL_SOURCES_PER_CLIENT_MAX: Final = 20
"""Of these so many that one network address brought."""
OTHER_SOURCES: Final = "other"
