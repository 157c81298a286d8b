"""The promises of the documents follow from the limits."""

from tests.builders.promises import (
    JOB_TAKEN_UP_SECONDS_MAX,
    MAIL_OUTAGE_SECONDS_SURVIVED,
    MAIL_RETRY_SECONDS_MAX,
)

from fullhouse.jobs.limits import (
    EFFECTS_KEPT_DAYS,
    JOB_BACKOFF_SECONDS_MAX,
    JOB_LEASE_MARGIN_SECONDS,
    JOB_POLL_SECONDS,
    JOB_SECONDS_MAX,
    JOB_STALE_SECONDS,
)
from fullhouse.messages.limits import MESSAGE_ATTEMPTS_MAX

SECONDS_PER_DAY = 86_400


def test_jobs_of_a_killed_worker_are_leased_again_in_time() -> None:
    longest_lease = max(JOB_STALE_SECONDS, JOB_SECONDS_MAX + JOB_LEASE_MARGIN_SECONDS)
    assert longest_lease + JOB_POLL_SECONDS < JOB_TAKEN_UP_SECONDS_MAX


def test_messages_survive_the_promised_outage() -> None:
    assert MESSAGE_ATTEMPTS_MAX * JOB_BACKOFF_SECONDS_MAX >= MAIL_OUTAGE_SECONDS_SURVIVED
    assert EFFECTS_KEPT_DAYS * SECONDS_PER_DAY > MAIL_OUTAGE_SECONDS_SURVIVED


def test_messages_are_retried_soon_after_an_outage() -> None:
    assert 2 * JOB_BACKOFF_SECONDS_MAX < MAIL_RETRY_SECONDS_MAX
