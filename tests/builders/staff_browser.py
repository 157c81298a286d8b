"""A member of staff in a browser without script, and what its pages say."""

import re
from collections.abc import Mapping
from datetime import timedelta
from html import unescape
from urllib.parse import urlencode

from tests.builders.api_client import Answer, ApiClient
from tests.builders.business import Business, a_booking_of, a_guest

from fullhouse.bootstrap.application import Application
from fullhouse.kernel.clock import ManualClock


class Staff:
    """A member of staff in a browser without script."""

    def __init__(self, api: ApiClient, cookie: Mapping[str, str]) -> None:
        self.api, self.cookie = api, cookie

    async def get(self, path: str) -> Answer:
        return await self.api.ask("GET", f"//admin/{self.api.org}/{path}", headers=self.cookie)

    async def post(self, path: str, **form: str) -> Answer:
        return await self.api.ask(
            "POST",
            f"//admin/{self.api.org}/{path}",
            content=urlencode(form).encode(),
            headers={**self.cookie, "content-type": "application/x-www-form-urlencoded"},
        )


SOON = timedelta(minutes=30)


async def sell(
    app: Application, business: Business, *names: str, starts_in: timedelta = timedelta(days=7)
) -> list[str]:
    slot = await business.a_slot(capacity=200, starts_in=starts_in)
    refs = []
    for name in names:
        request = a_booking_of(slot, party=1, name=name, allow_duplicate=True)
        result = await app.booking.place_booking(business.org_id, request, context=a_guest())
        refs.append(result.outcome.ref)
        assert isinstance(app.clock, ManualClock)
        app.clock.advance(timedelta(milliseconds=5))  # ids grow with time
    return refs


def rows(answer: Answer) -> list[str]:
    """The names in the first column."""
    return re.findall(r'<td class="always"><a href="[^"]*">([^<]*)</a>', answer.body.decode())


def text(answer: Answer) -> str:
    return answer.body.decode()


def undo_bar(answer: Answer) -> str:
    """What the bar says that undoes; empty where there is none."""
    found = re.search(r'class="undo-bar".*?<p>([^<]*)</p>', text(answer), re.DOTALL)
    return unescape(found.group(1)) if found else ""


def form_of(answer: Answer) -> dict[str, str]:
    """The form as the browser would send it back."""
    html = text(answer).partition("data-once>")[2].partition("</form>")[0]
    fields = dict(re.findall(r'<input[^>]*? name="([\w.]+)"[^>]*? value="([^"]*)"', html))
    fields |= dict(re.findall(r'<textarea[^>]*? name="([\w.]+)"[^>]*>([^<]*)</textarea>', html))
    for name, options in re.findall(r'<select[^>]*? name="([\w.]+)"[^>]*>(.*?)</select>', html):
        chosen = re.search(r'value="([^"]*)" selected', options)
        fields[name] = chosen.group(1) if chosen else ""
    return fields
