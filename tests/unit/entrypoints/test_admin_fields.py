"""Fields of admin forms: parsed one by one from the annotations of a struct."""

from typing import Annotated, Literal
from uuid import UUID

import msgspec
import pytest
from msgspec import Meta

from fullhouse.entrypoints.web.admin.fields import FormParser
from fullhouse.entrypoints.web.admin_actions import FormField
from fullhouse.entrypoints.web.views import Choice
from fullhouse.localisation.translations import load_translations

VENUE = UUID(int=7)


class Stall(msgspec.Struct, frozen=True, kw_only=True):
    name: Annotated[str, Meta(min_length=1, max_length=20)]
    slug: Annotated[str, Meta(min_length=1, pattern="^[a-z]+$")]
    venue: UUID
    price: Annotated[int, Meta(ge=0, le=100_000)]
    places: Annotated[int, Meta(ge=1, le=50)] = 10
    unit: Literal["person", "group"] = "person"
    note: Annotated[str, Meta(max_length=5)] | None = None
    is_open: bool = True


FIELDS = (
    FormField("name", "Name"),
    FormField("slug", "Address", only_new=True),
    FormField("venue", "Venue"),
    FormField("price", "Price", kind="money"),
    FormField("places", "Places", refused="Choose one of these."),
    FormField("unit", "Unit", choices=(("person", "a person"), ("group", "a group"))),
    FormField("note", "Note"),
    FormField("is_open", "Open"),
)
TYPED = {
    "name": " Tea ",
    "slug": "tea",
    "venue": str(VENUE),
    "price": "12.50",
    "places": "12",
    "unit": "group",
    "is_open": "yes",
}
STALL = Stall(name="Tea", slug="tea", venue=VENUE, price=1250, places=12, unit="group")


def a_parser(currency: str = "EUR") -> FormParser[Stall]:
    venues = {"venue": (Choice(str(VENUE), "The Barn"),)}
    return FormParser(Stall, {"All": FIELDS}, load_translations()["en"], currency, venues)


def test_a_valid_form_becomes_its_struct() -> None:
    parsed = a_parser().parse(TYPED, stored=None)
    assert not parsed.problems
    assert parsed.value == STALL


def test_a_stored_struct_becomes_the_texts_that_parse_to_it() -> None:
    parser = a_parser()
    assert parser.parse(parser.texts(STALL), stored=None).value == STALL


@pytest.mark.parametrize(
    ("name", "text", "problem"),
    [
        ("name", "", "Fill this in."),
        ("name", "x" * 21, "Use at most 20 characters."),
        ("slug", "Tea 1", "Some of these characters cannot be used here."),
        ("venue", "elsewhere", "Choose one of these."),
        ("price", "dear", "Enter an amount like 12.50."),
        ("price", "1.234", "Enter an amount like 12.50."),
        ("price", "-1", "Enter an amount like 12.50."),
        ("price", "NaN", "Enter an amount like 12.50."),
        ("price", "1e9999", "Enter an amount like 12.50."),
        ("price", "1e999999", "Enter an amount like 12.50."),
        ("price", "Infinity", "Enter an amount like 12.50."),
        ("price", "sNaN", "Enter an amount like 12.50."),
        ("places", "0", "Enter a number from 1 to 50."),
        ("places", "many", "Enter a number from 1 to 50."),
        ("unit", "herd", "Choose one of these."),
        ("note", "too long", "Use at most 5 characters."),
    ],
)
def test_each_wrong_field_has_its_problem_and_keeps_its_text(
    name: str, text: str, problem: str
) -> None:
    parsed = a_parser().parse({**TYPED, name: text}, stored=None)
    assert parsed.value is None
    assert parsed.problems == {name: problem}
    assert parsed.texts[name] == text


def test_every_problem_of_a_form_is_found_at_once() -> None:
    parsed = a_parser().parse({}, stored=None)
    assert set(parsed.problems) == {"name", "slug", "venue", "price", "places", "unit"}


def test_what_only_a_new_row_has_keeps_its_stored_value() -> None:
    parsed = a_parser().parse({**TYPED, "slug": "coffee"}, stored=STALL)
    assert parsed.value == STALL


def test_money_follows_the_decimals_of_its_currency() -> None:
    assert a_parser("JPY").parse({**TYPED, "price": "1250"}, stored=None).value == STALL
    assert a_parser("JPY").parse({**TYPED, "price": "12.50"}, stored=None).value is None
    assert a_parser("JPY").texts(STALL)["price"] == "1250"
    assert a_parser("RSD").texts(STALL)["price"] == "12.50"
    assert a_parser("KWD").parse({**TYPED, "price": "1.250"}, stored=None).value == STALL
    refused = a_parser("KWD").parse({**TYPED, "price": "dear"}, stored=None)
    assert refused.problems == {"price": "Enter an amount like 1.250."}


def test_a_field_of_money_names_the_currency() -> None:
    parser = a_parser("RSD")
    (group,) = parser.groups(parser.parse(TYPED, stored=None), stored=None, conflict=False)
    (price,) = (field for field in group.fields if field.name == "price")
    assert (price.label, price.unit) == ("Price (RSD)", "Serbian dinars")


def test_a_conflict_shows_what_is_stored_where_it_differs() -> None:
    parser = a_parser()
    parsed = parser.parse({**TYPED, "name": "Coffee", "unit": "person"}, stored=STALL)
    (group,) = parser.groups(parsed, stored=STALL, conflict=True)
    stored = {field.name: field.stored for field in group.fields if field.stored}
    assert stored == {"name": "Stored now: Tea", "unit": "Stored now: a group"}


def test_a_refused_field_has_a_problem_of_its_own_or_a_common_one() -> None:
    assert a_parser().refusal("places") == "Choose one of these."
    assert a_parser().refusal("name") == "This does not fit the other fields."
