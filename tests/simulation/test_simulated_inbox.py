"""Every webhook is processed once, in every order and whatever fails."""

from collections.abc import Callable, Sequence

import pytest
from tests.simulation.circuit_world import BrokenPromise
from tests.simulation.inbox_world import inbox_world
from tests.simulation.simulated_database import Changed, Values
from tests.simulation.simulated_inbox import InboxTables
from tests.simulation.virtual_loop import simulate, simulate_all

from fullhouse.jobs.effects import Effect
from fullhouse.kernel.context import SYSTEM, RequestContext
from fullhouse.resilience import inbox
from fullhouse.resilience.inbox import Inbox, WebhookToProcess
from fullhouse.storage.unit_of_work import UnitOfWork


@pytest.mark.timeout(120)
def test_every_webhook_is_processed_once_in_every_order() -> None:
    simulate_all(400, inbox_world)


def test_the_same_seed_gives_the_same_webhooks() -> None:
    first, second = (simulate(5, inbox_world) for _ in range(2))
    assert first == second


def process_what_was_processed(patch: pytest.MonkeyPatch) -> None:
    def any_status(self: InboxTables, values: Values) -> Changed:
        row = self._at_replay(values)
        names = ("org_id", "webhook_id", "provider", "event_id", "body", "received_at")
        return (0, ()) if row is None else (1, [{name: getattr(row, name) for name in names}])

    patch.setattr(InboxTables, "_webhook_to_process", any_status)


def store_without_a_job(patch: pytest.MonkeyPatch) -> None:
    async def forget(*_: object) -> int:
        return 0

    patch.setattr(inbox, "enqueue", forget)


def know_no_repetition(patch: pytest.MonkeyPatch) -> None:
    store = Inbox._store

    async def always_new(
        self: Inbox, uow: UnitOfWork, provider: str, event_id: str, *, body: bytes
    ) -> bool:
        return await store(
            self, uow, f"{provider}-{uow.context.correlation_id}", event_id, body=body
        )

    patch.setattr(Inbox, "_store", always_new)


def end_nothing(patch: pytest.MonkeyPatch) -> None:
    async def forget(*_: object, **__: object) -> None:
        return

    patch.setattr(inbox, "_end", forget)


def end_in_another_transaction(patch: pytest.MonkeyPatch) -> None:
    async def process(self: Inbox, effect: Effect) -> None:
        context = RequestContext(SYSTEM, effect.correlation_id)
        key: dict[str, object] = {"webhook_id": effect.subject, "replay": 0}
        async with self.unit_of_work(context, effect.org_id) as uow:
            webhook = await uow.session.fetch_one(
                "resilience.webhook_to_process", WebhookToProcess, **key
            )
            if webhook is None:
                return
            await self.providers[webhook.provider].handle(uow, webhook)
        async with self.unit_of_work(context, effect.org_id) as uow:
            await uow.session.execute(
                "resilience.end_webhook", **key, status="processed", at=uow.now
            )

    patch.setattr(Inbox, "process", process)


def forget_the_former_secret(patch: pytest.MonkeyPatch) -> None:
    async def newest(self: Inbox, _uow: UnitOfWork, _provider: str) -> Sequence[str]:
        tables = self.unit_of_work.database.tables  # type: ignore[attr-defined]  # the simulated one
        return [self.sealer.open(tables.secret).decode()]

    patch.setattr(Inbox, "_secrets", newest)


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    "plant",
    [
        process_what_was_processed,
        store_without_a_job,
        know_no_repetition,
        end_nothing,
        end_in_another_transaction,
        forget_the_former_secret,
    ],
)
def test_a_planted_loss_or_repetition_of_webhooks_is_found(
    monkeypatch: pytest.MonkeyPatch, plant: Callable[[pytest.MonkeyPatch], None]
) -> None:
    plant(monkeypatch)
    with pytest.raises(BrokenPromise) as found:
        simulate_all(600, inbox_world)
    assert found.value.__notes__[0].startswith("Seed ")
