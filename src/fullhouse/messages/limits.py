"""Limits of messages."""

from datetime import time
from typing import Final

from fullhouse.jobs.limits import JOB_CONCURRENCY_MAX, JOB_SECONDS_MAX
from fullhouse.scheduling.limits import DURATION_MINUTES_MAX

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
KEPT_MESSAGES_DAYS_MAX: Final = 30
"""Older e-mails would only surprise, now that there is a mail server."""
KEPT_MESSAGES_SENT_AT_ONCE_MAX: Final = 200
"""Of one organisation; the next run takes the next."""
MESSAGES_PER_STATEMENT_MAX: Final = 32

assert MAILBOX_MESSAGES_PER_HOUR_MAX < MAILBOX_MESSAGES_PER_DAY_MAX
assert MESSAGES_SENT_AT_ONCE_MAX < JOB_CONCURRENCY_MAX, "a slow mail server leaves room for others"

WEBHOOK_ENDPOINTS_MAX: Final = 10
"""Of one organisation."""
WEBHOOK_URL_CHARACTERS_MAX: Final = 500
WEBHOOK_KINDS_MAX: Final = 60
WEBHOOK_SECONDS_MAX: Final = 10.0
WEBHOOK_FIRST_ATTEMPTS_AT_ONCE_MAX: Final = 4
"""Of one endpoint, so that a slow one leaves room for those of others."""
WEBHOOKS_SENT_AT_ONCE_MAX: Final = 12
WEBHOOKS_OF_ORG_AT_ONCE_MAX: Final = 6
WEBHOOK_RETRIES_AT_ONCE_MAX: Final = 4
WEBHOOK_RETRIES_OF_ORG_AT_ONCE_MAX: Final = 2
WEBHOOK_DELAYS_SECONDS: Final = (5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)
"""Before each attempt after the first; three days together (standardwebhooks.com)."""
WEBHOOK_FAILING_SECONDS_MAX: Final = 3 * 86_400
"""After so long without one success an endpoint is disabled."""
WEBHOOK_ANSWER_CHARACTERS_MAX: Final = 200
WEBHOOK_SECRET_OVERLAP_HOURS: Final = 24
WEBHOOKS_KEPT_DAYS: Final = 30
WEBHOOKS_SHOWN_MAX: Final = 50
WEBHOOKS_PRUNED_AT_ONCE_MAX: Final = 1_000
WEBHOOKS_SENT_AGAIN_MAX: Final = 10_000
RETRY_AFTER_SECONDS_MAX: Final = 86_400

assert WEBHOOK_SECONDS_MAX < JOB_SECONDS_MAX, "an attempt ends before its job does"
assert WEBHOOKS_SENT_AT_ONCE_MAX + WEBHOOK_RETRIES_AT_ONCE_MAX < JOB_CONCURRENCY_MAX
assert sum(WEBHOOK_DELAYS_SECONDS) >= WEBHOOK_FAILING_SECONDS_MAX, "a delivery outlasts it"

CHANNEL_KEY_CHARACTERS_MAX: Final = 512
"""help.make.com/webhooks, API key authentication."""
CHANNEL_MESSAGES_PER_SECOND: Final = 25
CHANNEL_SECONDS_MAX: Final = 5.0
CHANNEL_ATTEMPTS_MAX: Final = 3
"""Of an e-mail at Make.com before it goes by the mail server."""
CHANNEL_ATTEMPTS_ALONE_MAX: Final = 240
"""Where no mail server stands behind it, and of an SMS: four hours."""
CHANNELS_CALLED_AT_ONCE_MAX: Final = 18
CHANNELS_OF_ORG_CALLED_AT_ONCE_MAX: Final = 6
"""A hook that answers just before the time-out opens no circuit, and leaves room for others."""
ACKNOWLEDGE_MINUTES_DEFAULT: Final = 10
ACKNOWLEDGE_MINUTES_MAX: Final = 24 * 60
ACKNOWLEDGE_DETAIL_CHARACTERS_MAX: Final = 500
SMS_PER_DAY_DEFAULT: Final = 500
SMS_PER_DAY_MAX: Final = 100_000
"""Of one business, but for what its staff cause; it chooses how many."""
SMS_CHARACTERS_MAX: Final = 459
"""Three parts of the GSM alphabet (3GPP TS 23.040)."""
CHANNEL_TESTS_PER_HOUR_MAX: Final = 20

THANKS_HOURS_MAX: Final = 14 * 24
THANKS_DAYS_LATE_MAX: Final = 3
"""A visit of longer ago is no longer thanked for when no worker ran."""
VISIT_DAYS_MAX: Final = 31
RATING_CHARACTERS_MAX: Final = 2_000
RATINGS_SUMMED_DAYS: Final = 365
UNSENT_DAYS: Final = 14
"""What was not sent before is nobody's concern any more."""
DIGEST_BEGINS: Final = time(7)
DIGEST_ENDS: Final = time(12)
"""No overview of a morning is asked for later, by the clock of the venue."""
DIGEST_ATTEMPTS_MAX: Final = 240
BOUNCE_COUNTS_DAYS: Final = 180
BOUNCE_TOLD_MINUTES: Final = 24 * 60
RETURNED_MAIL_BYTES_MAX: Final = 4 * 1024 * 1024
"""Of a report with the e-mail that came back, of which only the beginning is read."""

assert VISIT_DAYS_MAX * 24 * 60 >= DURATION_MINUTES_MAX, "no visit is too long to be thanked for"
EMAIL_TITLE_CHARACTERS_MAX: Final = 200
"""Of the subject and of the heading that a business writes, as templates."""
EMAIL_TEXT_CHARACTERS_MAX: Final = 5_000
EARLIER_EMAIL_TEXTS_MAX: Final = 20
"""Kept of each kind and language, before the present one."""
EMAIL_TEXT_FIELDS_MAX: Final = 60
"""Uses of fields in one template."""
EMAIL_TEXT_DEPTH_MAX: Final = 10
"""Conditions inside each other, and what stands inside each condition."""
EMAIL_TEXT_RENDERED_CHARACTERS_MAX: Final = 200_000
EMAIL_TEXT_TEMPLATES_REMEMBERED: Final = 256
"""Compiled, of all businesses; with about 20 kB each."""
EMAIL_FORMS_BYTES_MAX: Final = 8 * 1024 * 1024
"""Of all businesses; the form of a usual e-mail takes 40 kB."""

assert EMAIL_TEXT_CHARACTERS_MAX < EMAIL_TEXT_RENDERED_CHARACTERS_MAX
