"""Limits of messages and of the outages they outlive."""

from typing import Final

from fullhouse.jobs.limits import EFFECTS_KEPT_DAYS, JOB_BACKOFF_SECONDS_MAX, JOB_CONCURRENCY_MAX

MESSAGE_ATTEMPTS_MAX: Final = 1_440
MESSAGES_SENT_AT_ONCE_MAX: Final = 24
LETTERS_AT_ONCE_MAX: Final = 32
MESSAGE_OUTAGE_SECONDS_OUTLIVED: Final = 24 * 3_600
MESSAGE_DRAIN_SECONDS_MAX: Final = 300

assert MESSAGES_SENT_AT_ONCE_MAX < JOB_CONCURRENCY_MAX, "a slow mail server leaves room for others"
assert EFFECTS_KEPT_DAYS * 86_400 > MESSAGE_OUTAGE_SECONDS_OUTLIVED, "a message outlives the outage"
assert MESSAGE_ATTEMPTS_MAX * JOB_BACKOFF_SECONDS_MAX >= MESSAGE_OUTAGE_SECONDS_OUTLIVED
assert 2 * JOB_BACKOFF_SECONDS_MAX < MESSAGE_DRAIN_SECONDS_MAX, "tried soon after an outage ends"
