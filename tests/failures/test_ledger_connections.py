"""The ledger's line breaks: what was promised is stored once, what failed is not there."""

import asyncio
from collections.abc import Awaitable, Sequence
from random import Random
from typing import TypeVar

import pytest
from tests.builders.business import Business, a_booking_of, a_guest
from tests.builders.faulty_proxy import Fault, LedgerFixture, a_faulty_proxy, a_ledger

from fullhouse.booking.ledger.verdicts import Result
from fullhouse.booking.limits import FAILING_SECONDS
from fullhouse.booking.model.outcomes import BookingOutcome
from fullhouse.booking.model.slot import SlotId
from fullhouse.booking.upkeep import invariants
from fullhouse.bootstrap.application import Application
from fullhouse.concurrency.deadline import time_limit
from fullhouse.kernel.clock import ManualClock, SystemClock
from fullhouse.kernel.errors import DeadlineExceeded, ServiceUnavailable
from fullhouse.resilience.consistency import Consistency
from fullhouse.resilience.database_watch import database_away
from fullhouse.storage.connection import connect
from fullhouse.storage.errors import DatabaseFull, OutcomeUnknown
from fullhouse.storage.metrics import QueryMetrics

T = TypeVar("T")
Answered = Result[BookingOutcome]


async def place(
    ledger: LedgerFixture, business: Business, slot: SlotId, name: str, *, party: int = 1
) -> Answered:
    request = a_booking_of(slot, party=party, name=name)
    return await ledger.place(business.org_id, request, context=a_guest(f"key of {name}"))


async def together(works: Sequence[Awaitable[T]]) -> list[T | BaseException]:
    """What each comes to, its error included."""
    tasks = [asyncio.ensure_future(work) for work in works]
    await asyncio.wait(tasks)
    return [task.exception() or task.result() for task in tasks]


async def crowd(
    ledger: LedgerFixture, business: Business, slot: SlotId, count: int
) -> list[Answered | BaseException]:
    return await together(
        [place(ledger, business, slot, f"Guest {number}") for number in range(count)]
    )


async def refs(business: Business) -> list[str]:
    async with business.database.unrestricted.session() as session:
        rows = await session.connection.fetch("SELECT ref FROM booking ORDER BY ref")
    return [row["ref"] for row in rows]


def promised(answers: Sequence[Answered | BaseException]) -> list[str]:
    return sorted(one.outcome.ref for one in answers if isinstance(one, Result))


def times_committed(app: Application, outcome: str) -> float:
    app.metrics.publish()
    labels = {"query": "booking.ledger_commit", "outcome": outcome}
    return app.metrics.registry.get_sample_value("fullhouse_query_seconds_count", labels) or 0


async def assert_sound(app: Application) -> None:
    report = await Consistency(app.database, app.clock, invariants.RULES).check()
    assert report.ok, report.broken


@pytest.mark.on_both_servers
@pytest.mark.parametrize("fault", ["cut before", "cut after", "silent"])
async def test_a_line_that_breaks_around_a_commit_is_mended_and_nobody_notices(
    fault: Fault, app: Application, business: Business, database_url: str
) -> None:
    slot = await business.a_slot(capacity=100)
    observe = app.metrics.get(QueryMetrics).observe
    async with a_ledger(app, a_faulty_proxy(database_url, [fault]), observe=observe) as ledger:
        answers = await crowd(ledger, business, slot, 20)
    assert times_committed(app, "database_unavailable") == 1
    assert times_committed(app, "ok") >= 1
    assert [one for one in answers if isinstance(one, BaseException)] == []
    assert promised(answers) == await refs(business)
    assert not any(isinstance(one, Result) and one.replayed for one in answers)
    assert ledger.proxy.connections == 2
    await assert_sound(app)


@pytest.mark.timeout(60)  # dozens of connections are made anew
async def test_lines_that_break_again_and_again_neither_double_nor_lose(
    app: Application, business: Business, database_url: str
) -> None:
    chance = Random(2)  # noqa: S311 - the same faults in every run
    faults: list[Fault] = [
        chance.choice(("none", "cut before", "cut after", "silent")) for _ in range(60)
    ]
    slot = await business.a_slot(capacity=250)
    async with a_ledger(app, a_faulty_proxy(database_url, faults)) as ledger:
        answers = await crowd(ledger, business, slot, 300)
    refused = [one for one in answers if isinstance(one, BaseException)]
    assert {type(one).__name__ for one in refused} == {"SlotFull"}
    assert len(promised(answers)) == 250
    assert promised(answers) == await refs(business)
    await assert_sound(app)


async def test_backends_terminated_at_random_cost_nobody_an_answer(
    app: Application, business: Business, database_url: str
) -> None:
    slot = await business.a_slot(capacity=2_000)
    killer = await connect(database_url, application_name="killer")
    async with a_ledger(app, a_faulty_proxy(database_url), clock=SystemClock()) as ledger:
        coming = asyncio.create_task(guests_one_after_the_other(ledger, business, slot))
        for _ in range(15):
            await asyncio.sleep(0.03)
            await killer.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE application_name = 'faulty ledger' AND datname = current_database()"
            )
        answers = await coming
    await killer.close()
    assert [one for one in answers if isinstance(one, BaseException)] == []
    assert promised(answers) == await refs(business)
    assert ledger.proxy.connections > 1
    await assert_sound(app)


async def guests_one_after_the_other(
    ledger: LedgerFixture, business: Business, slot: SlotId
) -> list[Answered | BaseException]:
    async def some(client: int) -> list[Answered | BaseException]:
        return [
            (await together([place(ledger, business, slot, f"Guest {client} {number}")]))[0]
            for number in range(30)
        ]

    lists = await together([some(client) for client in range(20)])
    return [answer for one in lists if isinstance(one, list) for answer in one]


async def test_an_outcome_that_cannot_be_learned_in_time_is_unknown_and_its_key_finds_it(
    app: Application, business: Business, clock: ManualClock, database_url: str
) -> None:
    slot = await business.a_slot()
    async with a_ledger(app, a_faulty_proxy(database_url, ["cut after"])) as ledger:
        asking = asyncio.ensure_future(place(ledger, business, slot, "Ada"))
        while not ledger.proxy.connections:  # noqa: ASYNC110 - a line tells nobody
            await asyncio.sleep(0)
        ledger.proxy.away = True
        later = asyncio.ensure_future(place(ledger, business, slot, "Grace"))
        await asyncio.sleep(0.1)
        clock.ticks += 11
        with pytest.raises(OutcomeUnknown):
            await asking
        with pytest.raises(DeadlineExceeded):
            await later
        ledger.proxy.away = False
        again = await place(ledger, business, slot, "Ada")
    assert await refs(business) == [again.outcome.ref]
    await assert_sound(app)


async def test_command_waits_no_longer_than_its_request(
    app: Application, business: Business, clock: ManualClock, database_url: str
) -> None:
    slot = await business.a_slot()
    async with a_ledger(app, a_faulty_proxy(database_url)) as ledger:
        ledger.proxy.away = True
        async with time_limit(1.0):
            asking = asyncio.ensure_future(place(ledger, business, slot, "Ada"))
            await asyncio.sleep(0.1)
            clock.ticks += 1.1
            with pytest.raises(DeadlineExceeded):
                await asking
        ledger.proxy.away = False
    assert await refs(business) == []


async def test_database_known_to_be_away_is_sent_nothing_and_what_waits_is_answered(
    app: Application, business: Business, database_url: str
) -> None:
    slot = await business.a_slot()
    async with a_ledger(app, a_faulty_proxy(database_url)) as ledger:
        ledger.proxy.away = True
        under_way = asyncio.ensure_future(place(ledger, business, slot, "Ada"))
        while not ledger.proxy.attempts:  # noqa: ASYNC110 - a line tells nobody
            await asyncio.sleep(0)
        unsent = asyncio.ensure_future(place(ledger, business, slot, "Grace"))
        await asyncio.sleep(0.1)
        ledger.committer.refuse_unsent(database_away())
        with pytest.raises(ServiceUnavailable):
            await unsent
        ledger.committer.admit = refuse
        with pytest.raises(ServiceUnavailable):
            await place(ledger, business, slot, "Rosa")
        ledger.proxy.away = False
        assert promised([await under_way]) == await refs(business)


def refuse() -> None:
    raise database_away()


async def test_a_database_away_for_a_while_is_waited_for(
    app: Application, business: Business, database_url: str
) -> None:
    slot = await business.a_slot()
    async with a_ledger(app, a_faulty_proxy(database_url)) as ledger:
        ledger.proxy.away = True
        asking = asyncio.ensure_future(crowd(ledger, business, slot, 5))
        await asyncio.sleep(1)
        assert not asking.done()
        ledger.proxy.away = False
        assert promised(await asking) == await refs(business) != []


async def test_a_full_disk_is_a_refusal_at_once_and_ends_with_the_fault(
    app: Application, business: Business, database_url: str
) -> None:
    slot = await business.a_slot()
    proxy = a_faulty_proxy(database_url, ["full", "full"])
    async with a_ledger(app, proxy) as ledger:
        for name in ("Ada", "Emmy"):
            with pytest.raises(DatabaseFull):
                await place(ledger, business, slot, name)
            assert ledger.is_failing()
        assert (await place(ledger, business, slot, "Grace")).outcome.status == "confirmed"
        assert not ledger.is_failing()
    assert proxy.connections == 1, "the connection is as good as before"
    assert len(await refs(business)) == 1
    await assert_sound(app)


async def test_a_disk_found_full_is_forgotten_in_seconds(
    app: Application, business: Business, clock: ManualClock, database_url: str
) -> None:
    slot = await business.a_slot()
    async with a_ledger(app, a_faulty_proxy(database_url, ["full"]), clock=clock) as ledger:
        with pytest.raises(DatabaseFull):
            await place(ledger, business, slot, "Ada")
        clock.ticks += FAILING_SECONDS - 0.1
        assert ledger.is_failing()
        clock.ticks += 0.1
        assert not ledger.is_failing(), "a process that is sent no bookings could not end it"


async def test_a_lock_that_others_hold_is_waited_for_and_then_given_up_as_not_done(
    app: Application, business: Business, database_url: str
) -> None:
    slot, other = await business.slots(2)
    line = a_faulty_proxy(database_url, lock_milliseconds=100)
    stranger = await connect(database_url, application_name="stranger")
    async with a_ledger(app, line, clock=SystemClock(), deadline_seconds=1.5) as ledger:
        transaction = stranger.transaction()
        await transaction.start()
        await stranger.execute("SELECT FROM slot WHERE slot_id = $1 FOR UPDATE", slot)
        waiting = asyncio.ensure_future(place(ledger, business, slot, "Ada"))
        await asyncio.sleep(0.5)
        await transaction.rollback()
        assert (await waiting).outcome.status == "confirmed"
        transaction = stranger.transaction()
        await transaction.start()
        await stranger.execute("SELECT FROM slot WHERE slot_id = $1 FOR UPDATE", slot)
        with pytest.raises(DeadlineExceeded):
            await place(ledger, business, slot, "Grace")
        await transaction.rollback()
        assert (await place(ledger, business, other, "Emmy")).outcome.status == "confirmed"
    await stranger.close()
    assert len(await refs(business)) == 2


async def test_a_guest_who_hangs_up_still_gets_the_booking_and_the_key_finds_it(
    app: Application, business: Business, database_url: str
) -> None:
    slot = await business.a_slot()
    async with a_ledger(app, a_faulty_proxy(database_url)) as ledger:
        asking = asyncio.ensure_future(place(ledger, business, slot, "Ada"))
        while not ledger.committer._queue:  # noqa: ASYNC110 - nor does a queue
            await asyncio.sleep(0)
        asking.cancel()
        await asyncio.wait([asking])
        again = await place(ledger, business, slot, "Ada")
    assert again.replayed
    assert await refs(business) == [again.outcome.ref]
