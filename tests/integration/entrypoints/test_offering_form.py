"""The form of an offering: its card as guests see it, its policy in sentences, and its copies."""

import re

import pytest
from tests.builders.business import Business
from tests.builders.html_text import visible_text
from tests.builders.staff_browser import Staff, form_of, text

from fullhouse.booking.catalogue import offering_by_slug
from fullhouse.booking.model.questions import Question
from fullhouse.people.limits import SLUG_CHARACTERS_MAX

EDIT = "offerings/sunflowers/edit"


def card(page: str) -> str:
    section = page.partition('id="preview-card"')[2].partition("</section>")[0]
    return visible_text(f"<body{section}")


def sentences(page: str) -> str:
    listed = re.findall(r'<ul class="comes-to".*?</ul>', page, re.DOTALL)
    return visible_text(f"<body>{listed[2]}")


async def test_form_opens_with_the_card_and_the_policy_as_stored(staff: Staff) -> None:
    page = text(await staff.get(EDIT))
    assert "Sunflower morning" in card(page)
    assert "£12.00 per person" in card(page)
    assert "until 24 hours before the start" in sentences(page)


async def test_preview_shows_what_was_typed_and_saves_nothing(staff: Staff) -> None:
    form = {**form_of(await staff.get(EDIT)), "name": "Tulips <b>", "price_amount": "9.50"}
    form["cancel_free_until_minutes"] = "2880"
    answer = await staff.post(EDIT, **form, step="preview")
    assert answer.status == 200
    assert "Tulips &lt;b&gt;" in text(answer)
    assert "£9.50 per person" in card(text(answer))
    assert "until 2 days before the start" in sentences(text(answer))
    assert "Sunflower morning" in card(text(await staff.get(EDIT)))


async def test_preview_names_what_cannot_be(staff: Staff) -> None:
    form = form_of(await staff.get(EDIT))
    answer = await staff.post(EDIT, **{**form, "party_min": "8", "party_max": "2"}, step="preview")
    assert answer.status == 422
    assert 'id="party_max-problem"' in text(answer)


async def test_copy_of_an_offering_has_its_fields_and_is_not_on_sale(
    staff: Staff, business: Business
) -> None:
    asked = (Question(id="boots", text="Which size of boots?", kind="number"),)
    await business.change(summary="Half an hour among the flowers", questions=asked)
    detail = text(await staff.get("offerings/sunflowers"))
    assert 'href="/admin/meadow/offerings/new?from=sunflowers"' in detail
    page = await staff.get("offerings/new?from=sunflowers")
    form = form_of(page)
    assert form["slug"] == "sunflowers-2"
    assert form["summary"] == "Half an hour among the flowers"
    assert re.search(r'id="published"[^>]*checked', text(page)) is None
    form.pop("published")
    assert (await staff.post("offerings/new", **form)).status == 303
    async with business.database.session() as session:
        copy = await offering_by_slug(session, business.org_id, "sunflowers-2")
    assert copy is not None
    assert copy.questions == asked
    assert (await staff.api.ask("GET", "//meadow/sunflowers-2")).status == 404
    assert (await staff.get("offerings/new?from=nothing")).status == 404


async def test_copy_of_the_longest_address_is_an_address(staff: Staff) -> None:
    slug = "a" * (SLUG_CHARACTERS_MAX - 3) + "-bb"
    form = form_of(await staff.get("offerings/new?from=sunflowers"))
    assert (await staff.post("offerings/new", **{**form, "slug": slug})).status == 303
    form = form_of(await staff.get(f"offerings/new?from={slug}"))
    assert len(form["slug"]) <= SLUG_CHARACTERS_MAX
    assert (await staff.post("offerings/new", **form)).status == 303


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", ("10 minutes", "90 days ahead", "1 day before the start", "30 minutes")),
        ("de", ("10 Minuten", "90 Tage im Voraus", "1 Tag vor dem Beginn", "30 Minuten")),
    ],
)
async def test_page_of_an_offering_says_durations_in_plain_words(
    staff: Staff, language: str, said: tuple[str, ...]
) -> None:
    page = text(await staff.get(f"offerings/sunflowers?lang={language}"))
    facts = re.findall(r"<dd[^>]*>([^<]*)</dd>", page)
    assert set(said) <= set(facts)
    assert not any(raw in " ".join(facts) for raw in ("1440", "600", "Sekunden", "seconds"))
