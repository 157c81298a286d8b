"""The feed of events: each once, in the order of commits, whoever else writes meanwhile."""

from datetime import timedelta

import asyncpg
from tests.builders.api_client import ApiClient, Json, a_booking_body, token_of
from tests.builders.operations import Sent

from fullhouse.booking import limits
from fullhouse.entrypoints.api.events import event_cursor
from fullhouse.jobs.event_positions import EventPosition
from fullhouse.kernel.ids import OrgId
from fullhouse.messages.model.webhooks import PUBLIC_EVENTS


async def page(api: ApiClient, after: str = "", limit: int = 50) -> Json:
    answer = await api.get(f"/events?after={after}&limit={limit}", key=api.key)
    assert answer.status == 200, answer.body
    return answer.json


def events_of(body: Json) -> list[Json]:
    events = body["events"]
    assert isinstance(events, list)
    return events


async def test_a_booking_is_followed_from_its_beginning_to_its_end(api: ApiClient) -> None:
    start = str((await page(api, "latest"))["next"])
    slot = await api.business.a_slot(capacity=4)
    booked = await api.book(slot, party=2)
    ref = str(booked.json["ref"])
    await api.post(f"/bookings/{ref}/cancel?token={token_of(booked)}")
    first = await page(api, start)
    told = [(event["kind"], event["ref"]) for event in events_of(first)]
    assert told == [("Booked", ref), ("Cancelled", ref)]
    data = events_of(first)[1]["data"]
    assert isinstance(data, dict)
    assert (data["from_status"], data["to_status"], data["fee"]) == ("confirmed", "cancelled", 0)
    nothing = await page(api, str(first["next"]))
    assert (nothing["events"], nothing["more"]) == ([], False)
    assert events_of(await page(api, str(nothing["next"]))) == []


async def test_an_event_that_commits_late_is_not_skipped(api: ApiClient) -> None:
    slots = await api.business.slots(2)
    start = str((await page(api, "latest"))["next"])
    connection = await api.app.connect()
    late = connection.transaction()
    await late.start()
    await _write_event(connection, api.business.org_id)  # its number is the lowest
    await api.book(slots[0], name="Ada")
    early = await page(api, start)
    assert early["events"] == [], "what follows an open transaction waits for it"
    await late.commit()
    await connection.close()
    kinds = [event["kind"] for event in events_of(await page(api, str(early["next"])))]
    assert kinds == ["WaitingListLeft", "Booked"]


async def test_pages_together_are_the_whole_history_once(api: ApiClient) -> None:
    slots = await api.business.slots(7)
    for number, slot in enumerate(slots):
        await api.post("/bookings", a_booking_body(slot, name=f"Guest {number}"))
    whole = [event["id"] for event in events_of(await page(api, limit=200))]
    told: list[object] = []
    after, has_more = "", True
    while has_more:
        part = await page(api, after, limit=3)
        assert len(events_of(part)) <= 3
        told += [event["id"] for event in events_of(part)]
        after, has_more = str(part["next"]), bool(part["more"])
    assert told == whole
    assert len(whole) == len(set(map(str, whole))) >= 7


async def test_a_page_goes_through_a_bounded_part_of_the_history_of_all(api: ApiClient) -> None:
    start = str((await page(api, "latest"))["next"])
    connection = await api.app.connect()
    stranger = OrgId(api.app.ids.uuid())
    for _ in range(limits.FEED_EVENTS_SCANNED_MAX // 500):
        await _write_event(connection, stranger, times=500)
    await connection.close()
    await api.book(await api.business.a_slot())
    first = await page(api, start)
    assert (first["events"], first["more"]) == ([], True)
    second = await page(api, str(first["next"]))
    assert ([event["kind"] for event in events_of(second)], second["more"]) == (["Booked"], False)


async def test_no_event_tells_who_booked(api: ApiClient) -> None:
    slot = await api.business.a_slot(capacity=2)
    await api.book(slot, name="Ada Lovelace")
    waiting = await api.post("/waiting-list", a_booking_body(slot, name="Grace Hopper"))
    assert waiting.status == 201
    answer = await api.get("/events?limit=200", key=api.key)
    for secret in (b"Lovelace", b"lovelace", b"Hopper", b"hopper", b"example.org"):
        assert secret not in answer.body


async def test_another_organisation_and_a_guest_see_nothing(api: ApiClient) -> None:
    assert (await api.get("/events")).status == 401
    start = str((await page(api, "latest"))["next"])
    connection = await api.app.connect()
    await _write_event(connection, OrgId(api.app.ids.uuid()))
    await connection.close()
    assert events_of(await page(api, start)) == []


async def test_a_position_of_a_history_that_was_restored_since_is_refused(api: ApiClient) -> None:
    await api.book(await api.business.a_slot())
    gone = event_cursor(EventPosition(4_000_000_000, 1))
    for after in (gone, "nonsense", "MTIz", "%00", "é"):
        refused = await api.get(f"/events?after={after}", key=api.key)
        assert (refused.status, refused.code) == (422, "invalid_input"), after


async def test_changes_of_the_business_are_told_too(api: ApiClient) -> None:
    start = str((await page(api, "latest"))["next"])
    api.app.clock.advance(timedelta(seconds=1))  # type: ignore[attr-defined]  # set by hand
    await Sent("PATCH", "", json={"phone": "+442079460958"}).send(api)
    await Sent("PATCH", "/offerings/sunflowers", json={"price_amount": 1500}).send(api)
    told = events_of(await page(api, start))
    assert [event["kind"] for event in told] == ["OrganisationChanged", "OfferingChanged"]
    assert told[0]["data"] == {"slug": "meadow", "fields": ["phone"], "version": 1}


async def test_the_document_has_the_payload_of_every_kind(api: ApiClient) -> None:
    document = (await api.ask("GET", "//schema/openapi.json")).json
    schemas = document["components"]["schemas"]  # type: ignore[index]  # JSON
    for event in PUBLIC_EVENTS:
        envelope = schemas[f"{event.kind()}Event"]["properties"]
        assert envelope["kind"]["enum"] == [event.kind()]
        assert envelope["data"]["$ref"].endswith(f"/{event.kind()}")
        assert set(schemas[event.kind()]["properties"]) == set(event.__struct_fields__)


async def _write_event(connection: asyncpg.Connection, org_id: OrgId, *, times: int = 1) -> None:
    await connection.execute(
        "INSERT INTO event (org_id, kind, subject, data, actor, correlation_id, at) "
        "SELECT $1, 'WaitingListLeft', gen_random_uuid(), "
        "jsonb_build_object('offering_id', $1::uuid, 'slots', '[]'::jsonb), "
        "'guest', gen_random_uuid(), now() FROM generate_series(1, $2::integer)",
        org_id,
        times,
    )
