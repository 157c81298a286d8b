"""Attacks by honest means: more customers than can be served, and one who comes all the time."""

import asyncio
from functools import partial
from http import HTTPStatus

import msgspec

from fullhouse.capacity.bench.fixtures import MANY, ORG_SLUG
from fullhouse.capacity.bench.load_client import LoadClient, LoadPlan
from fullhouse.capacity.bench.overload_client import OverloadClient, OverloadPlan
from fullhouse.capacity.siege.attack import Attack, Attackers

RAMP_SECONDS = 3.0
_RUNBOOK = "ledger-queue-full"
_HONEST_CONNECTIONS = 128
_LOOPS = 20


async def overload(attackers: Attackers, *, connections: int) -> None:
    """Customers that book one after the other, each patient for two seconds."""
    plan = attackers.plan
    ramp = min(RAMP_SECONDS, plan.seconds / 2)
    load = _bookings(
        attackers, connections=attackers.scaled(connections), seconds=plan.seconds - ramp
    )
    client = OverloadClient(OverloadPlan(load, ramp), asyncio.get_running_loop())
    result = await client.run()
    attackers.connections += load.connections
    attackers.count(HTTPStatus.CREATED, result.booked)
    attackers.count(HTTPStatus.SERVICE_UNAVAILABLE, result.refused)
    attackers.acknowledged += result.acknowledged
    attackers.goodput = result.per_second


async def one_customer(attackers: Attackers) -> None:
    """Bookings of one e-mail address from twenty places, beside many honest customers."""
    seconds = attackers.plan.seconds
    load = _bookings(attackers, connections=_HONEST_CONNECTIONS, seconds=seconds)
    attack = msgspec.structs.replace(
        load, connections=_LOOPS, run=f"{load.run}-one", one_customer=True
    )
    loop = asyncio.get_running_loop()
    async with asyncio.TaskGroup() as group:
        attacking = group.create_task(LoadClient(attack, loop).run())
        honest = group.create_task(LoadClient(load, loop).run())
    booked = attacking.result()
    attackers.connections += attack.connections
    attackers.count(HTTPStatus.CREATED, booked.succeeded)
    attackers.count(HTTPStatus.SERVICE_UNAVAILABLE, booked.refused)
    attackers.acknowledged += booked.succeeded + honest.result().succeeded
    attackers.goodput = honest.result().per_second


def _bookings(attackers: Attackers, *, connections: int, seconds: float) -> LoadPlan:
    plan = attackers.plan
    path = f"/api/v1/{ORG_SLUG}/bookings"
    return LoadPlan(plan.host, plan.port, path, seconds, connections, booking=MANY, run=plan.run)


OVERLOAD_ATTACKS = (
    *(
        Attack(
            f"overload-{connections}",
            f"{connections:,} customers book at the same time",
            partial(overload, connections=connections),
            _RUNBOOK,
            is_overload=True,
        )
        for connections in (1_000, 3_000, 6_000)
    ),
    Attack(
        "one-customer",
        "one e-mail address books in a loop from 20 places",
        one_customer,
        _RUNBOOK,
        is_overload=True,
    ),
)
