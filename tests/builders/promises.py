"""Promises of the documents that follow from several limits; no code enforces them alone."""

from typing import Final

JOB_TAKEN_UP_SECONDS_MAX: Final = 31
"""From the kill of a worker until another worker runs its job."""

MAIL_OUTAGE_SECONDS_SURVIVED: Final = 24 * 3_600
"""An outage of the mail server this long loses no message."""

MAIL_RETRY_SECONDS_MAX: Final = 300
"""From the end of an outage until the next attempt of each message."""
