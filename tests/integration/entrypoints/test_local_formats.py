"""Pages, e-mails and lists of a venue in the United States, to readers of two languages."""

import re
from dataclasses import replace
from datetime import timedelta
from html import unescape
from uuid import UUID

import pytest
from tests.builders.api_client import ApiClient, token_of
from tests.builders.business import Business, save

from fullhouse.booking.model.offering import OfferingId

AMERICAN = {"Accept-Language": "en-US,en;q=0.9"}
GERMAN = {"Accept-Language": "de"}
EN_DASH = "\N{EN DASH}"


@pytest.fixture
async def chicago(api: ApiClient) -> Business:
    """The business, moved to Chicago before anything was read of it."""
    async with api.app.database.unrestricted.transaction() as session:
        await session.connection.execute(
            "UPDATE venue SET country = 'US', zone = 'America/Chicago'; "
            "UPDATE offering SET currency = 'USD'; UPDATE organisation SET currency = 'USD'"
        )
    return api.business


async def text_of(api: ApiClient, path: str, headers: dict[str, str]) -> str:
    answer = await api.client.get(path, headers=headers)
    assert answer.status_code == 200, path
    return unescape(re.sub(r"\s+", " ", re.sub("<[^>]+>", " ", answer.text)))


async def test_page_of_an_american_venue_is_american(api: ApiClient, chicago: Business) -> None:
    await chicago.a_slot()
    day = "/meadow/sunflowers?day=2027-06-19"
    american = await text_of(api, day, AMERICAN)
    assert "Times on Saturday, June 19" in american
    assert "3:00 AM" in american
    assert "$12.00" in american
    assert american.index(" Su ") < american.index(" Mo ")
    german = await text_of(api, day, GERMAN)
    assert "Samstag, 19. Juni" in german
    assert "03:00" in german
    assert "12,00 $" in german
    assert german.index(" So. ") < german.index(" Mo. ")


async def test_ticket_of_an_american_venue_is_american(api: ApiClient, chicago: Business) -> None:
    booking = await api.book(await chicago.a_slot())
    path = f"/meadow/b/{booking.json['ref']}?t={token_of(booking)}"
    shown = await text_of(api, path, AMERICAN)
    assert f"Saturday, June 19, 2027 3:00 {EN_DASH} 3:30 AM" in shown
    assert "$24.00" in shown
    shown = await text_of(api, path, GERMAN)
    assert f"Samstag, 19. Juni 2027 03:00 {EN_DASH} 03:30" in shown


async def test_pages_and_e_mails_say_whose_times_they_are(
    api: ApiClient, chicago: Business
) -> None:
    booking = await api.book(await chicago.a_slot())
    ticket = f"/meadow/b/{booking.json['ref']}?t={token_of(booking)}"
    change = ticket.replace("?", "/change?")
    for path in ("/meadow/sunflowers", ticket, change):
        page = (await api.client.get(path, headers=AMERICAN)).text
        assert re.search(r'<p [^>]*data-zone="America/Chicago" hidden>All times', page), path
        assert "<span>All times are local time in Chicago.</span>" in page, path
    start = (await api.client.get("/meadow", headers=AMERICAN)).text
    assert "data-zone" not in start, "no times, no zone"


async def test_policy_and_price_list_follow_the_venue(api: ApiClient, chicago: Business) -> None:
    slot = await chicago.a_slot()
    chosen = f"/meadow/sunflowers?day=2027-06-19&slot={slot}"
    assert "50% of the price" in await text_of(api, chosen, AMERICAN)
    assert "50 % des Preises" in await text_of(api, chosen, GERMAN)
    assert "$12.00" in await text_of(api, "/meadow", {"Accept-Language": "en-GB"})


async def test_times_of_a_list_without_a_venue_name_their_zone(
    api: ApiClient, chicago: Business
) -> None:
    await save(api.app, replace(chicago.offering, currency="USD", price_amount=1500))
    headers = {**AMERICAN, **await api.staff_cookie()}
    shown = await text_of(api, "/admin/meadow/offerings/sunflowers", headers)
    assert "Sat, June 12, 8:00 AM UTC" in shown
    assert "$15.00" in shown


async def test_run_sheet_of_two_zones_names_them_and_takes_the_day_of_each_venue(
    api: ApiClient,
) -> None:
    added = await api.post(
        "/venues", {"name": "Koen", "zone": "Asia/Tokyo", "country": "JP"}, key=api.key
    )
    offering = replace(
        api.business.offering,
        offering_id=OfferingId(api.app.ids.uuid()),
        venue_id=UUID(str(added.json["id"])),
        slug="koen",
    )
    tokyo = await replace(api.business, offering=offering).change()
    headers = {**AMERICAN, **await api.staff_cookie()}
    await api.book(await api.business.a_slot(), name="Lon Don")
    london_alone = await text_of(api, "/admin/meadow/today?date=2027-06-19", headers)
    assert "09:00" in london_alone
    assert "BST" not in london_alone
    await api.book(await tokyo.a_slot(), name="To Kyo")
    night = await tokyo.a_slot(starts_in=timedelta(days=7, hours=13))
    await api.book(night, name="Yo Ru")
    both = await text_of(api, "/admin/meadow/today?date=2027-06-19", headers)
    assert "09:00 BST" in both
    assert "Sunflower morning, The Barn" in both
    assert re.search(r"17:00 \S.*Sunflower morning, Koen", both)
    assert "Yo Ru" not in both, "in Tokyo it is the next day"
    assert "Yo Ru" in await text_of(api, "/admin/meadow/today?date=2027-06-20", headers)
    listed = f"/admin/meadow/bookings?day=2027-06-20&offering={offering.offering_id}"
    assert "Yo Ru" in await text_of(api, listed, headers)
    assert "Yo Ru" not in await text_of(api, listed.replace("20&", "19&"), headers)
