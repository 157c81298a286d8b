"""Limits that more than one entrypoint obeys, and relations between the limits of parts below."""

from typing import Final

from fullhouse.booking.limits import COMMIT_SECONDS_MAX
from fullhouse.capacity.limits import LOAD_ANSWER_SECONDS_MAX
from fullhouse.http.limits import REQUEST_SECONDS_MAX
from fullhouse.http.server.limits import NEWCOMERS_SHARE
from fullhouse.jobs.limits import JOB_SECONDS_MAX
from fullhouse.processes.limits import DRAIN_SECONDS_MAX

API_KEY_RECENT_SECONDS: Final = 60.0
OFFERINGS_PER_TOKEN: Final = 20
"""A list of them all costs its client the more of the rate the longer it is."""
CALLER_TURNS_MAX: Final = 2
"""Pages of one account or network address, or reads of one API key, made at once."""
ORGANISATION_TURNS_MAX: Final = 4
TURNS_WAITING_MAX: Final = 64
GUESTS_WAITING_MAX: Final = 256
"""A large company, or the customers of a carrier, behind one address on the day of the sale."""
TURN_WAIT_SECONDS_MAX: Final = 5.0
AVAILABILITY_SHARE: Final = 0.85
STAFF_SHARE: Final = 0.65
REPORTS_SHARE: Final = 0.45
"""Of the bounds of running and waiting requests: what is above is left to what matters more."""

assert REQUEST_SECONDS_MAX > COMMIT_SECONDS_MAX, "a request must outlive its command"
assert DRAIN_SECONDS_MAX > REQUEST_SECONDS_MAX, "draining waits for every request"
assert DRAIN_SECONDS_MAX >= JOB_SECONDS_MAX, "draining waits for every job"
assert CALLER_TURNS_MAX < ORGANISATION_TURNS_MAX, "nobody keeps her colleagues waiting"
assert NEWCOMERS_SHARE < REPORTS_SHARE < STAFF_SHARE < AVAILABILITY_SHARE < 1, (
    "below its share anything is admitted, and bookings have the rest to themselves"
)
assert LOAD_ANSWER_SECONDS_MAX > REQUEST_SECONDS_MAX, "the server gives up before the load does"
