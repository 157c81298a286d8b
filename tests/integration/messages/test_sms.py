"""SMS go by the gateway of the business, beside the e-mails, and no more of them than it allows."""

from collections.abc import AsyncIterator

import pytest
from tests.builders.channel_site import ChannelSite, a_channel_site
from tests.builders.loop import until
from tests.builders.webhook_site import working

pytestmark = pytest.mark.timeout(180)


@pytest.fixture
async def site(database_url: str) -> AsyncIterator[ChannelSite]:
    async with a_channel_site(database_url) as site, working(site.app):
        yield site


async def test_sms_of_chosen_kinds_go_to_phones_beside_the_emails(site: ChannelSite) -> None:
    await site.set_up("sms", kinds=["confirmation"])
    (booked, *_) = await site.book(phone="+16305550142")
    await site.book()
    await until(lambda: bool(site.gateway.received))
    (received,) = site.gateway.received
    assert received.headers["Authorization"] == "Bearer k-1"
    assert received.json["to"] == "+16305550142"
    text = str(received.json["text"])
    assert text.startswith("Meadow Farm: ")
    assert str(booked.json["ref"]) in text
    await site.until(sent_by_smtp=2, sent_by_sms=1)
    assert (
        await site.acknowledge(received, status="failed", detail="Unknown number")
    ).status == 204
    await site.until(sent_by_smtp=2, undeliverable_by_sms=1)
    cancelled = await site.ask("POST", f"/bookings/{booked.json['ref']}/cancel")
    assert cancelled.status == 200
    await site.until(sent_by_smtp=3, undeliverable_by_sms=1)


async def test_guests_cause_as_many_sms_a_day_as_the_business_allows_and_its_owners_are_told(
    site: ChannelSite,
) -> None:
    cookie = await site.api.staff_cookie("owner", role="owner")
    await site.set_up("sms", kinds=["confirmation"], sms_per_day_max=2)
    for number in range(4):
        await site.book(phone=f"+1630555014{number}")
    await site.until(sent_by_smtp=4, sent_by_sms=2, rate_limited=2)
    while (await site.channel("sms"))["limited_at"] is None:
        pass
    events = await site.rows("SELECT data FROM event WHERE kind = 'SmsLimitReached'")
    assert len(events) == 1, "once a day"
    told = await site.rows("SELECT key FROM effect WHERE key LIKE 'account_message/sms_limited/%'")
    assert len(told) == 1
    page = await site.api.ask("GET", f"//admin/{site.api.org}/channels/sms", headers=cookie)
    assert "The limit of 2 SMS within a day was reached" in page.body.decode()
    await site.set_up("sms", kinds=["confirmation"], sms_per_day_max=3)
    await site.book(phone="+16305550149")
    await site.until(sent_by_smtp=5, sent_by_sms=3, rate_limited=2)


async def test_an_sms_is_tried_again_with_its_key_until_the_gateway_takes_it(
    site: ChannelSite,
) -> None:
    site.gateway.answer = lambda _: 503
    await site.set_up("sms", kinds=["confirmation"])
    await site.book(phone="+16305550142")
    await until(lambda: len(site.gateway.received) > 1)
    site.gateway.answer = lambda _: 202
    await site.until(sent_by_smtp=1, sent_by_sms=1, hurry=True)
    assert len({one.headers["Idempotency-Key"] for one in site.gateway.received}) == 1
