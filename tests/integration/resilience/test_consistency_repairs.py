"""Broken records are found, confirmed, quarantined and repaired, and every repair can be undone."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Final

import pytest
from msgspec.structs import replace
from tests.builders.broken_book import BREAKS, ORG, BrokenBook
from tests.builders.valid_dataset import (
    COUNT_AGAIN,
    a_good_book,
    booking,
    organisation,
    slot,
)

from fullhouse.bootstrap.consistency import (
    RULES,
    consistency_jobs,
)
from fullhouse.kernel.clock import ManualClock
from fullhouse.kernel.errors import InvalidInput
from fullhouse.kernel.ids import OrgId
from fullhouse.resilience.consistency import Consistency, Rule, RuleResult
from fullhouse.resilience.consistency_reads import inconsistencies
from fullhouse.resilience.errors import (
    InconsistencySettled,
    NoRepair,
    RepairChanged,
    RepairNotUndoable,
    UnknownInconsistency,
)
from fullhouse.resilience.limits import CHECK_REST_FACTOR, CHECK_SECONDS, CONFIRM_SECONDS
from fullhouse.resilience.metrics import ConsistencyMetrics
from fullhouse.storage.connection import connect
from fullhouse.storage.database import Database

pytestmark = pytest.mark.timeout(60)

QUARANTINED: Final = {
    "live_bookings_have_places": booking(2),
    "places_have_live_bookings": booking(5),
    "only_holds_expire": booking(2),
    "bookings_on_their_slots": booking(5),
    "history_tells_status": booking(2),
}
NOT_UNDONE: Final = {"counters_equal_allocations", "capacity_kept"}
WITHOUT_REPAIR: Final = {
    "no_expired_hold_counted", "events_relayed", "history_of_this_cluster", "effects_done",
}  # fmt: skip


@pytest.fixture
async def book(
    database: Database, database_url: str, clock: ManualClock
) -> AsyncIterator[BrokenBook]:
    connection = await connect(database_url, application_name="breaking on purpose")
    try:
        await connection.execute("SET session_replication_role = replica")
        await a_good_book(connection)
        yield BrokenBook(database, clock, connection)
    finally:
        await connection.close()


def test_every_rule_has_a_repair_or_says_what_to_do() -> None:
    names = {rule.name for rule in RULES}
    assert names == set(BREAKS) | WITHOUT_REPAIR
    assert all(rule.advice for rule in RULES if rule.name in WITHOUT_REPAIR)
    assert {rule.name for rule in RULES if rule.quarantines} == set(QUARANTINED)


async def test_nothing_is_found_in_a_good_book(book: BrokenBook) -> None:
    assert await book.check() == []
    assert (book.slept, await book.events(), await book.quarantined()) == ([], [], [])


@pytest.mark.parametrize("rule", sorted(BREAKS.keys() - NOT_UNDONE))
async def test_a_broken_record_is_found_quarantined_repaired_and_the_repair_undone(
    book: BrokenBook, rule: str
) -> None:
    whole = await book.rows()
    found = await book.broken(rule)
    assert book.slept == [CONFIRM_SECONDS], "it was looked at twice"
    broken = await book.rows()
    refs = {booking(2): "REF2", booking(5): "REF5"}
    expected = [refs[QUARANTINED[rule]]] if rule in QUARANTINED else []
    assert await book.quarantined() == expected
    planned = await book.preview(found)
    assert planned is not None
    assert planned.changes
    assert await book.rows() == broken, "a preview changes nothing"
    await book.repair(found, planned.fingerprint)
    assert await book.quarantined() == []
    if rule != "keys_lead_somewhere":
        assert await book.rows() == whole, "it changes nothing else"
    assert await book.check() == [], "it is whole"
    await book.undo(found)
    assert await book.rows() == broken
    assert await book.state(found) == "undone"
    (again,) = await book.check()
    assert again.inconsistency_id != found.inconsistency_id
    assert await book.quarantined() == expected
    assert await book.events() == [
        "InconsistencyDetected",
        "InconsistencyRepaired",
        "InconsistencyRepairUndone",
        "InconsistencyDetected",
    ]


async def test_counters_are_repaired_at_once_and_by_nobody(book: BrokenBook) -> None:
    whole = await book.rows()
    await book.run(*BREAKS["counters_equal_allocations"])
    assert await book.check() == []
    assert await book.rows() == whole
    assert await book.events() == ["InconsistencyDetected", "InconsistencyRepaired"]
    async with book.database.session() as session:
        (found,) = await inconsistencies(session, ORG)
    assert (found.outcome, found.subject) == ("repaired", str(slot(2)))
    await book.undo(found)
    assert await book.rows() != whole


async def test_a_slot_with_more_sold_than_it_has_is_not_enlarged_without_a_person(
    book: BrokenBook,
) -> None:
    found = await book.broken("capacity_kept")
    planned = await book.preview(found)
    assert planned is not None
    assert not planned.is_safe
    (change,) = planned.changes
    assert (change.column, change.before, change.after) == ("capacity", 2, 3)
    await book.repair(found)
    assert await book.check() == []
    with pytest.raises(RepairNotUndoable):
        await book.undo(found)  # it would be oversold again


async def test_what_the_second_look_does_not_find_is_no_inconsistency(book: BrokenBook) -> None:
    """No false quarantine: nothing is done about what is whole five seconds later."""
    await book.run(*BREAKS["live_bookings_have_places"])
    await book.connection.execute("CREATE TABLE kept AS SELECT * FROM slot_allocation WITH NO DATA")
    mend = "INSERT INTO slot_allocation VALUES ($org1, $slot2, $booking2, 3, NULL)"
    book.meanwhile = lambda: book.run(mend, COUNT_AGAIN)
    assert await book.check() == []
    assert (await book.events(), await book.quarantined()) == ([], [])
    assert book.slept == [CONFIRM_SECONDS]


async def test_it_is_told_of_once_and_ends_when_it_is_whole_again(book: BrokenBook) -> None:
    found = await book.broken("live_bookings_have_places")
    for _ in range(3):
        assert await book.check() == []
    assert await book.events() == ["InconsistencyDetected"]
    metrics = book.registry.get(ConsistencyMetrics).inconsistencies
    assert metrics.labels(found.rule)._value.get() == 1
    await book.run(
        "INSERT INTO slot_allocation VALUES ($org1, $slot2, $booking2, 3, NULL)", COUNT_AGAIN
    )
    await book.check()
    assert await book.state(found) == "gone"
    assert await book.quarantined() == []
    assert metrics.labels(found.rule)._value.get() == 0


async def test_one_that_two_rules_find_stays_quarantined_until_both_are_settled(
    book: BrokenBook,
) -> None:
    await book.run(
        *BREAKS["live_bookings_have_places"],
        "UPDATE booking SET offering_id = $org2 WHERE ref = 'REF2'",
    )
    first, second = await book.check()
    await book.repair(first)
    assert await book.quarantined() == ["REF2"]
    await book.repair(second)
    assert await book.quarantined() == []
    assert await book.check() == []


async def test_a_released_one_may_be_changed_and_is_not_told_of_again(book: BrokenBook) -> None:
    found = await book.broken("live_bookings_have_places")
    for wrong in ("", " ", "two\nlines", "x" * 201):
        with pytest.raises(InvalidInput):
            await book.release(found, wrong)
    await book.release(found, "We move them ourselves")
    assert await book.quarantined() == []
    assert await book.check() == []
    assert await book.quarantined() == []
    assert await book.events() == ["InconsistencyDetected", "InconsistencyReleased"]
    with pytest.raises(InconsistencySettled):
        await book.release(found, "Again")
    await book.repair(found)
    assert await book.check() == []


async def test_a_repair_that_is_another_than_was_shown_is_refused(book: BrokenBook) -> None:
    found = await book.broken("places_have_live_bookings")
    planned = await book.preview(found)
    assert planned is not None
    await book.run("UPDATE slot_allocation SET places = 2 WHERE booking_id = $booking5")
    with pytest.raises(RepairChanged):
        await book.repair(found, planned.fingerprint)
    assert await book.state(found) == "open"


async def test_bookings_of_others_change_neither_a_repair_nor_its_undoing(book: BrokenBook) -> None:
    """The counters of a slot move all the time: only what the repair adds to them counts."""
    found = await book.broken("only_holds_expire")
    planned = await book.preview(found)
    assert planned is not None
    sell = (
        "INSERT INTO slot_allocation VALUES ($org1, $slot2, gen_random_uuid(), 2, NULL)",
        "UPDATE slot SET booked = booked + 2 WHERE slot_id = $slot2",
    )
    await book.run(*sell)
    await book.repair(found, planned.fingerprint)
    await book.run(*sell)
    await book.undo(found)
    counted = await book.connection.fetchrow(
        "SELECT booked, held FROM slot WHERE slot_id = $1", slot(2)
    )
    assert counted is not None
    assert tuple(counted) == (4, 3)


async def test_a_repair_is_not_undone_once_the_booking_has_changed(book: BrokenBook) -> None:
    found = await book.broken("history_tells_status")
    await book.repair(found)
    await book.run("UPDATE booking SET version = version + 1 WHERE ref = 'REF2'")
    with pytest.raises(RepairNotUndoable):
        await book.undo(found)
    assert await book.state(found) == "repaired"


async def test_what_nobody_can_know_has_no_repair(book: BrokenBook) -> None:
    await book.run("DELETE FROM event WHERE subject = $booking2")
    (found,) = await book.check()
    assert await book.preview(found) is None
    with pytest.raises(NoRepair):
        await book.repair(found)
    await book.run(
        "UPDATE slot SET capacity = 3, booked = 3 WHERE slot_id = $slot2",
        "DELETE FROM slot_allocation WHERE booking_id = $booking2",
        "INSERT INTO slot_allocation VALUES ($org1, $slot2, gen_random_uuid(), 3, NULL)",
    )
    without_places = [one for one in await book.check() if one.subject == str(booking(2))]
    assert [await book.preview(one) for one in without_places] == [None], "it is sold out"


async def test_an_act_on_what_is_settled_or_unknown_is_refused(book: BrokenBook) -> None:
    found = await book.broken("live_bookings_have_places")
    with pytest.raises(InconsistencySettled):
        await book.undo(found)
    await book.repair(found)
    with pytest.raises(InconsistencySettled):
        await book.repair(found)
    unit_of_work = book.unit_of_work(book.context(), OrgId(organisation(2)))
    async with unit_of_work as uow:
        with pytest.raises(UnknownInconsistency):
            await book.repairs.repair(uow, found.inconsistency_id)


async def test_two_who_repair_at_once_repair_once(book: BrokenBook) -> None:
    found = await book.broken("places_have_live_bookings")

    async def repair() -> bool:
        try:
            await book.repair(found)
        except InconsistencySettled:
            return False
        return True

    async with asyncio.TaskGroup() as group:
        acts = [group.create_task(repair()) for _ in range(4)]
    assert [act.result() for act in acts].count(True) == 1
    assert await book.check() == []


async def test_a_rule_that_fails_keeps_no_other_from_being_checked(book: BrokenBook) -> None:
    await book.run("ALTER TABLE waiting_list_entry RENAME TO hidden")
    await book.run(*BREAKS["live_bookings_have_places"])
    (found,) = await book.check()
    assert found.rule == "live_bookings_have_places"


@pytest.mark.parametrize("refused", ["INSERT", "UPDATE"])
async def test_a_record_that_cannot_be_noted_or_closed_keeps_no_other(
    book: BrokenBook, refused: str
) -> None:
    first, second = "places_have_live_bookings", "history_tells_status"
    await book.run(
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql"
        " AS $$ BEGIN RAISE 'refused'; END $$",
        f"CREATE TRIGGER refused BEFORE {refused} ON inconsistency FOR EACH ROW"
        f" WHEN (NEW.rule = '{first}') EXECUTE FUNCTION refuse()",
        *BREAKS[first],
        *BREAKS[second],
    )
    found = {one.rule: one for one in await book.check()}
    assert set(found) == ({second} if refused == "INSERT" else {first, second})
    await book.run(
        "UPDATE booking SET status = 'confirmed' WHERE ref = 'REF2'",
        "DELETE FROM slot_allocation WHERE slot_id = $slot5 AND booking_id = $booking5",
        COUNT_AGAIN,
    )
    assert await book.check() == []
    assert await book.state(found[second]) == "gone"


async def test_a_rule_that_takes_long_rests_longer(
    book: BrokenBook, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []
    run = Consistency.run

    async def slow(self: Consistency, rule: Rule, *, quiescent: bool = False) -> RuleResult:
        seen.append(rule.name)
        result = await run(self, rule, quiescent=quiescent)
        return replace(result, seconds=10.0 if rule.name == "capacity_kept" else 0.01)

    monkeypatch.setattr(Consistency, "run", slow)
    await book.watch()
    assert len(seen) == len(RULES)
    book.clock.advance(timedelta(seconds=CHECK_SECONDS))
    await book.watch()
    assert len(seen) == 2 * len(RULES) - 1
    book.clock.advance(timedelta(seconds=10 * CHECK_REST_FACTOR))
    await book.watch()
    assert seen.count("capacity_kept") == 2


async def test_the_worker_checks_every_half_minute(book: BrokenBook) -> None:
    (job,) = consistency_jobs(book.watch)
    assert job.every == timedelta(seconds=CHECK_SECONDS)
    await book.run(*BREAKS["live_bookings_have_places"])
    await job.run()
    assert await book.quarantined() == ["REF2"]
