"""Turns at hashing: two at once, fair between networks, with a rest while customers book."""

import asyncio

import pytest
from tests.simulation.virtual_loop import Simulation, simulate

from fullhouse.kernel.clock import SystemClock
from fullhouse.people.limits import (
    HASH_REST_SECONDS,
    HASHES_AT_ONCE_MAX,
    SIGN_INS_WAITING_MAX,
)
from fullhouse.people.metrics import SignInMetrics
from fullhouse.people.password_hasher import PasswordHasher
from fullhouse.telemetry.metrics import MetricRegistry

TURNS = 3 * HASHES_AT_ONCE_MAX


def seconds_of_turns(*, is_rush: bool) -> tuple[float, float]:
    """How long the first turn and all of them take that come at once and do nothing."""

    async def world(simulation: Simulation) -> tuple[float, float]:
        hasher = PasswordHasher(
            simulation.clock(), MetricRegistry().get(SignInMetrics), is_rush=lambda: is_rush
        )
        ended = list[float]()

        async def turn() -> None:
            async with hasher.turn():
                pass
            ended.append(simulation.loop.time())

        async with asyncio.TaskGroup() as group:
            for _ in range(TURNS):
                group.create_task(turn())
        return min(ended), max(ended)

    return simulate(1, world)


def test_turns_follow_each_other_at_once_while_nobody_books() -> None:
    assert seconds_of_turns(is_rush=False) == (0.0, 0.0)


def test_turns_rest_between_them_while_customers_book() -> None:
    first, last = seconds_of_turns(is_rush=True)
    assert first == 0.0, "nobody waits for a rest after the own turn"
    assert last == pytest.approx((TURNS / HASHES_AT_ONCE_MAX - 1) * HASH_REST_SECONDS)


async def test_a_flood_from_one_network_keeps_no_other_waiting() -> None:
    hasher = PasswordHasher(SystemClock(), MetricRegistry().get(SignInMetrics))
    served: list[str] = []

    async def turn(network: str) -> None:
        async with hasher.turn(network):
            served.append(network)
            await asyncio.sleep(0)

    async with asyncio.TaskGroup() as group:
        for network in ["flood"] * SIGN_INS_WAITING_MAX + ["farm"]:
            group.create_task(turn(network))
    assert served.index("farm") <= 2 * HASHES_AT_ONCE_MAX
    assert served.count("flood") == SIGN_INS_WAITING_MAX
