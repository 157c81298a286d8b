"""Each consistency rule holds on good data, and is red, alone, on data broken on purpose."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Final

import asyncpg
import pytest
from tests.builders import broken_book
from tests.builders.broken_book import run_named
from tests.builders.valid_dataset import COUNT_AGAIN, a_good_book, organisation, slot

from fullhouse.booking.upkeep import invariants
from fullhouse.kernel.clock import ManualClock
from fullhouse.resilience import delivery
from fullhouse.resilience.consistency import Consistency, Report, rules_of
from fullhouse.resilience.limits import RULE_EXAMPLES_MAX
from fullhouse.storage import database as storage
from fullhouse.storage.connection import connect
from fullhouse.storage.database import Database
from fullhouse.storage.errors import DatabaseUnavailable

RULES: Final = rules_of(invariants.RULES, delivery.RULES)


@pytest.fixture
async def connection(database_url: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection that may do anything, on a book with one booking of every status."""
    connection = await connect(database_url, application_name="breaking on purpose")
    try:
        await connection.execute("SET session_replication_role = replica")
        await a_good_book(connection)
        yield connection
    finally:
        await connection.close()


@pytest.fixture
def consistency(database: Database, clock: ManualClock) -> Consistency:
    return Consistency(database, clock, RULES)


BREAKS: Final = broken_book.BREAKS | {
    "no_expired_hold_counted": (
        "UPDATE slot_allocation SET expires_at = $overdue WHERE booking_id = $booking1",
        "UPDATE booking SET expires_at = $overdue WHERE booking_id = $booking1",
    ),
    "history_tells_status": ("DELETE FROM event WHERE subject = $booking2",),
    "events_relayed": (
        "UPDATE event SET recorded_at = now() - interval '1 hour'",
        "UPDATE relay_cursor SET xid = '0', seq = 0",
    ),
    "history_of_this_cluster": ("UPDATE relay_cursor SET xid = '9000000000'",),
    "effects_done": (
        """INSERT INTO effect (org_id, key, kind, subject, status, due_at, correlation_id,
            created_at)
            VALUES ($org1, 'mail', 'mail', $org1, 'due', now() - interval '1 hour', $org1,
                now() - interval '1 hour')
        """,
    ),
}


def _red(report: Report) -> list[str]:
    return [result.rule for result in report.broken]


async def test_all_is_well_on_an_empty_database(consistency: Consistency) -> None:
    report = await consistency.check(quiescent=True)
    assert report.ok
    assert [result.rule for result in report.results] == [rule.name for rule in RULES]


async def test_a_rule_may_take_longer_than_any_other_statement(
    consistency: Consistency, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storage, "UNANSWERED_SECONDS_MAX", 0.0)
    async with consistency.database.session() as session:
        with pytest.raises(DatabaseUnavailable):
            await session.fetch_value("people.ping", int)
    assert (await consistency.check(quiescent=True)).ok


@pytest.mark.usefixtures("connection")
async def test_all_is_well_ona_good_book(consistency: Consistency) -> None:
    report = await consistency.check(quiescent=True)
    assert report.ok, report.broken


@pytest.mark.parametrize("rule", [rule.name for rule in RULES])
async def test_exactly_the_broken_rule_is_red(
    rule: str, connection: asyncpg.Connection, consistency: Consistency
) -> None:
    await run_named(connection, *BREAKS[rule])
    report = await consistency.check()
    assert _red(report) == [rule], report.broken
    example = report.broken[0].examples[0]
    assert len(example.message.split()) > 5, "the message of a violation is a sentence"


def test_every_rule_is_broken_by_a_test() -> None:
    assert set(BREAKS) == {rule.name for rule in RULES}


async def test_a_violation_names_its_organisation_and_its_subject(
    connection: asyncpg.Connection, consistency: Consistency
) -> None:
    await run_named(connection, *BREAKS["counters_equal_allocations"])
    report = await consistency.check()
    example = report.broken[0].examples[0]
    assert (example.org_id, example.subject) == (organisation(1), str(slot(2)))
    assert "counts 4 booked and 0 held, its allocations say 3 and 0" in example.message


async def test_many_violations_are_counted_and_ten_are_shown(
    connection: asyncpg.Connection, consistency: Consistency
) -> None:
    await connection.execute("UPDATE slot SET booked = booked + 1")
    report = await consistency.check()
    assert report.broken[0].total == 14
    assert len(report.broken[0].examples) == RULE_EXAMPLES_MAX


async def test_a_hold_over_two_slots_may_leave_its_second_place_for_a_while_after_it_expired(
    connection: asyncpg.Connection, consistency: Consistency
) -> None:
    """The ledger gives back what it meets; what is left of the hold is free to whoever asks."""
    await run_named(
        connection,
        "UPDATE booking SET status = 'expired' WHERE booking_id = $booking1",
        "UPDATE booking SET expires_at = $earlier WHERE booking_id = $booking1",
        "UPDATE slot_allocation SET expires_at = $earlier WHERE booking_id = $booking1",
        "DELETE FROM slot_allocation WHERE booking_id = $booking1 AND slot_id = $slot1",
        "UPDATE event SET kind = 'HoldExpired' WHERE subject = $booking1",
        COUNT_AGAIN,
    )
    assert (await consistency.check()).ok
    assert _red(await consistency.check(quiescent=True)) == ["no_expired_hold_counted"]


async def test_events_may_lag_for_a_while_but_not_once_all_is_settled(
    connection: asyncpg.Connection, consistency: Consistency
) -> None:
    await connection.execute("UPDATE relay_cursor SET xid = '0', seq = 0")
    assert (await consistency.check()).ok
    assert _red(await consistency.check(quiescent=True)) == ["events_relayed"]


async def test_an_event_of_the_past_may_lag_from_the_moment_it_was_recorded(
    connection: asyncpg.Connection, consistency: Consistency
) -> None:
    await connection.execute("UPDATE event SET at = $1", datetime(2026, 1, 1, tzinfo=UTC))
    await connection.execute("UPDATE relay_cursor SET xid = '0', seq = 0")
    assert (await consistency.check()).ok


async def test_effects_may_be_due_for_a_while_by_the_clock_of_the_database(
    connection: asyncpg.Connection, consistency: Consistency
) -> None:
    """The application's clock stands half a year ahead of the database's in this test."""
    await connection.execute(
        "INSERT INTO effect (org_id, key, kind, subject, status, due_at, correlation_id,"
        " created_at) VALUES ($1, 'mail', 'mail', $1, 'due', now(), $1, now())",
        organisation(1),
    )
    assert (await consistency.check()).ok
    assert _red(await consistency.check(quiescent=True)) == ["effects_done"]


async def test_an_effect_of_the_past_may_be_due_from_the_moment_it_was_enqueued(
    connection: asyncpg.Connection, consistency: Consistency
) -> None:
    await connection.execute(
        "INSERT INTO effect (org_id, key, kind, subject, status, due_at, correlation_id,"
        " created_at) VALUES ($1, 'mail', 'mail', $1, 'due', '2026-01-01', $1, now())",
        organisation(1),
    )
    assert (await consistency.check()).ok
    assert _red(await consistency.check(quiescent=True)) == ["effects_done"]


async def test_events_that_nobody_subscribes_to_are_not_relayed(
    connection: asyncpg.Connection, consistency: Consistency
) -> None:
    await run_named(connection, BREAKS["events_relayed"][0], "DELETE FROM relay_cursor")
    assert _red(await consistency.check()) == ["events_relayed"]


async def test_the_check_writes_nothing(
    connection: asyncpg.Connection, consistency: Consistency
) -> None:
    """Of some checks one is enough: autovacuum takes transaction numbers, too."""

    async def numbers_taken() -> int:
        question = "SELECT pg_current_xact_id()::text::bigint"
        before: int = await connection.fetchval(question)
        await consistency.check()
        after: int = await connection.fetchval(question)
        return after - before - 1

    assert min([await numbers_taken() for _ in range(5)]) == 0
