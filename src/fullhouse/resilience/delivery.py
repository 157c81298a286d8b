"""Consistency rules of the relay and the job queue: events are relayed, due effects are done."""

from datetime import timedelta
from typing import Final

from fullhouse.resilience.consistency import Rule
from fullhouse.resilience.limits import EFFECT_OVERDUE_SECONDS_MAX, RELAY_BEHIND_SECONDS_MAX

RULES: Final = (
    Rule(
        name="events_relayed",
        statement="Every event has reached every subscriber",
        query="jobs.events_not_relayed",
        age_tolerance={"relay_tolerance": timedelta(seconds=RELAY_BEHIND_SECONDS_MAX)},
    ),
    Rule(
        name="history_of_this_cluster",
        statement="Events and subscribers keep to the transactions of this database cluster",
        query="jobs.history_from_elsewhere",
    ),
    Rule(
        name="effects_done",
        statement="Every effect that was due is done, or is being tried again",
        query="jobs.effects_overdue",
        age_tolerance={"due_tolerance": timedelta(seconds=EFFECT_OVERDUE_SECONDS_MAX)},
    ),
)
