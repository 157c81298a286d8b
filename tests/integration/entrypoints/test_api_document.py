"""The OpenAPI document speaks to people: names, descriptions, examples and formats."""

import re
from collections.abc import Iterator, Mapping
from typing import cast

import pytest
from tests.builders.api_client import ApiClient

from fullhouse.observability.alert_rules import RULES
from fullhouse.observability.alert_texts import RUNBOOKS_PATH, runbook_path

Schema = Mapping[str, object]

FORMATS = {
    "date-time": re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)"),
    "date": re.compile(r"\d{4}-\d\d-\d\d"),
    "uri": re.compile(r"https?://\S+"),
    "email": re.compile(r"[^\s@]+@[^\s@]+"),
    "uuid": re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
}
MAY_BE_EMPTY = {
    *("Organisation.email", "OrganisationPatch.email"),
    *("Organisation.reply_to", "OrganisationPatch.reply_to", "SignInRequest.login"),
    "SentMessage.recipient",
}
"""What is an address, an empty text, a number or a national id: its format would not be true."""
INNER_WORDS = ("Response", "Shape", "Answer", "Fields", "Struct", "Body", "DTO")
VALUES = {"examples", "enum", "const"}


@pytest.fixture
async def document(api: ApiClient) -> Schema:
    return (await api.ask("GET", "//schema/openapi.json")).json


def properties(document: Schema) -> Iterator[tuple[str, Schema]]:
    """Every property of a schema, by `Schema.property`."""
    for name, schema in _schemas(document).items():
        for field, one in cast("dict[str, Schema]", schema.get("properties", {})).items():
            yield f"{name}.{field}", one


def parameters(document: Schema) -> Iterator[tuple[str, Schema]]:
    for methods in cast("dict[str, dict[str, Schema]]", document["paths"]).values():
        for operation in methods.values():
            for parameter in cast("list[Schema]", operation["parameters"]):
                yield f"{operation['operationId']}: {parameter['name']}", parameter


async def test_schemas_are_called_what_they_describe(document: Schema) -> None:
    names = _schemas(document).keys()
    assert {"Booking", "Offering", "BookingList", "CreateBookingRequest"} <= names
    assert [name for name in names if name.endswith(INNER_WORDS)] == []


async def test_every_property_has_a_description(document: Schema) -> None:
    """Add it to `FIELDS` of the API, or to the `Meta` of the field."""
    assert [name for name, one in properties(document) if not one.get("description")] == []


async def test_every_simple_property_has_an_example(document: Schema) -> None:
    """Add the field to the `example` of its struct, with a value of the flower farm."""
    missing = [
        name
        for name, one in properties(document)
        if all(_is_simple(option) and not VALUES & option.keys() for option in _options(one))
        and not VALUES & one.keys()
    ]
    assert missing == []


async def test_names_in_examples_are_those_of_the_thing(document: Schema) -> None:
    shown = {name: one["examples"] for name, one in properties(document) if name.endswith(".name")}
    assert shown["Offering.name"] == shown["OfferingPatch.name"] == ["Sunflower morning"]
    assert shown["Venue.name"] == ["North field"]
    assert shown["Customer.name"] == ["Ana Bauer"]


async def test_instants_days_links_and_addresses_have_their_format(document: Schema) -> None:
    checked = 0
    for name, one in properties(document):
        if name in MAY_BE_EMPTY:
            continue
        options = [one, *_options(one)]
        formats = {option["format"] for option in options if "format" in option}
        for option in options:
            for example in cast("list[object]", option.get("examples", [])):
                wanted = {key for key, form in FORMATS.items() if form.fullmatch(str(example))}
                assert wanted <= formats, (name, example)
                checked += bool(wanted)
    assert checked > 50


async def test_every_parameter_has_a_description_where_viewers_look_for_it(
    document: Schema,
) -> None:
    for name, parameter in parameters(document):
        assert parameter["description"], name
        assert "anyOf" not in cast("Schema", parameter["schema"]), name


async def test_examples_of_errors_show_all_their_facts(document: Schema) -> None:
    paths = cast("dict[str, dict[str, dict[str, dict[str, Schema]]]]", document["paths"])
    seen = set()
    for responses in (one["responses"] for path in paths.values() for one in path.values()):
        for response in responses.values():
            content = cast("dict[str, dict[str, dict[str, dict[str, Schema]]]]", response)
            problem = content.get("content", {}).get("application/problem+json")
            for code, example in (problem or {}).get("examples", {}).items():
                members = _members(document, code)
                shown = cast("Schema", example["value"])
                assert members == shown.keys(), code
                seen.add(code)
    assert {"slot_full", "slot_closed", "possible_duplicate"} <= seen


async def test_kinds_of_offerings_are_those_that_exist(document: Schema) -> None:
    kind = dict(properties(document))["Offering.kind"]
    assert kind["enum"] == ["timed_entry"]


def _members(document: Schema, code: str) -> set[str]:
    """Those of the schema of a problem."""
    for name, schema in _schemas(document).items():
        found = cast("dict[str, Schema]", schema.get("properties", {}))
        if name.endswith("Problem") and found["code"]["enum"] == [code]:
            return set(found)
    raise AssertionError(code)


def _schemas(document: Schema) -> dict[str, Schema]:
    components = cast("dict[str, dict[str, Schema]]", document["components"])
    return components["schemas"]


def _options(schema: Schema) -> list[Schema]:
    """What a value may be beside null."""
    options = cast("list[Schema]", schema.get("anyOf", [schema]))
    return [option for option in options if option.get("type") != "null"]


def _is_simple(schema: Schema) -> bool:
    return schema.get("type") in {"string", "integer", "number"}


async def test_the_type_of_an_error_leads_to_its_documentation(api: ApiClient) -> None:
    problem = await api.get("/bookings/K7QF2M9D", key=api.key)
    path, _, anchor = str(problem.json["type"]).partition("#")
    page = await api.ask("GET", "/" + path)
    assert (page.status, anchor) == (200, "unknown_booking")
    assert f'<section id="{anchor}">' in page.body.decode()


async def test_the_runbook_of_each_alert_is_a_page_whose_links_lead_somewhere(
    api: ApiClient,
) -> None:
    wanted, read = {RUNBOOKS_PATH, *(runbook_path(rule.runbook) for rule in RULES)}, set[str]()
    while wanted - read:
        path = (wanted - read).pop()
        read.add(path)
        page = await api.ask("GET", f"/{path}")
        assert page.status == 200, path
        text = page.body.decode()
        assert text.count("<h1>") == 1, path
        links = {link.partition("#")[0] for link in re.findall(r'<a href="([^"]+)"', text)}
        assert not [link for link in links if link.endswith(".md")], path
        wanted |= {link for link in links if link.startswith(RUNBOOKS_PATH)}
    assert len(read) > 20


async def test_every_error_of_the_document_is_documented(api: ApiClient, document: Schema) -> None:
    page = (await api.ask("GET", "//docs/errors")).body.decode()
    problems = [name for name in _schemas(document) if name.endswith("Problem")]
    codes = {
        cast("list[str]", dict(properties(document))[f"{name}.code"]["enum"])[0]
        for name in problems
    }
    assert {code for code in codes if f'id="{code}"' not in page} == set()
    assert len(codes) > 50


async def test_the_documentation_loads_nothing_from_elsewhere(api: ApiClient) -> None:
    page = await api.ask("GET", "//docs")
    policy = page.headers["content-security-policy"]
    assert "http" not in policy
    assert "script-src 'self';" in policy
    text = page.body.decode()
    loaded = re.findall(r'(?:src|href)="([^"]+)"', text)
    assert len(loaded) > 4
    assert all(link.startswith("/") for link in loaded)
    for link in loaded:
        assert (await api.ask("GET", "/" + link)).status == 200, link


async def test_other_pages_keep_their_own_policy(api: ApiClient) -> None:
    for path in ("//meadow", "//schema/openapi.json", f"//api/v1/{api.org}"):
        policy = (await api.ask("GET", path)).headers["content-security-policy"]
        assert "unsafe-inline" not in policy, path
