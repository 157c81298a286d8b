"""Limits of caches and of the consistency rules, and when a delivery counts as late."""

from typing import Final

from fullhouse.jobs.limits import RELAY_POLL_SECONDS, RUSH_SECONDS_MAX

SHARED_CHANGES_MAX: Final = 10_000

RULE_SECONDS_MAX: Final = 300
RULE_EXAMPLES_MAX: Final = 10
RELAY_BEHIND_SECONDS_MAX: Final = 60
EFFECT_OVERDUE_SECONDS_MAX: Final = 900

assert RELAY_BEHIND_SECONDS_MAX > RUSH_SECONDS_MAX + RELAY_POLL_SECONDS, (
    "a wait for calm is not late"
)
