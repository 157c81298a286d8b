"""One webhook at a time: which secrets hold, what is counted, and what is deleted."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TypeVar
from uuid import UUID

import pytest
from tests.simulation.circuit_world import Weather
from tests.simulation.inbox_world import ORG, PROVIDER, InboxWorld, signed, world_of
from tests.simulation.simulated_inbox import ReceivedRow
from tests.simulation.virtual_loop import EPOCH, Simulation, simulate

from fullhouse.kernel.context import SYSTEM, RequestContext
from fullhouse.kernel.errors import InvalidInput
from fullhouse.resilience.errors import UnknownWebhookSource, WebhookNotSigned
from fullhouse.resilience.inbox import Inbox, PruneReceivedWebhooks
from fullhouse.resilience.limits import (
    RECEIVED_WEBHOOKS_KEPT_DAYS,
    RECEIVED_WEBHOOKS_PRUNED_AT_ONCE_MAX,
    WEBHOOK_SECRET_CHARACTERS_MAX,
    WEBHOOK_SECRET_CHARACTERS_MIN,
    WEBHOOK_SECRETS_OVERLAP_HOURS,
)
from fullhouse.storage.unit_of_work import UnitOfWork

T = TypeVar("T")
OTHER_SECRET = "whsec_b3RoZXJvdGhlcm90aGVyb3RoZXI="


def with_inbox(act: Callable[[InboxWorld, Inbox], Awaitable[T]], *, is_set: bool = True) -> T:
    """Do something while all is well, with a secret if `is_set`."""

    async def run(simulation: Simulation) -> T:
        world = world_of(simulation)
        world.database = world.handler = Weather(())
        if not is_set:
            world.tables.secret = b""
        return await act(world, world.inbox(world.reached()))

    return simulate(1, run)


async def in_work(inbox: Inbox, act: Callable[[UnitOfWork], Awaitable[None]]) -> None:
    async with inbox.unit_of_work(RequestContext(SYSTEM, UUID(int=9)), ORG) as uow:
        await act(uow)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "  ",
        "ein langer schlüssel",
        "a long secret\nof two lines",
        "k" * (WEBHOOK_SECRET_CHARACTERS_MIN - 1),
        "whsec_",
        "whsec_" + "k" * (WEBHOOK_SECRET_CHARACTERS_MIN - 1),
        "k" * (WEBHOOK_SECRET_CHARACTERS_MAX + 1),
    ],
)
def test_a_secret_that_no_provider_shows_is_refused(text: str) -> None:
    async def act(world: InboxWorld, inbox: Inbox) -> None:
        before = world.tables.secret
        with pytest.raises(InvalidInput, match="as the provider shows it") as refused:
            await in_work(inbox, lambda uow: inbox.set_secret(uow, PROVIDER, text))
        assert refused.value.field == "secret"
        assert world.tables.secret == before

    with_inbox(act)


@pytest.mark.parametrize(
    "text", ["k" * 16, "k" * WEBHOOK_SECRET_CHARACTERS_MAX, f" whsec_{'k' * 16} "]
)
def test_a_secret_is_kept_encrypted_and_without_spaces_around_it(text: str) -> None:
    async def act(world: InboxWorld, inbox: Inbox) -> None:
        await in_work(inbox, lambda uow: inbox.set_secret(uow, PROVIDER, text))
        assert inbox.sealer.open(world.tables.secret).decode() == text.strip()

    with_inbox(act)


@pytest.mark.parametrize(("hours", "is_valid"), [(-0.1, True), (0.1, False)])
def test_the_former_secret_is_valid_for_a_day(hours: float, *, is_valid: bool) -> None:
    async def act(world: InboxWorld, inbox: Inbox) -> str:
        simulation, former = world.simulation, inbox.sealer.open(world.tables.secret).decode()
        await in_work(inbox, lambda uow: inbox.set_secret(uow, PROVIDER, OTHER_SECRET))
        await simulation.passes(*[3_600 * (WEBHOOK_SECRETS_OVERLAP_HOURS + hours)] * 2)
        await inbox.receive(ORG, PROVIDER, signed("new", OTHER_SECRET, simulation))
        try:
            await inbox.receive(ORG, PROVIDER, signed("former", former, simulation))
        except WebhookNotSigned:
            return "new"
        return "both"

    assert with_inbox(act) == ("both" if is_valid else "new")


def test_a_source_is_removed_once_and_then_unknown() -> None:
    async def act(_world: InboxWorld, inbox: Inbox) -> None:
        await in_work(inbox, lambda uow: inbox.remove(uow, PROVIDER))
        with pytest.raises(UnknownWebhookSource):
            await in_work(inbox, lambda uow: inbox.remove(uow, PROVIDER))

    with_inbox(act)


def test_nothing_is_received_of_who_is_not_known() -> None:
    async def act(world: InboxWorld, inbox: Inbox) -> None:
        webhook = signed("event", OTHER_SECRET, world.simulation)
        for provider in (PROVIDER, "nobody"):
            with pytest.raises(UnknownWebhookSource):
                await inbox.receive(ORG, provider, webhook)
        assert not world.tables.received

    with_inbox(act, is_set=False)


def test_what_comes_in_is_counted_by_its_outcome() -> None:
    async def act(world: InboxWorld, inbox: Inbox) -> list[float]:
        simulation, secret = world.simulation, inbox.sealer.open(world.tables.secret).decode()
        outcomes = ("stored", "repeated", "not_signed")
        before = [counted(inbox, one) for one in outcomes]
        for _ in range(3):
            await inbox.receive(ORG, PROVIDER, signed("event", secret, simulation))
        with pytest.raises(WebhookNotSigned):
            await inbox.receive(ORG, PROVIDER, signed("event", OTHER_SECRET, simulation))
        return [counted(inbox, one) - was for one, was in zip(outcomes, before, strict=True)]

    assert with_inbox(act) == [1, 2, 1]


def counted(inbox: Inbox, outcome: str) -> float:
    counter = inbox.metrics.received.labels(PROVIDER, outcome)
    (sample,) = [one for one in next(iter(counter.collect())).samples if "total" in one.name]
    return sample.value


def test_what_was_received_long_ago_is_deleted_to_the_last() -> None:
    async def act(world: InboxWorld, inbox: Inbox) -> int:
        rows = 2 * RECEIVED_WEBHOOKS_PRUNED_AT_ONCE_MAX
        for number in range(rows + 1):
            days = RECEIVED_WEBHOOKS_KEPT_DAYS + (1 if number < rows else -1)
            at = EPOCH - timedelta(days=days)
            key = UUID(int=number)
            world.tables.received[key] = ReceivedRow(ORG, key, PROVIDER, str(number), b"", at)
        await PruneReceivedWebhooks(inbox.unit_of_work.database)()
        return len(world.tables.received)

    assert with_inbox(act) == 1
