"""The rules of the mechanisms themselves: what was written is passed on, what is due gets done."""

from datetime import timedelta
from typing import Final

from fullhouse.resilience.consistency import Rule
from fullhouse.resilience.limits import EFFECT_OVERDUE_SECONDS_MAX, RELAY_BEHIND_SECONDS_MAX

RULES: Final = (
    Rule(
        name="events_relayed",
        sentence="Every event has reached every subscriber",
        query="jobs.events_not_relayed",
        age_grace={"relay_tolerance": timedelta(seconds=RELAY_BEHIND_SECONDS_MAX)},
    ),
    Rule(
        name="history_of_this_cluster",
        sentence="Events and subscribers keep to the transactions of this database cluster",
        query="jobs.history_from_elsewhere",
    ),
    Rule(
        name="effects_done",
        sentence="Every effect that was due is done, or is being tried again",
        query="jobs.effects_overdue",
        age_grace={"due_tolerance": timedelta(seconds=EFFECT_OVERDUE_SECONDS_MAX)},
    ),
)
