"""Limits of messages."""

from typing import Final

from fullhouse.jobs.limits import JOB_CONCURRENCY_MAX

MESSAGE_ATTEMPTS_MAX: Final = 1_440
MESSAGES_SENT_AT_ONCE_MAX: Final = 24
MESSAGES_PER_STATEMENT_MAX: Final = 32

assert MESSAGES_SENT_AT_ONCE_MAX < JOB_CONCURRENCY_MAX, "a slow mail server leaves room for others"
