"""Limits of requests and connections that more than one entrypoint obeys."""

from typing import Final

from fullhouse.booking.limits import COMMIT_SECONDS_MAX
from fullhouse.capacity.limits import LOAD_ANSWER_SECONDS_MAX
from fullhouse.jobs.limits import JOB_SECONDS_MAX

BODY_BYTES_MAX: Final = 64 * 1024
FORM_FIELDS_MAX: Final = 64

RATE_CLIENTS_MAX: Final = 50_000
API_KEY_RECENT_SECONDS: Final = 60.0
IDEMPOTENCY_KEY_CHARACTERS_MAX: Final = 255

DRAIN_SECONDS_MAX: Final = 20
LISTEN_BACKLOG_MAX: Final = 2_048
KEEP_ALIVE_SECONDS_MAX: Final = 30
REQUEST_SECONDS_MAX: Final = 15

assert REQUEST_SECONDS_MAX > COMMIT_SECONDS_MAX, "a request must outlive its command"
assert DRAIN_SECONDS_MAX > REQUEST_SECONDS_MAX, "draining waits for every request"
assert DRAIN_SECONDS_MAX >= JOB_SECONDS_MAX, "draining waits for every job"
assert LOAD_ANSWER_SECONDS_MAX > REQUEST_SECONDS_MAX, "the server gives up before the load does"
