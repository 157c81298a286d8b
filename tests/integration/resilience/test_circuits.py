"""Circuits kept in memory and as rows, and breakers of several processes that share them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest
from tests.builders.circuits import Service

from fullhouse.bootstrap.application import Application, open_application
from fullhouse.kernel.clock import ManualClock, SystemClock
from fullhouse.kernel.context import OPERATOR
from fullhouse.kernel.ids import INSTALLATION, RandomIds
from fullhouse.resilience.circuits import Circuit, Circuits, LocalCircuits
from fullhouse.resilience.shared_circuits import SharedCircuits
from fullhouse.settings import Settings
from fullhouse.storage.database import Database
from fullhouse.storage.unit_of_work import UnitOfWorkFactory
from fullhouse.telemetry.metrics import exposition

OPENED = Circuit("mail", is_open=True, hold_seconds=30.0, reason="Five calls failed.")


def shared(database: Database, ids: RandomIds) -> SharedCircuits:
    clock = SystemClock()
    return SharedCircuits(database, UnitOfWorkFactory(database, clock, ids), ids)


@pytest.fixture(params=["in memory", "as rows"])
def circuits(request: pytest.FixtureRequest) -> Circuits:
    if request.param == "in memory":
        return LocalCircuits(SystemClock())
    database: Database = request.getfixturevalue("database")
    ids: RandomIds = request.getfixturevalue("ids")
    return shared(database, ids)


async def the_one(circuits: Circuits) -> Circuit:
    (circuit,) = await circuits.read()
    return circuit


async def test_a_change_is_read_with_the_time_that_is_left(circuits: Circuits) -> None:
    assert list(await circuits.read()) == []
    changed = await circuits.change(OPENED)
    assert changed is not None
    assert (changed.generation, changed.is_open) == (1, True)
    await asyncio.sleep(0.05)
    circuit = await the_one(circuits)
    assert (circuit.name, circuit.generation, circuit.is_open) == ("mail", 1, True)
    assert circuit.reason == "Five calls failed."
    assert 25 < circuit.hold_seconds < 29.96


async def test_time_that_is_over_is_zero(circuits: Circuits) -> None:
    await circuits.change(Circuit("mail", is_open=True, hold_seconds=0.01))
    await asyncio.sleep(0.02)
    assert (await the_one(circuits)).hold_seconds == 0


async def test_of_two_that_saw_the_same_one_changes_it(circuits: Circuits) -> None:
    for generation in (0, 1):
        seen = Circuit("mail", generation, is_open=True, hold_seconds=30)
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(circuits.change(seen)) for _ in range(8)]
        assert sum(task.result() is not None for task in tasks) == 1
        assert (await the_one(circuits)).generation == generation + 1


async def test_history_tells_what_operators_do_and_nothing_of_probes(
    database: Database, ids: RandomIds
) -> None:
    circuits = shared(database, ids)
    await circuits.change(OPENED)
    await circuits.change(Circuit("mail", 1, is_open=True, hold_seconds=20))
    operator = SharedCircuits(database, circuits.unit_of_work, ids, OPERATOR)
    await operator.change(Circuit("mail", 2, reason="The provider has mended it."))
    await operator.change(Circuit("mail", 3, hold_seconds=60, reason="Leave it closed."))
    async with database.session() as session:
        events = await session.connection.fetch(
            "SELECT org_id, kind, actor, data FROM event ORDER BY seq"
        )
    assert [(event["kind"], event["actor"]) for event in events] == [
        ("CircuitOpened", "system"),
        ("CircuitClosed", "operator"),
        ("CircuitClosed", "operator"),
    ]
    assert {event["org_id"] for event in events} == {INSTALLATION}
    assert events[0]["data"] == {
        "version": 1, "service": "mail", "reason": "Five calls failed.", "hold_seconds": 30.0,
    }  # fmt: skip


@pytest.fixture
async def processes(database_url: str) -> AsyncIterator[list[Application]]:
    """Two processes of one installation."""
    async with AsyncExitStack() as stack:
        yield [
            await stack.enter_async_context(
                open_application(Settings(), database_url, name="test", clock=SystemClock())
            )
            for _ in range(2)
        ]


async def test_processes_agree_within_a_second(processes: list[Application]) -> None:
    here, there = (app.breakers.of("mail") for app in processes)
    await Service(here, ManualClock(SystemClock().now())).opens()
    async with asyncio.timeout(1):
        while not there.is_held():  # noqa: ASYNC110 - a notification does it
            await asyncio.sleep(0.01)
    operator = SharedCircuits(
        processes[0].database, processes[0].unit_of_work, processes[0].ids, OPERATOR
    )
    await operator.change(Circuit("mail", there.circuit.generation, reason="It works again."))
    async with asyncio.timeout(1):
        while here.is_held() or there.is_held():  # noqa: ASYNC110 - a notification does it
            await asyncio.sleep(0.01)
    metrics = exposition(processes[1].metrics.registry).decode()
    assert 'fullhouse_circuit_open{service="mail"} 0.0' in metrics
