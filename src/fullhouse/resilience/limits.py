"""Limits of caches, circuit breakers, consistency rules and received webhooks."""

from datetime import timedelta
from typing import Final

from fullhouse.jobs.limits import JOB_SECONDS_MAX, RELAY_POLL_SECONDS, RUSH_SECONDS_MAX

SHARED_CHANGES_MAX: Final = 10_000

RULE_SECONDS_MAX: Final = 300
RULE_EXAMPLES_MAX: Final = 10
CONFIRM_SECONDS: Final = 5.0
"""Between the two checks that must find the same before anything is done about it."""
CHECK_SECONDS: Final = 30
CHECK_REST_FACTOR: Final = 20
"""A rule rests for this many times the time that it took, so that checks of a large database take
a twentieth of one of its processors at most."""
INCONSISTENCIES_OPEN_MAX: Final = 1_000
INCONSISTENCIES_LISTED_MAX: Final = 200
REASON_CHARACTERS_MAX: Final = 200
"""Of why an operator released, opened or set something."""
RELAY_BEHIND_SECONDS_MAX: Final = 60
EFFECT_OVERDUE_SECONDS_MAX: Final = 900

BREAKER_FAILURES_MAX: Final = 5
BREAKER_WINDOW_SECONDS: Final = 60.0
BREAKER_CALLS_MIN: Final = 10
BREAKER_RATE_MAX: Final = 0.5
BREAKER_SLOW_SECONDS: Final = 5.0
BREAKER_OPEN_SECONDS: Final = 30.0
PROBE_SECONDS_MAX: Final = JOB_SECONDS_MAX
"""What probes ends with its job at the latest."""
WINDOW_BUCKETS: Final = 60
CIRCUITS_READ_SECONDS: Final = 10.0
CIRCUITS_MAX: Final = 1_000
CIRCUIT_KEPT_MINUTES_MAX: Final = 7 * 24 * 60
CIRCUIT_KEPT_MINUTES_DEFAULT: Final = 60

DATABASE_ASKED_SECONDS: Final = 1.0
DATABASE_SILENT_SECONDS_MAX: Final = 2.0
"""An answer to the smallest question that takes longer is none."""
DATABASE_FAILURES_MAX: Final = 2
DATABASE_FAILURES_SECONDS: Final = 7.0
DATABASE_RETRY_SECONDS: Final = 5
MODE_RETRY_SECONDS: Final = 60
MODE_READ_SECONDS: Final = 10.0
MODE_MINUTES_MAX: Final = 7 * 24 * 60

WEBHOOK_BODY_BYTES_MAX: Final = 256 * 1024
WEBHOOK_CLOCK_SECONDS_MAX: Final = 300.0
"""Between the signature of a webhook and its arrival (Standard Webhooks 1.0, and Stripe)."""
WEBHOOK_EVENT_SECONDS_MAX: Final = 86_400.0
"""Between an event and its arrival, where nothing says when it was sent: it may be sent again."""
WEBHOOK_EVENT_ID_CHARACTERS_MAX: Final = 200
WEBHOOK_SIGNATURES_MAX: Final = 8
WEBHOOK_SECRET_CHARACTERS_MIN: Final = 16
"""After `whsec_`: whoever guesses it reports what they like; nothing after it would be no key."""
WEBHOOK_SECRET_CHARACTERS_MAX: Final = 400
WEBHOOK_SECRETS_OVERLAP_HOURS: Final = 24
RECEIVED_WEBHOOKS_KEPT_DAYS: Final = 30
RECEIVED_WEBHOOKS_PRUNED_AT_ONCE_MAX: Final = 1_000
RECEIVED_WEBHOOKS_AT_ONCE_MAX: Final = 1_000
"""Listed, or processed anew in one transaction."""
RECEIVED_WEBHOOKS_SHOWN_MAX: Final = 200
"""On the page."""

FLAGS_MAX: Final = 200
FLAGS_READ_SECONDS: Final = 10.0
FLAGS_WATCHED_EVERY: Final = timedelta(minutes=1)
FLAG_STEP_SECONDS: Final = 3_600.0
FLAG_OBSERVATIONS_MIN: Final = 50
FLAG_SIGNIFICANCE: Final = 0.001

assert RELAY_BEHIND_SECONDS_MAX > RUSH_SECONDS_MAX + RELAY_POLL_SECONDS, (
    "a wait for calm is not late"
)
assert CONFIRM_SECONDS < CHECK_SECONDS, "a check is confirmed before the next begins"
assert DATABASE_FAILURES_SECONDS > DATABASE_FAILURES_MAX * (
    DATABASE_ASKED_SECONDS + DATABASE_SILENT_SECONDS_MAX
), "answers that do not come in time one after the other count together"
assert WEBHOOK_EVENT_SECONDS_MAX < RECEIVED_WEBHOOKS_KEPT_DAYS * 86_400, (
    "a webhook that is sent again is known by its row"
)

WARM_AHEAD_MINUTES: Final = 10
"""Caches are warmed so long before a busy hour, within which they are read again anyway."""
WARM_LOOK_SECONDS: Final = 120.0
WARM_SECONDS_MAX: Final = 60.0
