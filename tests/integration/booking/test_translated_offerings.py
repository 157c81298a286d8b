"""Texts of offerings in several languages: written by the owner, read by guests in their own."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Final

import msgspec
import pytest
from tests.builders.api_client import Answer, ApiClient, Json, a_booking_body, an_api_client
from tests.builders.business import Business
from tests.builders.guest_bookings import DETAILS, change_link, details_page
from tests.builders.guest_browser import GuestBrowser
from tests.builders.html_text import visible_text
from tests.builders.staff_browser import Staff, form_of, text
from tests.builders.stored_messages import stored_messages
from tests.builders.worker_steps import send_emails

from fullhouse.booking.catalogue import offering_by_slug
from fullhouse.booking.model.offering import Offering
from fullhouse.bootstrap.application import Application

SOON: Final = timedelta(days=3)
GERMAN: Final = {
    "language": "de",
    "name": "Sonnenblumen am Morgen",
    "summary": "Eine halbe Stunde im Feld",
    "how_to_pay": "Zahlen Sie am Tor.",
    "what_to_bring": "Feste Schuhe",
}
BREAD: Final = {
    "id": "bread",
    "text": "Which bread?",
    "kind": "choice",
    "choices": ["rye", "wheat"],
    "translations": [{"language": "de", "text": "Welches Brot?", "choices": ["Roggen", "Weizen"]}],
}
CATEGORIES: Final = [
    {
        "id": "adult",
        "name": "Adult",
        "price_amount": 1200,
        "translations": [{"language": "de", "name": "Erwachsene"}],
    },
    {"id": "child", "name": "Child", "price_amount": 600},
]


@pytest.fixture
async def api(app: Application, business: Business) -> AsyncIterator[ApiClient]:
    api = await an_api_client(app, business)
    async with api.client:
        assert (await languages(api, "de")).status == 200
        yield api


@pytest.fixture
async def staff(api: ApiClient) -> Staff:
    return Staff(api, await api.staff_cookie())


async def languages(api: ApiClient, *chosen: str) -> Answer:
    return await api.ask("PATCH", "", json={"languages": [*chosen]}, key=api.key)


async def write(api: ApiClient, **fields: object) -> Answer:
    return await api.ask("PATCH", "/offerings/sunflowers", json=fields, key=api.key)


async def public(api: ApiClient, path: str = "/sunflowers", *, language: str) -> str:
    answer = await api.ask("GET", f"//meadow{path}?lang={language}")
    assert answer.status == 200
    return visible_text(answer.body.decode())


def parts(answer: Json, name: str) -> list[Json]:
    return msgspec.convert(answer[name], list[dict[str, object]])


def field_of(refused: Answer) -> object:
    return parts(refused.json, "errors")[0]["field"]


async def a_venue(api: ApiClient) -> str:
    (venue,) = parts((await api.get("/venues")).json, "venues")
    return str(venue["id"])


async def read(api: ApiClient, path: str, **headers: str) -> Json:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return (await api.ask("GET", path, headers=named)).json


async def stored(business: Business) -> Offering:
    async with business.database.session() as session:
        found = await offering_by_slug(session, business.org_id, "sunflowers")
    assert found is not None
    return found


async def test_languages_of_a_business_are_those_that_pages_have(api: ApiClient) -> None:
    saved = await languages(api, "en", "de")
    assert saved.json["languages"] == ["de"]  # the main language needs no translation
    refused = await languages(api, "tlh")
    assert (refused.status, field_of(refused)) == (422, "languages")


async def test_guests_read_their_language_and_what_is_not_translated_in_the_main_one(
    api: ApiClient,
) -> None:
    await write(api, description="Clippers are in the barn.")
    assert (await write(api, translations=[GERMAN])).status == 200
    german, english = await public(api, language="de"), await public(api, language="en")
    assert "Sonnenblumen am Morgen" in german
    assert "Eine halbe Stunde im Feld" in german
    assert "Clippers are in the barn." in german
    assert "Sunflower morning" not in german
    assert "Sunflower morning" in english
    assert "Sonnenblumen" not in english
    assert "Sonnenblumen am Morgen" in await public(api, "", language="de")
    assert "Sunflower morning" in await public(api, "", language="en")


async def test_changed_translation_is_shown_at_once(api: ApiClient) -> None:
    await write(api, translations=[GERMAN])
    assert "Sonnenblumen am Morgen" in await public(api, language="de")
    await write(api, translations=[{**GERMAN, "name": "Tulpen am Abend"}])
    assert "Tulpen am Abend" in await public(api, language="de")


async def test_language_that_the_business_gives_up_is_shown_no_more_and_not_lost(
    api: ApiClient, business: Business
) -> None:
    await write(api, translations=[GERMAN])
    await languages(api)
    assert "Sunflower morning" in await public(api, language="de")
    assert (await write(api, summary="Half an hour")).status == 200
    assert (await stored(business)).translations[0].name == "Sonnenblumen am Morgen"
    await languages(api, "de")
    assert "Sonnenblumen am Morgen" in await public(api, language="de")


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"translations": [{**GERMAN, "language": "fr"}]}, "translations"),
        ({"translations": [GERMAN, GERMAN]}, "translations"),
        (
            {
                "price_amount": 1200,
                "price_categories": [
                    {**CATEGORIES[0], "translations": [{"language": "fr", "name": "Adulte"}]}
                ],
            },
            "price_categories.translations",
        ),
        (
            {"questions": [{**BREAD, "translations": [{"language": "fr", "text": "Quel pain ?"}]}]},
            "questions.translations",
        ),
        (
            {"questions": [{**BREAD, "translations": [{"language": "de", "choices": ["Roggen"]}]}]},
            "questions.choices",
        ),
        (
            {
                "questions": [
                    {**BREAD, "translations": [{"language": "de", "choices": ["wheat", "rye"]}]}
                ]
            },
            "questions.choices",
        ),
    ],
)
async def test_translation_that_nobody_could_read_is_refused(
    api: ApiClient, fields: Json, field: str
) -> None:
    refused = await write(api, **fields)
    assert (refused.status, field_of(refused)) == (422, field)


@pytest.mark.parametrize(
    "texts", [{**GERMAN, "name": "x" * 201}, {**GERMAN, "summary": "x" * 301}, {"name": "Ohne"}]
)
async def test_translation_has_the_limits_of_the_main_text(api: ApiClient, texts: Json) -> None:
    assert (await write(api, translations=[texts])).status == 422


async def test_programs_of_guests_read_their_language_and_editors_what_is_stored(
    api: ApiClient,
) -> None:
    await write(api, translations=[GERMAN], price_categories=CATEGORIES, questions=[BREAD])
    path, german = "/offerings/sunflowers", "de-AT,de;q=0.9,en;q=0.5"
    offering = await read(api, path, accept_language=german)
    assert offering["name"] == "Sonnenblumen am Morgen"
    names = [one["name"] for one in parts(offering, "price_categories")]
    assert names == ["Erwachsene", "Child"]
    assert parts(offering, "questions")[0]["choices"] == ["Roggen", "Weizen"]
    listed = await read(api, "/offerings", accept_language=german)
    assert parts(listed, "offerings")[0]["summary"] == "Eine halbe Stunde im Feld"
    assert (await read(api, path, accept_language="en-GB"))["name"] == "Sunflower morning"
    assert (await read(api, path))["name"] == "Sunflower morning"
    key = {"accept_language": german, "authorization": f"Bearer {api.key}"}
    assert (await read(api, path, **key))["name"] == "Sunflower morning"


async def test_guest_answers_in_german_and_staff_read_the_main_language(
    api: ApiClient, business: Business, staff: Staff
) -> None:
    await write(api, translations=[GERMAN], price_categories=CATEGORIES, questions=[BREAD])
    slot, guest = await business.a_slot(starts_in=SOON), GuestBrowser(api.client)
    await guest.open("/meadow/sunflowers?lang=de")
    chosen = await guest.open(f"/meadow/sunflowers?party=1&slot={slot}")
    assert "Erwachsene" in chosen.text
    details = await guest.send(chosen.form("/holds"))
    assert "Welches Brot?" in details.text
    assert "Roggen" in details.text
    ticket = await guest.send(
        details.forms[0],
        {
            "name": "Ada Lovelace",
            "email": "ada@example.org",
            "phone": "",
            "answer.bread": "Roggen",
        },
    )
    assert "Sonnenblumen am Morgen" in ticket.text
    assert "Welches Brot?" in ticket.text
    assert "Roggen" in ticket.text
    assert "Erwachsene" in ticket.text
    listed = text(await staff.get("bookings"))
    ref = next(part for part in ticket.path.split("/") if len(part) == 8)
    booking = visible_text(text(await staff.get(f"bookings/{ref}?lang=de")))
    assert "Sunflower morning" in listed
    assert "Which bread?" in booking
    assert "rye" in booking
    assert "Adult" in booking


async def test_guest_changes_an_answer_in_german(
    api: ApiClient, business: Business, staff: Staff
) -> None:
    await write(api, questions=[BREAD])
    slot, guest = await business.a_slot(starts_in=timedelta(days=20)), GuestBrowser(api.client)
    await guest.open("/meadow/sunflowers?lang=de")
    details = await details_page(guest, slot)
    ticket = await guest.send(details.forms[0], {**DETAILS, "answer.bread": "Roggen"})
    asked = await guest.open(change_link(ticket).replace("/change?", "/answers?"))
    assert '<option value="Roggen" selected>' in asked.html
    done = await guest.send(asked.forms[0], {"answer.bread": "Weizen"})
    assert "Ihre Antworten wurden geändert." in done.text
    assert "Weizen" in done.text
    ref = next(part for part in ticket.path.split("/") if len(part) == 8)
    opened = await staff.get(f"bookings/{ref}/answers?lang=de")
    assert form_of(opened)["answer.bread"] == "wheat"


async def test_program_may_answer_in_any_language_of_the_business(
    api: ApiClient, business: Business
) -> None:
    await write(api, questions=[BREAD])
    slot = await business.a_slot()
    booked = await api.post("/bookings", {**a_booking_body(slot), "answers": {"bread": "Weizen"}})
    assert booked.status == 201
    view = await api.get(f"/bookings/{booked.json['ref']}", key=api.key)
    assert view.json["answers"] == [
        {"question": "bread", "text": "Which bread?", "answer": "wheat"}
    ]


async def test_e_mail_and_calendar_file_are_in_the_language_of_the_guest(
    app: Application, api: ApiClient, business: Business
) -> None:
    await write(api, translations=[GERMAN], price_categories=CATEGORIES)
    venue = await a_venue(api)
    directions = [{"language": "de", "directions": "Parken Sie an der Scheune."}]
    changed = await api.ask(
        "PATCH", f"/venues/{venue}", json={"translations": directions}, key=api.key
    )
    assert changed.status == 200
    slot = await business.a_slot(starts_in=SOON)
    assert (await api.post("/bookings", {**a_booking_body(slot), "locale": "de"})).status == 201
    await send_emails(app)
    async with app.database.unrestricted.session() as session:
        (message,) = await stored_messages(session, business.org_id)
    assert "Sonnenblumen am Morgen" in message.subject
    assert "Feste Schuhe" in message.body_text
    assert "Zahlen Sie am Tor." in message.body_html
    assert "Parken Sie an der Scheune." in message.body_text
    assert "Erwachsene" in message.body_text
    assert message.calendar is not None
    assert "SUMMARY:Sonnenblumen am Morgen" in message.calendar


async def test_form_has_a_folded_group_for_each_further_language(
    staff: Staff, business: Business
) -> None:
    page = await staff.get("offerings/sunflowers/edit")
    assert '<details class="card pad">' in text(page)
    assert "Deutsch" in text(page)
    form = {
        **form_of(page),
        "price_categories": "Adult: 12\nChild: 6",
        "texts.de.name": "Sonnenblumen am Morgen",
        "texts.de.categories": "Erwachsene",
    }
    form.pop("published")
    shown = text(await staff.post("offerings/sunflowers/edit", **form, step="preview"))
    card = shown.partition('id="preview-card"')[2]
    assert "Sonnenblumen am Morgen" in card
    assert "ab 6,00" in visible_text(f"<body{card}")
    assert (await staff.post("offerings/sunflowers/edit", **form)).status == 303
    offering = await stored(business)
    assert offering.in_language("de").name == "Sonnenblumen am Morgen"
    names = [one.name for one in offering.in_language("de").price_categories]
    assert names == ["Erwachsene", "Child"]
    again = await staff.get("offerings/sunflowers/edit")
    assert '<details class="card pad" open>' in text(again)
    assert form_of(again)["texts.de.categories"].strip() == "Erwachsene"
    assert "Sonnenblumen am Morgen" in text(await staff.get("offerings/sunflowers"))


async def test_form_names_the_problem_of_a_translation(staff: Staff) -> None:
    form = form_of(await staff.get("offerings/sunflowers/edit"))
    long = await staff.post("offerings/sunflowers/edit", **{**form, "texts.de.summary": "x" * 301})
    assert long.status == 422
    assert 'id="texts.de.summary-problem"' in text(long)
    many = await staff.post(
        "offerings/sunflowers/edit", **{**form, "texts.de.categories": "Erwachsene"}
    )
    assert many.status == 422
    assert 'id="texts.de.categories-problem"' in text(many)


async def test_form_without_further_languages_keeps_what_is_stored(
    staff: Staff, business: Business
) -> None:
    await write(staff.api, translations=[GERMAN], price_categories=CATEGORIES)
    await languages(staff.api)
    page = await staff.get("offerings/sunflowers/edit")
    assert "texts.de" not in text(page)
    form = {**form_of(page), "summary": "Half an hour"}
    assert (await staff.post("offerings/sunflowers/edit", **form)).status == 303
    offering = (await stored(business)).in_language("de")
    assert offering.name == "Sonnenblumen am Morgen"
    assert offering.price_categories[0].name == "Erwachsene"


async def test_questions_and_venues_are_translated_on_their_forms(
    staff: Staff, business: Business
) -> None:
    await write(staff.api, questions=[{**BREAD, "translations": []}])
    path = "questions/sunflowers.bread/edit"
    form = {
        **form_of(await staff.get(path)),
        "kind": "choice",
        "per": "booking",
        "texts.de.text": "Welches Brot?",
        "texts.de.choices": "Roggen\nWeizen",
    }
    assert (await staff.post(path, **form)).status == 303
    (question,) = (await stored(business)).in_language("de").questions
    assert (question.text, question.choices) == ("Welches Brot?", ("Roggen", "Weizen"))
    one_missing = {**form_of(await staff.get(path)), "kind": "choice", "per": "booking"}
    one_missing["texts.de.choices"] = "Roggen"
    assert (await staff.post(path, **one_missing)).status == 422

    venue = await a_venue(staff.api)
    path = f"venues/{venue}/edit"
    form = {**form_of(await staff.get(path)), "texts.de.directions": "Hinter der Scheune."}
    assert (await staff.post(path, **form)).status == 303
    shown = await read(staff.api, f"/venues/{venue}", accept_language="de")
    assert shown["directions"] == "Hinter der Scheune."


async def test_settings_choose_the_languages(staff: Staff) -> None:
    page = await staff.get("settings")
    assert 'name="languages.de"' in text(page)
    form = form_of(page)
    form.pop("languages.de", None)
    form.pop("languages.en", None)
    assert (await staff.post("settings", **form)).status == 303
    assert (await staff.api.get("")).json["languages"] == []
    form = form_of(await staff.get("settings"))
    assert (await staff.post("settings", **form)).status == 303
    assert (await staff.api.get("")).json["languages"] == ["de"]
