"""The wiring of the consistency checker; without the application, so that `check` starts fast."""

from fullhouse.booking.upkeep import invariants
from fullhouse.kernel.clock import Clock
from fullhouse.resilience import delivery
from fullhouse.resilience.consistency import Consistency, rules_of
from fullhouse.storage.database import Database


def build_consistency_checker(database: Database, clock: Clock) -> Consistency:
    """The engine with every part's rules."""
    return Consistency(database, clock, rules_of(invariants.RULES, delivery.RULES))
