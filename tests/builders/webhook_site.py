"""A business whose events a real worker sends to a program of its own."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from pydantic import SecretStr
from tests.builders.api_client import Answer, ApiClient, an_api_client
from tests.builders.business import Business, a_business
from tests.builders.webhook_receiver import Receiver, a_receiver

from fullhouse.bootstrap.application import Application, open_application
from fullhouse.bootstrap.worker import build_app_worker
from fullhouse.kernel.clock import SystemClock
from fullhouse.settings import Settings
from fullhouse.storage.sealing import new_key


@dataclass(slots=True)
class WebhookSite:
    """A business with programs of its own; a worker sends what follows from its bookings."""

    app: Application
    api: ApiClient
    business: Business
    receiver: Receiver

    async def ask(
        self,
        method: str,
        path: str,
        json: object = None,
        *,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        return await self.api.ask(method, path, json=json, key=self.api.key, headers=headers)

    async def get(self, path: str) -> Answer:
        return await self.ask("GET", path)

    async def post(self, path: str, json: object = None) -> Answer:
        return await self.ask("POST", path, json)

    async def add(self, **fields: object) -> str:
        """Add the receiver; its id."""
        answer = await self.post("/webhooks", {"url": self.receiver.url, **fields})
        assert answer.status == 201, answer.body
        return str(answer.json["id"])

    async def book(self, count: int = 1) -> list[Answer]:
        """Bookings of as many guests."""
        slot = await self.business.a_slot(capacity=100)
        booked = []
        for number in range(count):
            customer = {"name": "Ada Lovelace", "email": f"ada{number}.{slot}@example.org"}
            booking = {"slot": str(slot), "party": 1, "customer": customer}
            booked.append(await self.post("/bookings", booking))
            assert booked[-1].status == 201, booked[-1].body
        return booked

    async def change(self, hook: str, **fields: object) -> Answer:
        return await self.ask("PATCH", f"/webhooks/{hook}", json=fields)

    async def shown(self, hook: str) -> dict[str, object]:
        return (await self.get(f"/webhooks/{hook}")).json

    async def deliveries(self, hook: str, query: str = "") -> list[dict[str, object]]:
        answer = await self.get(f"/webhooks/{hook}/deliveries{query}")
        assert answer.status == 200, answer.body
        found = answer.json["deliveries"]
        assert isinstance(found, list)
        return found

    async def until(self, hook: str, *, hurry: bool = False, **statuses: int) -> None:
        """Wait until so many deliveries have each status; `hurry` waits for no delay."""
        async with asyncio.timeout(30):
            while Counter(await self.statuses(hook)) != statuses:
                if hurry:
                    await self.hurry()
                await asyncio.sleep(0.05)

    async def statuses(self, hook: str) -> list[str]:
        return [str(one["status"]) for one in await self.deliveries(hook)]

    async def tried(self, hook: str) -> dict[str, object]:
        """The one delivery, once an attempt was made."""
        async with asyncio.timeout(30):
            while True:
                found = await self.deliveries(hook)
                if found and attempts_of(found[0]):
                    return found[0]
                await asyncio.sleep(0.05)

    async def hurry(self) -> None:
        """Let what is to be tried again be due now."""
        await self.sql("UPDATE effect SET due_at = now() WHERE kind = 'webhook_again'")
        await self.sql("SELECT pg_notify('fullhouse_effects', '')")

    async def sql(self, statement: str) -> None:
        async with self.app.database.unrestricted.transaction() as session:
            await session.connection.execute(statement)

    def refs(self, kind: str = "Booked") -> list[object]:
        return [each.event["ref"] for each in self.receiver.received if each.kind == kind]


def attempts_of(delivery: dict[str, object]) -> list[dict[str, object]]:
    attempts = delivery["attempts"]
    assert isinstance(attempts, list)
    return attempts


def the_attempt(delivery: dict[str, object]) -> dict[str, object]:
    (attempt,) = attempts_of(delivery)
    return attempt


@asynccontextmanager
async def working(app: Application) -> AsyncIterator[None]:
    worker = build_app_worker(app)
    running = asyncio.create_task(worker.run())
    try:
        yield
    finally:
        worker.stop()
        await running


@asynccontextmanager
async def a_webhook_site(database_url: str) -> AsyncIterator[WebhookSite]:
    """Without a worker; `working` runs one."""
    settings = Settings(
        webhook_networks=("127.0.0.1",), encryption_key=SecretStr(new_key()), smtp_url=None
    )
    async with (
        open_application(settings, database_url, name="test", clock=SystemClock()) as app,
        a_receiver(Receiver()) as receiver,
    ):
        business = await a_business(app.database, app.clock, app.ids)
        api = await an_api_client(app, business)
        async with api.client:
            yield WebhookSite(app, api, business, receiver)
