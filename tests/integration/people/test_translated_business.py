"""What a business and its venues say, in the languages of guests."""

from collections.abc import AsyncIterator

import pytest
from tests.builders.api_client import ApiClient, Json, an_api_client
from tests.builders.business import Business, a_guest, a_hold_of
from tests.builders.html_text import visible_text
from tests.builders.staff_browser import Staff, form_of, text

from fullhouse.bootstrap.application import Application

ENGLISH: Json = {
    "tagline": "Cut your own flowers",
    "terms": "Come on time.",
    "privacy": "We keep your name.",
    "imprint": "Ada, London",
    "consent": "By booking you accept our terms.",
    "languages": ["de"],
}
GERMAN: Json = {
    "language": "de",
    "tagline": "Blumen zum Selberpflücken",
    "terms": "Kommen Sie pünktlich.\nBringen Sie Schuhe mit.",
    "privacy": "https://meadow.example/datenschutz",
    "consent": "Mit der Buchung gelten unsere AGB.",
}


@pytest.fixture
async def api(app: Application, business: Business) -> AsyncIterator[ApiClient]:
    api = await an_api_client(app, business)
    async with api.client:
        assert (await api.ask("PATCH", "", json=ENGLISH, key=api.key)).status == 200
        changed = await api.ask("PATCH", "", json={"translations": [GERMAN]}, key=api.key)
        assert changed.status == 200, changed.body
        yield api


async def page(api: ApiClient, path: str = "", language: str = "de") -> str:
    answer = await api.ask("GET", f"//meadow{path}?lang={language}")
    return visible_text(answer.body.decode())


async def test_guests_read_the_business_in_their_language(api: ApiClient) -> None:
    assert "Blumen zum Selberpflücken" in await page(api)
    assert "Cut your own flowers" in await page(api, language="en")
    assert "Bringen Sie Schuhe mit." in await page(api, "/terms")
    assert "Come on time." in await page(api, "/terms", "en")
    assert "Ada, London" in await page(api, "/imprint"), "what is not translated is as it is"
    link = await api.ask("GET", "//meadow/privacy?lang=de")
    assert link.headers["location"] == "https://meadow.example/datenschutz"
    listed = await api.ask("GET", "//?lang=de")
    assert "Blumen zum Selberpflücken" in listed.body.decode()


async def test_sentence_of_consent_is_in_the_language_of_the_guest(
    api: ApiClient, app: Application, business: Business
) -> None:
    slot = await business.a_slot()
    held = await app.booking.place_hold(business.org_id, a_hold_of(slot), context=a_guest())
    path = f"/sunflowers/holds/{held.outcome.booking_id}"
    assert "Mit der Buchung gelten unsere AGB." in await page(api, path)
    assert "By booking you accept our terms." in await page(api, path, "en")


async def test_program_reads_the_language_that_it_accepts(api: ApiClient) -> None:
    german = await api.ask("GET", "", headers={"Accept-Language": "de"})
    assert german.json["tagline"] == "Blumen zum Selberpflücken"
    stored = await api.ask("GET", "", headers={"Accept-Language": "de"}, key=api.key)
    assert stored.json["tagline"] == "Cut your own flowers"


async def test_language_that_the_business_has_not_is_refused(api: ApiClient) -> None:
    for texts in ([{**GERMAN, "language": "fr"}], [GERMAN, GERMAN]):
        refused = await api.ask("PATCH", "", json={"translations": texts}, key=api.key)
        assert refused.status == 422
    given_up = await api.ask("PATCH", "", json={"languages": []}, key=api.key)
    assert given_up.status == 200
    assert "Cut your own flowers" in await page(api)


async def test_owner_translates_by_the_settings(api: ApiClient, staff: Staff) -> None:
    form = form_of(await staff.get("settings"))
    assert form["texts.de.tagline"] == "Blumen zum Selberpflücken"
    changed = {**form, "texts.de.tagline": "Blumen am Feldrand", "texts.de.imprint": "Ada, Wien"}
    assert (await staff.post("settings", **changed)).status == 303
    assert "Blumen am Feldrand" in await page(api)
    assert "Ada, Wien" in await page(api, "/imprint")
    saved = text(await staff.get("settings"))
    assert "Cut your own flowers" in saved


async def test_longest_legal_texts_in_all_languages_fit_into_the_form(
    api: ApiClient, staff: Staff
) -> None:
    form, long = form_of(await staff.get("settings")), "ä" * 20_000
    legal = ("terms", "privacy", "imprint")
    texts = {**dict.fromkeys(legal, long), **dict.fromkeys((f"texts.de.{n}" for n in legal), long)}
    parts = (
        f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in {**form, **texts}.items()
    )
    saved = await api.ask(
        "POST",
        "//admin/meadow/settings",
        content=f"{''.join(parts)}--x--\r\n".encode(),
        headers={**staff.cookie, "content-type": "multipart/form-data; boundary=x"},
    )
    assert saved.status == 303, visible_text(text(saved))
    assert long in await page(api, "/terms")


async def test_venue_is_called_as_guests_call_it(api: ApiClient, business: Business) -> None:
    path = f"/venues/{business.offering.venue_id}"
    names = [{"language": "de", "name": "Die Scheune"}]
    changed = await api.ask("PATCH", path, json={"translations": names}, key=api.key)
    assert changed.status == 200, changed.body
    slot = await business.a_slot()
    booked = await api.book(slot)
    ticket = str(booked.json["ticket_url"]).partition("/meadow")[2]
    german = await api.ask("GET", f"//meadow{ticket}&lang=de")
    assert "Die Scheune" in visible_text(german.body.decode())
    english = await api.ask("GET", f"//meadow{ticket}&lang=en")
    assert "The Barn" in visible_text(english.body.decode())
