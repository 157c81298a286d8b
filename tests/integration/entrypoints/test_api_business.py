"""A business and its venues are changed through the API, and shown so at once."""

import asyncio

import pytest
from tests.builders.api_client import ApiClient, Json
from tests.builders.operations import Sent

ORGANISATION: Json = {
    "name": "Meadow and Sons",
    "tagline": "Flowers since 1901",
    "email": "hello@meadow.example",
    "phone": "+442079460958",
    "locale": "en-GB",
    "accent": "#1f6b43",
    "cover": "picnic.svg",
    "logo": "picnic.svg",
}
VENUE: Json = {
    "name": "The old barn",
    "address": "2 Mill Lane, Ely",
    "latitude": 52.4,
    "longitude": 0.26,
    "directions": "Past the mill.",
    "subdivision": "SCT",
}


def venue_path(api: ApiClient) -> str:
    return f"/venues/{api.business.offering.venue_id}"


async def test_an_organisation_is_changed_and_shown_at_once(api: ApiClient) -> None:
    before = (await api.get("")).json
    changed = await Sent("PATCH", "", json=ORGANISATION).send(api)
    expected = {**before, **ORGANISATION, "version": 2}
    assert (changed.status, changed.json) == (200, expected)
    shown = await api.get("")
    assert (shown.json, shown.headers["etag"]) == (expected, '"2"')
    page = (await api.ask("GET", "//meadow")).body.decode()
    assert "Meadow and Sons" in page
    assert "Flowers since 1901" in page


async def test_a_venue_is_changed_and_shown_at_once(api: ApiClient) -> None:
    path = venue_path(api)
    before = await api.get(path)
    assert (before.status, before.headers["etag"]) == (200, '"1"')
    changed = await Sent("PATCH", path, json=VENUE).send(api)
    expected = {**before.json, **VENUE, "version": 2}
    assert (changed.status, changed.json) == (200, expected)
    assert (await api.get(path)).json == expected
    assert expected in (await api.get("/venues")).json["venues"]  # type: ignore[operator]  # a list


@pytest.mark.parametrize("path", ["", "venue", "/offerings/sunflowers"])
async def test_a_change_that_changes_nothing_is_none(api: ApiClient, path: str) -> None:
    path = venue_path(api) if path == "venue" else path
    before = await api.get(path)
    for change in ({}, {"name": before.json["name"]}):
        same = await Sent("PATCH", path, json=change).send(api)
        assert (same.status, same.json) == (200, before.json)
    events = (await api.get("/events", key=api.key)).json["events"]
    assert isinstance(events, list)
    assert not [event["kind"] for event in events if event["kind"].endswith("Changed")]


@pytest.mark.parametrize("path", ["", "venue"])
async def test_fields_left_out_stay_and_of_two_editors_the_second_is_refused(
    api: ApiClient, path: str
) -> None:
    path = path and venue_path(api)
    read = await api.get(path)
    tag = {"If-Match": read.headers["etag"]}
    first = await Sent("PATCH", path, json={"name": "Ada's"}).send(api, headers=tag)
    assert first.json == {**read.json, "name": "Ada's", "version": 2}
    second = await Sent("PATCH", path, json={"name": "Grace's"}).send(api, headers=tag)
    assert (second.status, second.json["version"]) == (412, 2)


@pytest.mark.parametrize("path", ["", "venue"])
async def test_changes_of_different_fields_at_the_same_time_are_both_kept(
    api: ApiClient, path: str
) -> None:
    path, other = (venue_path(api), "address") if path else ("", "tagline")
    async with asyncio.TaskGroup() as group:
        for change in ({"name": "Noon"}, {other: "By the mill"}):
            group.create_task(Sent("PATCH", path, json=dict(change)).send(api))
    after = (await api.get(path)).json
    assert (after["name"], after[other], after["version"]) == ("Noon", "By the mill", 3)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"email": "nobody"}, "email"),
        ({"phone": "call me"}, "phone"),
        ({"accent": "green"}, "accent"),
        ({"name": ""}, "name"),
        ({"name": "\u200b"}, "name"),
        ({"name": "\u3164 \u200e"}, "name"),
        ({"name": None}, "name"),
        ({"cover": "https://elsewhere.example/x.png"}, "cover"),
        ({"currency": "ABC"}, "currency"),
        ({"slug": "other"}, "slug"),
    ],
)
async def test_what_an_organisation_cannot_be_is_refused(
    api: ApiClient, change: Json, field: str
) -> None:
    refused = await Sent("PATCH", "", json=change).send(api)
    assert refused.status == 422
    assert refused.json["errors"][0]["field"] == field  # type: ignore[index]  # a list
    assert (await api.get("")).json["version"] == 1


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"zone": "America/Chicago"}, "zone"),
        ({"country": "XX"}, "country"),
        ({"latitude": 91}, "latitude"),
        ({"name": "\u200b"}, "name"),
        ({"id": "x"}, "id"),
    ],
)
async def test_what_a_venue_cannot_be_is_refused(api: ApiClient, change: Json, field: str) -> None:
    refused = await Sent("PATCH", venue_path(api), json=change).send(api)
    assert refused.status == 422
    assert refused.json["errors"][0]["field"] == field  # type: ignore[index]  # a list


async def test_slots_follow_the_public_holidays_of_the_new_country(api: ApiClient) -> None:
    schedule = {
        "starts_at": "2027-07-04T10:00",
        "duration_minutes": 30,
        "capacity": 3,
        "rule": "FREQ=DAILY;COUNT=3",
        "closed_on_holidays": True,
    }
    added = await api.post("/offerings/sunflowers/schedules", schedule, key=api.key)
    assert added.status == 201, added.body
    assert await _states(api) == ["open", "open", "open"]
    moved = await Sent("PATCH", venue_path(api), json={"country": "US"}).send(api)
    assert moved.status == 200, moved.body
    # Independence Day of 2027 is a Sunday, and observed on Monday
    assert await _states(api) == ["closed", "closed", "open"]


async def test_slots_follow_an_offering_to_another_venue(api: ApiClient) -> None:
    path = "/offerings/sunflowers"
    schedule = {"starts_at": "2027-07-04T10:00", "duration_minutes": 30, "capacity": 3}
    added = await api.post(f"{path}/schedules", schedule, key=api.key)
    assert added.status == 201, added.body
    field: Json = {"name": "Field", "country": "US", "zone": "America/Chicago"}
    venue = await Sent("POST", "/venues", json=field).send(api)
    moved = await Sent("PATCH", path, json={"venue": venue.json["id"]}).send(api)
    assert moved.status == 200, moved.body
    async with api.app.database.unrestricted.session() as session:
        starts = await session.connection.fetchval("SELECT starts_at FROM slot")
    assert starts.isoformat() == "2027-07-04T15:00:00+00:00", "ten o'clock in Chicago"


async def test_slots_follow_the_public_holidays_of_the_new_part_of_the_country(
    api: ApiClient,
) -> None:
    boyne = {
        "starts_at": "2027-07-12T10:00",
        "duration_minutes": 30,
        "capacity": 3,
        "closed_on_holidays": True,
    }
    added = await api.post("/offerings/sunflowers/schedules", boyne, key=api.key)
    assert added.status == 201, added.body
    assert await _states(api, days="from=2027-07-12&to=2027-07-12") == ["open"]
    moved = await Sent("PATCH", venue_path(api), json={"subdivision": "NIR"}).send(api)
    assert moved.status == 200, moved.body
    assert await _states(api, days="from=2027-07-12&to=2027-07-12") == ["closed"]


async def test_a_price_changes_alone_by_patch_and_the_document_warns_of_put(
    api: ApiClient,
) -> None:
    path = "/offerings/sunflowers"
    before = (await api.get(path)).json
    changed = await Sent("PATCH", path, json={"price_amount": 1500}).send(api)
    price = {"amount": 1500, "currency": "GBP"}
    assert changed.json == {**before, "price": price, "version": changed.json["version"]}
    document = (await api.ask("GET", "//schema/openapi.json")).json
    put = document["paths"]["/api/v1/{org}/offerings/{slug}"]["put"]  # type: ignore[index]  # JSON
    assert "A field left out of a `PUT` loses its value" in put["description"]


async def _states(api: ApiClient, days: str = "from=2027-07-04&to=2027-07-06") -> list[str]:
    answer = await api.get(f"/offerings/sunflowers/availability?{days}")
    return [slot["state"] for slot in answer.json["slots"]]  # type: ignore[attr-defined]  # a list
