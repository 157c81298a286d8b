"""No page promises an e-mail that nobody sends: without a mail server, and to example addresses."""

import re
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
from tests.builders.api_client import ApiClient
from tests.builders.guest_browser import Page
from tests.builders.guest_visit import Visit, Visits

from fullhouse.kernel.clock import ManualClock

PROMISE = re.compile(
    r"e-mail you|e-mailed you|we.{2,4}e-mail(?:ing|ed)? |we.{1,4}send|see your e-mail"
    r"|check your e-mail|send (?:me|the) |spam",
    re.IGNORECASE,
)
"""What a page says only where e-mails are sent."""


async def _waiting_form(visit: Visit) -> Page:
    await visit.sell(visit.slots[0])
    return await visit.choose(visit.slots[0])


async def _waiting(visit: Visit) -> Page:
    return await visit.browser.send((await _waiting_form(visit)).form("/waiting"), visit.ana)


async def _any_time(visit: Visit) -> Page:
    form = (await _waiting_form(visit)).form("/waiting")
    return await visit.browser.send(form, {**visit.ana, "any_time": "yes"})


async def _waiting_twice(visit: Visit) -> Page:
    await _waiting(visit)
    form = (await visit.choose(visit.slots[0])).form("/waiting")
    return await visit.browser.send(form, visit.ana)


async def _details(visit: Visit) -> Page:
    await visit.hold()
    return await visit.browser.send(visit.forms["continue"])


async def _ticket(visit: Visit) -> Page:
    await visit.hold()
    return await visit.browser.send(visit.forms["confirm"], visit.ana)


async def _duplicate(visit: Visit) -> Page:
    await visit.hold()
    await visit.book()
    form = (await visit.choose(visit.slots[1])).form("/holds")
    held = await visit.browser.send(form)
    return await visit.browser.send(held.form(held.path), visit.ana)


async def _change(visit: Visit) -> Page:
    await visit.hold()
    await visit.book()
    return await visit.browser.open(_of_booking(visit, "/change"))


async def _contact(visit: Visit) -> Page:
    await visit.hold()
    await visit.book()
    return await visit.browser.open(_of_booking(visit, "/contact"))


async def _contact_changed(visit: Visit) -> Page:
    await _contact(visit)
    return await visit.browser.send(visit.forms["contact"], visit.typed["correct"])


async def _lost_ticket(visit: Visit) -> Page:
    return await visit.browser.open(f"/{visit.api.org}/b")


async def _ended_link(visit: Visit) -> Page:
    return await visit.browser.open(f"/{visit.api.org}/b/K7QF2M9D?t=x")


async def _booked_by_another(visit: Visit) -> Page:
    await visit.hold()
    await visit.book()
    visit.browser.client.cookies.clear()
    return await visit.browser.open(visit.forms["confirm"].action)


def _of_booking(visit: Visit, page: str) -> str:
    cancel = visit.forms["cancel"]
    path = cancel.action.partition("#")[0].removesuffix("/cancel")
    return f"{path}{page}?t={cancel.fields['t']}"


PAGES: tuple[Callable[[Visit], Awaitable[Page]], ...] = (
    _waiting_form,
    _waiting,
    _any_time,
    _waiting_twice,
    _details,
    _ticket,
    _duplicate,
    _change,
    _contact,
    _contact_changed,
    _lost_ticket,
    _ended_link,
    _booked_by_another,
)


@pytest.mark.parametrize("visit_page", PAGES, ids=lambda visit: visit.__name__.strip("_"))
async def test_page_promises_an_email_only_where_one_is_sent(
    api: ApiClient,
    mailing: ApiClient,
    clock: ManualClock,
    visit_page: Callable[[Visit], Awaitable[Page]],
) -> None:
    page = await visit_page(await Visits(api, clock).begin())
    assert PROMISE.findall(page.text) == [], page.text
    clock.advance(timedelta(days=1))
    page = await visit_page(await Visits(mailing, clock).begin())
    assert PROMISE.findall(page.text), page.text


async def test_ticket_promises_no_email_to_an_example_address(
    mailing: ApiClient, clock: ManualClock
) -> None:
    visit = await Visits(mailing, clock).begin()
    await visit.hold()
    typed = {**visit.ana, "email": "ana.lopez@guest.example"}
    ticket = await visit.browser.send(visit.forms["confirm"], typed)
    assert "No e-mail was sent: please save or print your ticket." in ticket.text
    assert PROMISE.findall(ticket.text) == []
