"""Attacks by honest means: more customers than can be served, and one who comes all the time."""

import asyncio
from functools import partial
from http import HTTPStatus
from random import Random

from fullhouse.capacity.bench.fixtures import MANY, ORG_SLUG
from fullhouse.capacity.bench.load_client import LoadClient, LoadPlan
from fullhouse.capacity.bench.overload_client import OverloadClient, OverloadPlan
from fullhouse.capacity.siege.attack import Attack, Attackers
from fullhouse.capacity.siege.client import Client, send_json

RAMP_SECONDS = 3.0
_RUNBOOK = "ledger-queue-full"
_HONEST_CONNECTIONS = 128
_LOOPS = 20
_LOOP_SECONDS = 1 / 20


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
    random = Random(attackers.plan.run)  # noqa: S311 - a replayable draw, not a secret

    async def loop(client: Client, _number: int) -> None:
        while True:
            slot = MANY.id_of(random.randint(MANY.first, MANY.last))
            customer = {"name": "Ada Busy", "email": f"ada-{attackers.plan.run}@example.org"}
            body = {"slot": slot, "party": 2, "customer": customer}
            answer = await attackers.ask(
                client, send_json("POST", f"/api/v1/{ORG_SLUG}/bookings", body)
            )
            attackers.acknowledged += answer.status == HTTPStatus.CREATED
            await asyncio.sleep(_LOOP_SECONDS)

    seconds = attackers.plan.seconds
    load = _bookings(attackers, connections=_HONEST_CONNECTIONS, seconds=seconds)
    async with asyncio.TaskGroup() as group:
        group.create_task(attackers.all_of(_LOOPS, loop, addresses=_LOOPS))
        honest = group.create_task(LoadClient(load, asyncio.get_running_loop()).run())
    attackers.acknowledged += honest.result().succeeded
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
