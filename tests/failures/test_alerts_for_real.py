"""The database is broken for real: people are told within a minute, and when it is over."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

import pytest
from pydantic import SecretStr
from tests.builders.database_line import DatabaseLine, a_database_line, url_by
from tests.builders.webhook_receiver import Receiver, a_receiver

from fullhouse.bootstrap.application import Application, open_application
from fullhouse.bootstrap.observability import WatchedProcess, watching
from fullhouse.kernel.clock import SystemClock
from fullhouse.observability import alert_judge
from fullhouse.settings import Settings
from fullhouse.storage.embedded.server import EmbeddedServer

pytestmark = pytest.mark.timeout(180)

TOLD_SECONDS_MAX = 60.0


class Installation:
    """A process that serves and watches, on a database that can be taken away."""

    def __init__(self, app: Application, line: DatabaseLine, receiver: Receiver) -> None:
        self.app, self.line, self.receiver = app, line, receiver

    async def assert_told(self, beginning: str) -> None:
        """Wait until people are told so; at most a minute."""
        async with asyncio.timeout(TOLD_SECONDS_MAX):
            while True:
                for one in self.receiver.received:
                    subject = json.loads(one.body)["data"]["subject"]
                    if subject.startswith(beginning):
                        return
                await asyncio.sleep(0.1)


@pytest.fixture
async def installation(
    server: EmbeddedServer, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Installation]:
    monkeypatch.setattr(alert_judge, "ALERT_CALM_SECONDS", 1.0)
    receiver = Receiver()
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(a_receiver(receiver))
        line = await stack.enter_async_context(a_database_line(server))
        settings = Settings(
            alert_webhook_url=SecretStr(receiver.url), webhook_networks=("127.0.0.0/8",)
        )
        url = url_by(line, database_url)
        app = await stack.enter_async_context(
            open_application(settings, url, name="test", clock=SystemClock())
        )
        await stack.enter_async_context(watching(app, WatchedProcess("web")))
        yield Installation(app, line, receiver)
        await line.restore()


async def _cut(one: Installation) -> None:
    await one.line.cut()


async def _pause(one: Installation) -> None:
    one.line.silence()


async def _restore(one: Installation) -> None:
    await one.line.restore()


Act = Callable[[Installation], Awaitable[None]]


@pytest.mark.parametrize("break_it", [_cut, _pause], ids=["away", "paused"])
async def test_people_are_told_of_a_database_that_is_away_and_of_the_end(
    installation: Installation, break_it: Act
) -> None:
    """Without it; `test_every_alert.py` has all others, with a clock that the test moves."""
    await asyncio.sleep(1)  # somebody watches
    await break_it(installation)
    await installation.assert_told("Critical: The database does not answer.")
    await _restore(installation)
    await installation.assert_told("Resolved: The database does not answer.")
