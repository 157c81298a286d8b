"""Consistency rules of the relay and the job queue: events are relayed, due effects are done."""

from datetime import timedelta
from typing import Final

from fullhouse.resilience.consistency import Rule
from fullhouse.resilience.limits import EFFECT_OVERDUE_SECONDS_MAX, RELAY_BEHIND_SECONDS_MAX

RULES: Final = (
    Rule(
        name="events_relayed",
        statement="Every event has been processed",
        query="jobs.events_not_relayed",
        advice="See that a worker runs, and what its log says of `relay.batch_failed`.",
        age_tolerance={"relay_tolerance": timedelta(seconds=RELAY_BEHIND_SECONDS_MAX)},
    ),
    Rule(
        name="history_of_this_cluster",
        statement="The event history belongs to this database cluster",
        query="jobs.history_from_elsewhere",
        advice="Restart Fullhouse, which renumbers restored events.",
    ),
    Rule(
        name="effects_done",
        statement="Every due job is completed or being retried",
        query="jobs.effects_overdue",
        advice="See that a worker runs.",
        age_tolerance={"due_tolerance": timedelta(seconds=EFFECT_OVERDUE_SECONDS_MAX)},
    ),
)
