"""Settings by a form; terms, privacy and imprint on the public pages."""

from collections.abc import AsyncIterator, Mapping
from urllib.parse import urlencode

import pytest
from tests.builders.api_client import Answer, ApiClient, an_api_client
from tests.builders.business import Business, a_booking_of, a_guest, a_hold_of
from tests.builders.html_text import visible_text

from fullhouse.bootstrap.application import Application

FORM = {
    "name": "Tulip Farm",
    "tagline": "Tulips",
    "email": "hello@tulips.example",
    "phone": "+16305550142",
    "locale": "en-GB",
    "currency": "GBP",
    "accent": "#ffff00",
    "terms": "Come on time.\nBring shoes.",
    "privacy": "https://tulips.example/privacy",
    "imprint": "",
    "consent": "By booking you accept our terms.",
    "version": "1",
}


@pytest.fixture
async def api(app: Application, business: Business) -> AsyncIterator[ApiClient]:
    api = await an_api_client(app, business)
    async with api.client:
        yield api


async def save(api: ApiClient, cookie: Mapping[str, str], **changes: str) -> Answer:
    return await api.ask(
        "POST",
        f"//admin/{api.org}/settings",
        content=urlencode({**FORM, **changes}).encode(),
        headers={**cookie, "content-type": "application/x-www-form-urlencoded"},
    )


async def public(api: ApiClient, path: str = "") -> Answer:
    return await api.ask("GET", f"//{api.org}{path}")


async def test_settings_are_saved_and_shown_to_guests(api: ApiClient) -> None:
    cookie = await api.staff_cookie()
    answer = await save(api, cookie)
    assert answer.status == 303
    done = await api.ask("GET", f"//admin/{api.org}/settings?done=saved", headers=cookie)
    assert "Saved." in visible_text(done.body.decode())
    assert 'value="Tulip Farm"' in done.body.decode()
    page = (await public(api, "?lang=en")).body.decode()
    assert "Tulip Farm" in page
    assert 'href="/meadow/terms">Terms' in page
    assert 'href="https://tulips.example/privacy">Privacy' in page
    assert "Imprint" not in page
    terms = await public(api, "/terms?lang=en")
    assert "Come on time. Bring shoes." in visible_text(terms.body.decode())
    assert (await public(api, "/imprint")).status == 404
    link = await public(api, "/privacy")
    assert (link.status, link.headers["location"]) == (303, "https://tulips.example/privacy")
    css = (await public(api, "/accent.css")).body.decode()
    assert "--accent:#ffff00" not in css.split("@media")[0]


async def test_second_editor_is_told_and_loses_nothing(api: ApiClient) -> None:
    cookie = await api.staff_cookie()
    assert (await save(api, cookie)).status == 303
    late = await save(api, cookie, name="Rose Farm")
    assert late.status == 409
    text = late.body.decode()
    assert 'value="Rose Farm"' in text
    assert "Stored now: Tulip Farm" in text


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("email", "nobody"),
        ("phone", "12"),
        ("accent", "red"),
        ("reply_to", "a@b"),
        ("currency", "ABC"),
    ],
)
async def test_wrong_value_comes_back_with_its_problem(
    api: ApiClient, field: str, value: str
) -> None:
    cookie = await api.staff_cookie()
    answer = await save(api, cookie, **{field: value})
    assert answer.status == 422
    assert f'id="{field}-problem"' in answer.body.decode()
    assert "Tulips" in answer.body.decode()


async def test_no_sender_has_more_than_one_line(api: ApiClient) -> None:
    """A line break would begin a header of its own."""
    cookie, name = await api.staff_cookie(), "Ann\r\nBcc: all@example.org"
    assert (await save(api, cookie, sender_name=name)).status == 422
    refused = await api.ask("PATCH", "", json={"sender_name": name}, key=api.key)
    assert refused.status == 422


async def test_currency_changes_until_somebody_booked_at_a_price(
    api: ApiClient, app: Application, business: Business
) -> None:
    cookie = await api.staff_cookie()
    assert (await save(api, cookie, currency="EUR")).status == 303
    assert "\N{EURO SIGN}12.00" in (await public(api, "?lang=en")).body.decode()
    business = await business.change(currency="EUR", version=2)
    slot = await business.a_slot()
    await app.booking.place_booking(business.org_id, a_booking_of(slot), context=a_guest())
    refused = await save(api, cookie, currency="GBP", version="2")
    assert refused.status == 422
    text = visible_text(refused.body.decode())
    assert "Guests have booked at prices in another currency, so it stays." in text
    assert (await api.get("")).json["currency"] == "EUR"


async def test_settings_are_the_owners(api: ApiClient) -> None:
    cookie = await api.staff_cookie("Sam", role="admin")
    assert (await save(api, cookie)).status == 403
    page = await api.ask("GET", f"//admin/{api.org}/overview", headers=cookie)
    assert "/settings" not in page.body.decode()


@pytest.mark.parametrize(
    ("price", "button"), [(1200, "Zahlungspflichtig buchen"), (0, "Verbindlich buchen")]
)
async def test_button_says_that_a_price_is_due_and_the_consent_stands_above(
    api: ApiClient, app: Application, business: Business, price: int, button: str
) -> None:
    business = await business.change(price_amount=price)
    assert (await save(api, await api.staff_cookie())).status == 303
    held = await app.booking.place_hold(
        business.org_id, a_hold_of(await business.a_slot()), context=a_guest()
    )
    offering = business.offering.slug
    path = f"/{offering}/holds/{held.outcome.booking_id}"
    german = visible_text((await public(api, f"{path}?lang=de")).body.decode())
    assert f"By booking you accept our terms. AGB Datenschutz {button}" in german
    assert "Confirm booking" in (await public(api, f"{path}?lang=en")).body.decode()


async def test_program_changes_the_legal_texts(api: ApiClient) -> None:
    answer = await api.ask("PATCH", "", json={"imprint": "Ada, London"}, key=api.key)
    assert answer.status == 200, answer.body
    assert answer.json["imprint"] == "Ada, London"
    assert "Ada, London" in (await public(api, "/imprint")).body.decode()
