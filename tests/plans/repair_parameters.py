"""What the parameters of queries of dead letters, inconsistencies and repairs are in real life."""

from datetime import timedelta
from typing import Final

from tests.plans.large_database import big_id

_BOOKING: Final = big_id("b0", 5000)
_SLOTS: Final = 48

VALUES: Final[dict[str, object]] = {
    "attempts_max": 9,
    "inconsistency_id": big_id("99", 50),
    "rules": ["capacity_kept"],
    "message": "a slot is oversold",
    "only_open": True,
    "repair": {},
    "payload": {},
    "booked": [1] * _SLOTS,
    "held": [1] * _SLOTS,
    "places": [1] * _SLOTS,
    "derived": True,
    "pause": timedelta(milliseconds=100),
}
OF_QUERY: Final[dict[str, dict[str, object]]] = {
    "booking.add_allocations": {"booking_ids": [_BOOKING] * _SLOTS},
    "booking.add_key": {"key": big_id("f3", 0)},
    "booking.lock_key_to_repair": {"key": big_id("f3", 5000)},
    "booking.remove_key": {"key": big_id("f3", 5000)},
    "booking.repair_entry": {"status": "waiting"},
    "jobs.retry_dead_letters": {"after": 0},
    "resilience.add_inconsistency": {"rule": "capacity_kept", "subject": str(_BOOKING)},
    "resilience.is_still_broken": {"subject": str(_BOOKING)},
    "resilience.settle_inconsistency": {"before": "open", "outcome": "repaired"},
}
