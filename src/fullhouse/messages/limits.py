"""Limits of messages."""

from typing import Final

from fullhouse.jobs.limits import JOB_CONCURRENCY_MAX

MESSAGE_ATTEMPTS_MAX: Final = 1_440
ACCOUNT_MESSAGE_ATTEMPTS_MAX: Final = 60
"""A link that comes an hour late is of no use any more."""
MAILBOX_MESSAGES_PER_HOUR_MAX: Final = 10
MAILBOX_MESSAGES_PER_DAY_MAX: Final = 30
TEST_EMAILS_PER_HOUR_MAX: Final = 20
TEST_EMAIL_ATTEMPTS_MAX: Final = 10
"""Who waits for a test would rather ask again."""
REPLY_CHARACTERS_MAX: Final = 500
UNSENT_MESSAGES_LISTED_MAX: Final = 200
MESSAGES_SENT_AT_ONCE_MAX: Final = 24
MESSAGES_PER_STATEMENT_MAX: Final = 32

assert MAILBOX_MESSAGES_PER_HOUR_MAX < MAILBOX_MESSAGES_PER_DAY_MAX
assert MESSAGES_SENT_AT_ONCE_MAX < JOB_CONCURRENCY_MAX, "a slow mail server leaves room for others"
