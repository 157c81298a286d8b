"""`fullhouse load siege`: attack an installation of its own, and say which attacks succeeded."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from fullhouse.bootstrap.schema import schema
from fullhouse.capacity.progress import step_progress
from fullhouse.capacity.siege.attack import Attack
from fullhouse.capacity.siege.attacker import ATTACKS
from fullhouse.capacity.siege.environment import (
    SiegeStores,
    is_local_store,
    siege_environment,
)
from fullhouse.capacity.siege.report import SiegeReport
from fullhouse.capacity.siege.siege import FULL, QUICK, Siege
from fullhouse.entrypoints.cli import run_async, settings_with
from fullhouse.entrypoints.cli.check import run_check
from fullhouse.kernel.clock import Clock, SystemClock
from fullhouse.kernel.errors import InvalidInput
from fullhouse.settings import Settings


@dataclass(frozen=True, slots=True)
class SiegeOptions:
    """Which attacks, all by default, and for how many seconds each; None is as usual."""

    only: Sequence[str]
    seconds: float | None
    is_quick: bool
    stores: SiegeStores


def run_siege(options: SiegeOptions) -> SiegeReport:
    """Run the attacks; raises `InvalidInput` for an unknown one, and except on Linux."""
    if sys.platform != "linux":
        detail = "A siege needs Linux, where each client can have an address of its own."
        raise InvalidInput(detail, field="scenario")
    require_local_stores("a siege attacks", **msgspec.structs.asdict(options.stores))
    attacks = _chosen(options.only)
    return run_async(_run(attacks, options, SystemClock()))


def require_local_stores(what: str, **urls: str | None) -> None:
    """Raises `InvalidInput` for the URL of a store that is not on this machine, or is no URL."""
    settings_with(**urls)
    for name, url in urls.items():
        if url is not None and not is_local_store(url):
            option = f"--{name.replace('_', '-')}"
            detail = f"{option}: {what} this machine only. Name 127.0.0.1 or a socket."
            raise InvalidInput(detail, field=name)


def _chosen(only: Sequence[str]) -> list[Attack]:
    unknown = [name for name in only if name not in ATTACKS]
    if unknown:
        detail = f"No attack is called {unknown[0]}; there are {', '.join(ATTACKS)}."
        raise InvalidInput(detail, field="only")
    return [ATTACKS[name] for name in only or ATTACKS]


async def _run(attacks: Sequence[Attack], options: SiegeOptions, clock: Clock) -> SiegeReport:
    plan = QUICK if options.is_quick else FULL
    plan = msgspec.structs.replace(plan, seconds=options.seconds or plan.seconds)
    if (redis_url := options.stores.redis_url) is not None:
        # Loaded here because hardly anybody has a Redis
        from fullhouse.integrations.redis import redis_problem  # noqa: PLC0415

        if (problem := await redis_problem(redis_url)) is not None:
            raise InvalidInput(f"--redis-url: {problem}", field="redis_url")
    workers = settings_with().workers
    async with step_progress(clock, first="starting the database") as progress:
        starting = siege_environment(options.stores, clock=clock, workers=workers, schema=schema())
        async with starting as environment:
            siege = Siege(environment, plan, attacks, broken_rules, progress.on_step)
            return await siege.run()


async def broken_rules(database_url: str) -> list[str]:
    """The sentences of the consistency rules that are broken in a database."""
    report = await run_check(Settings(database_url=database_url))
    return [result.statement for result in report.broken]
