"""A site that is watched: time passes as the test says, what goes wrong is real."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from math import inf
from pathlib import Path
from typing import Final

import pytest
from pydantic import SecretStr
from tests.builders.api_client import Answer, ApiClient, an_api_client
from tests.builders.business import Business, a_business
from tests.builders.mail_server import Postmaster, a_mail_server
from tests.builders.webhook_receiver import Receiver, a_receiver
from tests.builders.webhook_site import working

from fullhouse.booking.model.slot import SlotId
from fullhouse.bootstrap.application import Application, open_application
from fullhouse.bootstrap.observability import build_alert_watch, build_recorder
from fullhouse.kernel.clock import ManualClock, SystemClock
from fullhouse.observability import system_health
from fullhouse.observability.alert_watch import AlertWatch
from fullhouse.observability.recorder import MeasurementRecorder
from fullhouse.settings import Settings
from fullhouse.storage.sealing import new_key

OPERATOR: Final = "ida@farm.example"
_TIMES: Final = """
    UPDATE effect SET due_at = due_at - $1::interval WHERE status IN ('due', 'leased');
    UPDATE circuit SET changed_at = changed_at - $1::interval;
    UPDATE circuit SET held_until = held_until - $1::interval;
    UPDATE recurring_job SET ended_at = ended_at - $1::interval;
"""
"""What the server dates by its own clock, which no test can move, becomes older instead."""


@dataclass(slots=True)
class WatchedSite:
    """One process that serves, records and watches; people are told by e-mail and by webhook."""

    app: Application
    api: ApiClient
    business: Business
    clock: ManualClock
    post: Postmaster
    receiver: Receiver
    stack: AsyncExitStack
    mail: AsyncExitStack
    recorder: MeasurementRecorder
    watch: AlertWatch
    folder: Path
    patch: pytest.MonkeyPatch

    async def pass_time(self, seconds: float) -> None:
        """Move the clocks, then let the process write what it measured and look once."""
        await self.move_clocks(seconds)
        await self.look()

    async def move_clocks(self, seconds: float) -> None:
        step = timedelta(seconds=seconds)
        self.clock.advance(step)
        for statement in _TIMES.strip().split(";\n"):
            await self.sql(statement, step)

    async def hours_pass(self, hours: float = 1) -> None:
        """What is looked at every hour is due again; the clock goes as the database's does."""
        self.clock.advance(timedelta(hours=hours))
        self.clock.instant = SystemClock().now()
        await self.look()

    async def look(self) -> None:
        await self.recorder.write()
        await self.watch.look()

    async def sql(self, statement: str, *values: object) -> None:
        async with self.app.database.unrestricted.session() as session:
            await session.connection.execute(statement, *values)

    async def end_mail_server(self) -> None:
        await self.mail.aclose()

    async def start_mail_server(self) -> None:
        await self.mail.enter_async_context(a_mail_server(self.post))

    async def watch_with(self, **settings: object) -> None:
        """Another process watches, which was started with these settings."""
        self.watch.stop()
        await self.watch.run()
        changed = self.app.settings.model_copy(update=settings)
        self.watch = build_alert_watch(replace(self.app, settings=changed))

    async def book(self, slot: SlotId, number: int) -> Answer:
        """A booking of a guest of her own."""
        customer = {"name": f"Guest {number}", "email": f"g{number}@example.org"}
        return await self.api.post(
            "/bookings", {"slot": str(slot), "party": 1, "customer": customer}
        )

    async def work(self, until: str) -> None:
        """Let a real worker run until the answer to a query is true."""
        async with working(self.app):
            await self.until(until)

    async def until(self, true: str) -> None:
        async with asyncio.timeout(20):
            while not await self._ask(true):  # noqa: ASYNC110 - the server does it
                await asyncio.sleep(0.02)

    async def _ask(self, query: str) -> bool:
        async with self.app.database.unrestricted.session() as session:
            return bool(await session.connection.fetchval(query))

    def told(self) -> set[tuple[str, str]]:
        """Rule and state of all that people were told by the webhook since the last call."""
        found: set[tuple[str, str]] = set()
        for one in self.receiver.received:
            data = json.loads(one.body)["data"]
            found |= {(each["rule"], each["severity"]) for each in data["firing"]}
            found |= {(each["rule"], "resolved") for each in data["resolved"]}
        self.receiver.received.clear()
        return found


@asynccontextmanager
async def a_watched_site(
    database_url: str, folder: Path, patch: pytest.MonkeyPatch
) -> AsyncIterator[WatchedSite]:
    """It serves and is watched while the block lasts; no worker runs."""
    # Of other tests beside this one
    patch.setattr(system_health, "LOAD_PER_PROCESSOR_MAX", inf)
    clock, receiver, post = ManualClock(SystemClock().now()), Receiver(), Postmaster()
    async with AsyncExitStack() as stack, AsyncExitStack() as mail:
        await mail.enter_async_context(a_mail_server(post))
        await stack.enter_async_context(a_receiver(receiver))
        settings = Settings(
            encryption_key=SecretStr(new_key()),
            data_dir=folder,
            smtp_url=SecretStr(post.url),
            alert_emails=(OPERATOR,),
            alert_webhook_url=SecretStr(receiver.url),
            webhook_networks=("127.0.0.0/8",),
            reads_burst=100_000,
            writes_burst=100_000,
        )
        app = await stack.enter_async_context(
            open_application(settings, database_url, name="test", clock=clock)
        )
        business = await a_business(app.database, clock, app.ids)
        api = await an_api_client(app, business)
        await stack.enter_async_context(api.client)
        yield WatchedSite(
            app=app,
            api=api,
            business=business,
            clock=clock,
            post=post,
            receiver=receiver,
            stack=stack,
            mail=mail,
            recorder=build_recorder(app.database, app.metrics, clock),
            watch=build_alert_watch(app),
            folder=folder,
            patch=patch,
        )
