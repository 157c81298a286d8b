"""A member of staff at the gate, and what goes on there."""

import re
from collections.abc import Mapping
from datetime import timedelta
from urllib.parse import urlencode

from tests.builders.api_client import Answer, ApiClient
from tests.builders.business import Business, a_guest

from fullhouse.booking.model.requests import BookingRequest, Customer
from fullhouse.booking.model.slot import SlotId
from fullhouse.bootstrap.application import Application
from fullhouse.kernel.clock import ManualClock


class Gate:
    """A member of staff at the gate, in a browser without script."""

    def __init__(self, api: ApiClient, cookie: Mapping[str, str]) -> None:
        self.api, self.cookie = api, cookie

    async def get(self, path: str = "today") -> str:
        answer = await self.api.ask("GET", f"//admin/{self.api.org}/{path}", headers=self.cookie)
        assert answer.status == 200, answer.body
        return answer.body.decode()

    async def post(self, path: str, **form: str) -> Answer:
        return await self._send(path, form, {})

    async def press(self, verb: str, ref: str, *, script: bool = False) -> Answer:
        """A button of a row; by script it answers with what has changed."""
        return await self._send("today", {verb: ref}, {"x-fragment": "1"} if script else {})

    async def _send(self, path: str, form: Mapping[str, str], headers: Mapping[str, str]) -> Answer:
        kind = {"content-type": "application/x-www-form-urlencoded"}
        return await self.api.ask(
            "POST",
            f"//admin/{self.api.org}/{path}",
            content=urlencode(form).encode(),
            headers={**self.cookie, **kind, **headers},
        )

    async def book(self, slot: SlotId, **form: str) -> Answer:
        """A form as the page sends it, once."""
        once = str(self.api.app.ids.uuid())
        given = {"slot": str(slot), "party": "2", "submission_id": once, **form}
        return await self.post("today/book", **given)

    async def scan(self, code: str) -> str:
        """The kind of the answer, its word and the rest."""
        body = (await self.post("today/scan", code=code)).body.decode()
        found = re.search(r'class="ticket-answer ([\w-]+)"[\s\S]*?</div>\n\n', body)
        assert found is not None, body
        return found[1] + " " + " ".join(re.sub(r"<[^>]+>", " ", found[0]).split())


def names(page: str) -> list[str]:
    """The parties of the sheet, from top to bottom."""
    return re.findall(r'<tr id="p-[^>]*><td>\d+<td><a [^>]*>([^<]*)</a>', page)


async def sell(app: Application, slot: SlotId, name: str, business: Business, **more: str) -> str:
    email = more.get("email", f"{name.split(maxsplit=1)[0].lower()}@example.org")
    request = BookingRequest((slot,), 2, Customer(name, email, more.get("phone", "")))
    made = await app.booking.place_booking(business.org_id, request, context=a_guest())
    return made.outcome.ref


def tick(app: Application, span: timedelta) -> None:
    assert isinstance(app.clock, ManualClock)
    app.clock.advance(span)


async def close(app: Application, business: Business, reason: str) -> None:
    async with app.database.transaction() as session:
        await session.connection.execute(
            "UPDATE slot SET state = 'closed', reason = $2 WHERE org_id = $1",
            business.org_id,
            reason,
        )
