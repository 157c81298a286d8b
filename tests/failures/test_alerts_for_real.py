"""Something is broken for real: people are told within a minute, and when it is over."""

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
from fullhouse.bootstrap.services import MAIL_SERVER
from fullhouse.kernel.clock import SystemClock
from fullhouse.observability import alert_judge
from fullhouse.resilience.circuits import Circuit
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


async def _restore(one: Installation) -> None:
    await one.line.restore()


async def _fail_service(one: Installation) -> None:
    circuits = one.app.breakers.circuits
    changed = await circuits.change(Circuit(MAIL_SERVER, is_open=True, hold_seconds=600))
    assert changed is not None
    async with one.app.database.unrestricted.session() as session:
        await session.connection.execute(
            "UPDATE circuit SET changed_at = changed_at - interval '30 seconds'"
        )


async def _work_again(one: Installation) -> None:
    (now,) = await one.app.breakers.circuits.read()
    assert await one.app.breakers.circuits.change(Circuit(MAIL_SERVER, now.generation))


async def _kill_a_job(one: Installation) -> None:
    async with one.app.database.unrestricted.session() as session:
        await session.connection.execute(
            "INSERT INTO effect (org_id, key, kind, subject, status, due_at, correlation_id,"
            " created_at) SELECT i, 'mail', 'mail', i, 'dead', now(), i, now()"
            " FROM gen_random_uuid() AS i"
        )


async def _discard_it(one: Installation) -> None:
    async with one.app.database.unrestricted.session() as session:
        await session.connection.execute("DELETE FROM effect")


Act = Callable[[Installation], Awaitable[None]]


@pytest.mark.parametrize(
    ("break_it", "subject", "mend_it"),
    [
        (_cut, "Critical: The database does not answer.", _restore),
        (_fail_service, "Critical: mail-server is not called: it fails.", _work_again),
        (_kill_a_job, "Warning: Jobs that failed for good", _discard_it),
    ],
    ids=["database", "service", "job"],
)
async def test_people_are_told_within_a_minute_and_of_the_end(
    installation: Installation, break_it: Act, subject: str, mend_it: Act
) -> None:
    await asyncio.sleep(1)  # somebody watches
    await break_it(installation)
    await installation.assert_told(subject)
    await mend_it(installation)
    await installation.assert_told(
        subject.replace("Critical", "Resolved").replace("Warning", "Resolved")
    )
