"""What would do nothing is refused with its field, or the answer says what it comes to."""

import pytest
from tests.builders.api_client import Answer, ApiClient, Json

SCHEDULE: Json = {
    "starts_at": "2027-06-12T09:00",
    "duration_minutes": 30,
    "capacity": 4,
    "rule": "FREQ=DAILY;COUNT=3",
}


async def test_a_closure_that_closes_nothing_is_refused_or_says_so(api: ApiClient) -> None:
    await api.post("/offerings/sunflowers/schedules", SCHEDULE, key=api.key)
    venue = (await api.get("/offerings/sunflowers")).json["venue"]
    path = f"/venues/{venue}/closures"

    async def closed(starts_at: str, ends_at: str) -> Answer:
        body = {"starts_at": starts_at, "ends_at": ends_at, "reason": "Storm damage"}
        return await api.post(path, body, key=api.key)

    over = await closed("2027-06-10T00:00", "2027-06-12T09:00")
    assert (over.status, over.code) == (422, "closure_invalid"), "it is nine o'clock at the venue"
    skipped = await closed("2028-03-26T01:00", "2028-03-26T02:00")
    assert (skipped.status, skipped.code) == (422, "closure_invalid"), "the clocks skip that hour"
    elsewhen = await closed("2027-07-01T00:00", "2027-07-02T00:00")
    assert (elsewhen.status, elsewhen.json["slots_closed"]) == (201, 0)


async def test_a_schedule_that_gives_nothing_is_refused_or_says_so(
    api: ApiClient, subtests: pytest.Subtests
) -> None:
    path = "/offerings/sunflowers/schedules"
    for change, field in (
        ({"exdates": ["2027-06-13T00:00"]}, "exdates"),
        ({"starts_at": "2027-06-01T09:00"}, "rule"),
        ({"starts_at": "2027-06-01T09:00", "rule": ""}, "starts_at"),
        ({"starts_at": "2199-06-12T09:00"}, "rule"),
        ({"exdates": ["2027-06-12T09:00", "2027-06-13T09:00", "2027-06-14T09:00"]}, "rule"),
    ):
        with subtests.test(str(change)):
            refused = await api.post(path, {**SCHEDULE, **change}, key=api.key)
            assert refused.status == 422
            (error,) = rows(refused, "errors")
            assert error["field"] == field
            assert field == "exdates" or "40 years" in str(error["message"])
    added = await api.post(path, SCHEDULE, key=api.key)
    venue = (await api.get("/offerings/sunflowers")).json["venue"]
    season = {"starts_at": "2027-06-01T00:00", "ends_at": "2027-12-01T00:00", "reason": "Works"}
    await api.post(f"/venues/{venue}/closures", season, key=api.key)
    changed = await api.ask(
        "PATCH", f"/schedules/{added.json['id']}", json={"capacity": 9}, key=api.key
    )
    times = changed.json["times"]
    assert isinstance(times, dict)
    assert (times["bookable"], times["closed"]) == (0, 3)


async def test_query_parameters_that_nobody_reads_are_refused(api: ApiClient) -> None:
    slot = await api.business.a_slot()
    booked = await api.book(slot)
    for path, field in (
        ("/offerings?published=false", "published"),
        ("/offerings/sunflowers/availability?form=2027-06-12", "form"),
        ("/offerings/sunflowers/availability?party=2&party=3", "party"),
        (f"/bookings/{booked.json['ref']}?include=history", "include"),
        ("/bookings?state=confirmed", "state"),
    ):
        refused = await api.get(path, key=api.key)
        assert (refused.status, refused.code) == (422, "invalid_input"), path
        assert rows(refused, "errors")[0]["field"] == field
    link = str(booked.json["manage_url"])
    token = link.partition("t=")[2]
    assert (await api.get(f"/bookings/{booked.json['ref']}?token={token}")).status == 200


def rows(answer: Answer, name: str) -> list[dict[str, object]]:
    found = answer.json[name]
    assert isinstance(found, list)
    return found
