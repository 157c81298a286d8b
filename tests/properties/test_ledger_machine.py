"""The ledger against a reference model: they agree after any sequence of commands.

Every verb runs on the real ledger and the real database. After each step counters, allocations
and statuses are compared; at the end the consistency rules run.
"""

import asyncio
import os
from itertools import count

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test
from tests.builders.ledger_machine import START, LedgerMachine
from tests.builders.planting import plant
from tests.builders.threaded_app import a_standing_house

from fullhouse.booking.upkeep import invariants
from fullhouse.kernel.clock import ManualClock
from fullhouse.resilience.consistency import Consistency

EFFORT = int(os.environ.get("FULLHOUSE_TEST_EFFORT", "1"))
STEPS = 40


def run_machine(database_url: str, chosen: settings, *, first: int | None = None) -> None:
    """Run on one database, an organisation for each example; check all rules at the end.

    `first` chooses which examples come first; None leaves it to the profile.
    """
    clock = ManualClock(START)
    with a_standing_house(database_url, clock) as standing:
        bound = {"standing": standing, "clock": clock, "numbers": count()}
        machine = type("Machine", (LedgerMachine,), bound)
        if first is not None:
            machine = seed(first)(machine)
        run_state_machine_as_test(machine, settings=chosen)
        standing.run(standing.app.booking.expire_holds())
        consistency = Consistency(standing.app.database, clock, invariants.RULES)
        report = standing.run(consistency.check())
        assert report.ok, report.broken


SETTINGS = settings(
    max_examples=40 * EFFORT,
    stateful_step_count=STEPS,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)


@pytest.mark.on_both_servers
@pytest.mark.timeout(240 * EFFORT)
def test_the_ledger_agrees_with_the_reference_model(database_url: str) -> None:
    run_machine(database_url, SETTINGS)


PLANTED = {
    "one place too many": ("take.places > free[i] THEN", "take.places > free[i] + 1 THEN", 2),
    "a hold that never expires": ("a.expires_at <= at", "a.expires_at <= at - interval '1 day'", 5),
    "a key that fits every request": ("k.fingerprint <> coalesce(", "k.key <> coalesce(k.key, ", 1),
    "places of a cancelled booking that are never released": (
        "t.places, c.expires_at\n",
        "t.places, CASE c.kind WHEN 'create_booking' THEN c.expires_at END\n",
        1,
    ),
    "a request that is never new again": ("(NOT k.derived", "(true", 5),
}
"""What is replaced by what, and the examples that find it soon: others take up to a minute."""


@pytest.mark.parametrize("bug", PLANTED)
@pytest.mark.timeout(240)
def test_the_machine_finds_a_planted_bug(bug: str, database_url: str) -> None:
    right, wrong, first = PLANTED[bug]
    asyncio.run(plant(database_url, right, wrong))
    finding = settings(
        SETTINGS, max_examples=400, phases=[Phase.generate], derandomize=False, database=None
    )
    with pytest.raises((AssertionError, ExceptionGroup)):
        run_machine(database_url, finding, first=first)
