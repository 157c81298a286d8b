"""A site whose e-mails a real worker sends to a real mail server."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

from pydantic import SecretStr
from tests.builders.api_client import Answer, ApiClient, token_of
from tests.builders.mail_server import Postmaster, a_mail_server

from fullhouse.booking.model.slot import SlotId
from fullhouse.bootstrap.application import Application
from fullhouse.bootstrap.worker import build_app_worker
from fullhouse.messages.model import EMAILED_EVENTS


@dataclass(frozen=True, slots=True)
class MailSite:
    """Takes bookings over HTTP; a worker sends what follows from them."""

    api: ApiClient
    app: Application
    postmaster: Postmaster

    async def book(self, slot: SlotId, email: str, *, name: str = "Ada Lovelace") -> Answer:
        """A booking of one guest without a key, as anybody can make it."""
        customer = {"name": name, "email": email}
        return await self.api.post(
            "/bookings", {"slot": str(slot), "party": 1, "customer": customer}
        )

    async def act(self, booking: Answer, verb: str) -> None:
        """Cancel, or undo, by the link of the booking."""
        path = f"/bookings/{booking.json['ref']}/{verb}?token={token_of(booking)}"
        answer = await self.api.post(path)
        assert answer.status == 200, answer.body

    async def settle(self) -> None:
        """Wait until every event was relayed and every job has ended."""
        async with asyncio.timeout(30):
            while await self._open():  # noqa: ASYNC110 - the worker does it
                await asyncio.sleep(0.05)

    async def _open(self) -> int:
        async with self.app.database.unrestricted.session() as session:
            return int(
                await session.connection.fetchval(
                    """SELECT (SELECT count(*) FROM event WHERE kind = ANY ($1))
                    - (SELECT count(*) FROM effect
                        WHERE kind = 'message' AND key NOT LIKE 'message/%/%')
                    + (SELECT count(*) FROM effect WHERE status IN ('due', 'leased'))""",
                    [kind.kind() for kind in EMAILED_EVENTS],
                )
            )

    async def statuses(self) -> Mapping[str, int]:
        """How many messages have each status, once all is done."""
        await self.settle()
        async with self.app.database.unrestricted.session() as session:
            rows = await session.connection.fetch(
                "SELECT status, count(*) FROM message GROUP BY status"
            )
        return {row["status"]: row["count"] for row in rows}


def with_a_mail_server(app: Application) -> Application:
    """The application as it is with a mail server set, which nobody reaches."""
    url = SecretStr("smtp://mail.example?from=bookings@farm.example")
    return replace(app, settings=app.settings.model_copy(update={"smtp_url": url}))


@asynccontextmanager
async def a_mail_site(api: ApiClient, app: Application) -> AsyncIterator[MailSite]:
    """The worker runs while the block lasts."""
    async with a_mail_server(Postmaster()) as postmaster:
        settings = app.settings.model_copy(update={"smtp_url": SecretStr(postmaster.url)})
        worker = build_app_worker(replace(app, settings=settings))
        running = asyncio.create_task(worker.run())
        try:
            yield MailSite(api, app, postmaster)
        finally:
            worker.stop()
            await running
