"""Limits of the calls to outside services."""

from typing import Final

from fullhouse.booking.limits import AVAILABILITY_STALE_AFTER_SECONDS
from fullhouse.jobs.limits import JOB_SECONDS_MAX

REDIS_SECONDS_MAX: Final = 0.050
REDIS_RETRY_SECONDS: Final = 1.0
REDIS_DOCTOR_SECONDS_MAX: Final = 5.0
SMTP_DOCTOR_SECONDS_MAX: Final = 10.0
DNS_SECONDS_MAX: Final = 4.0

HTTP_ANSWER_BYTES_MAX: Final = 4_096
HTTP_UNREAD_BYTES_MAX: Final = 8 * 1024
"""Kept by the system for one turn of the event loop: of interim responses without end each costs
twenty microseconds, and the library reads on until its time is over."""
HTTP_CONNECTIONS_MAX: Final = 32

SMTP_SECONDS_MAX: Final = 10.0
"""Of each answer of a mail server."""
SMTP_MESSAGE_SECONDS_MAX: Final = 15.0

ALERT_WEBHOOK_SECONDS_MAX: Final = 5.0

assert SMTP_SECONDS_MAX < SMTP_MESSAGE_SECONDS_MAX < JOB_SECONDS_MAX, (
    "a job outlives its provider's silence"
)
assert REDIS_SECONDS_MAX * 2 < AVAILABILITY_STALE_AFTER_SECONDS, "a slow Redis keeps nobody waiting"
TRACES_SECONDS_MAX: Final = 5.0
REPORT_SECONDS_MAX: Final = 2.0
"""At its end a process waits so long for errors that were not sent yet."""
REPORT_FRAMES_MAX: Final = 30
REPORT_CAUSES_MAX: Final = 5
