"""The sandbox's Cal.com v2, called as its documentation says."""

import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
from tests.builders.loop import until
from tests.builders.sandbox import RunningSandbox, a_sandbox
from tests.builders.webhook_receiver import Receiver, a_receiver

from fullhouse.kernel.clock import ManualClock
from fullhouse.sandbox.calcom import CalcomConfig

SLOTS, BOOKINGS = "2024-09-04", "2024-08-13"
DAY, NINE = "2027-06-14", "2027-06-14T09:00:00.000Z"
ADA = {"name": "Ada", "email": "ada@example.org", "timeZone": "Europe/Berlin"}


@dataclass(frozen=True, slots=True)
class CalClient:
    """Cal.com over HTTP."""

    box: RunningSandbox

    async def call(
        self, method: str, path: str, body: object = None, *, version: str = BOOKINGS
    ) -> tuple[int, dict[str, object]]:
        headers = {"Authorization": "Bearer cal_key"}
        if version:
            headers["cal-api-version"] = version
        url = f"{self.box.addresses.of('calcom')}/v2/{path}"
        async with self.box.http.request(method, url, json=body, headers=headers) as response:
            return response.status, await response.json()

    async def data(
        self, method: str, path: str, body: object = None, *, version: str = BOOKINGS
    ) -> dict[str, object]:
        status, answer = await self.call(method, path, body, version=version)
        assert (status in {200, 201}, answer["status"]) == (True, "success"), answer
        found = answer["data"]
        assert isinstance(found, dict)
        return found

    async def slots(self, query: str = "") -> dict[str, object]:
        path = f"slots?eventTypeId=7&start={DAY}&end={DAY}{query}"
        return await self.data("GET", path, version=SLOTS)

    async def book(self, start: str = NINE, **more: object) -> dict[str, object]:
        body = {"start": start, "eventTypeId": 7, "attendee": ADA, **more}
        return await self.data("POST", "bookings", body)


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with a_receiver(Receiver()) as receiver:
        yield receiver


@pytest.fixture
async def cal(clock: ManualClock, receiver: Receiver) -> AsyncIterator[CalClient]:
    async with a_sandbox(clock) as box:
        await box.set("calcom", key="cal_key", webhook_url=receiver.url)
        yield CalClient(box)


async def test_slots_are_listed_by_day_in_the_zone_that_is_asked_for(cal: CalClient) -> None:
    day = (await cal.slots())[DAY]
    assert isinstance(day, list)
    assert (len(day), day[0], day[-1]) == (
        16,
        {"start": "2027-06-14T09:00:00.000+00:00"},
        {"start": "2027-06-14T16:30:00.000+00:00"},
    )
    berlin = (await cal.slots("&timeZone=Europe/Berlin&format=range"))[DAY]
    assert isinstance(berlin, list)
    assert berlin[0] == {
        "start": "2027-06-14T11:00:00.000+02:00",
        "end": "2027-06-14T11:30:00.000+02:00",
    }


async def test_a_call_without_its_version_gets_the_form_of_an_older_one(cal: CalClient) -> None:
    older = await cal.data("GET", f"slots?eventTypeId=7&start={DAY}&end={DAY}", version="")
    assert list(older) == ["slots"]
    body = {"start": NINE, "eventTypeId": 7, "attendee": ADA}
    booked = await cal.data("POST", "bookings", body, version="")
    assert "startTime" in booked
    assert "start" not in booked


async def test_a_booking_takes_its_slot_and_keeps_our_metadata(cal: CalClient) -> None:
    booked = await cal.book(metadata={"fullhouse": "K7QF2M9D"})
    assert (booked["status"], booked["start"], booked["duration"]) == ("accepted", NINE, 30)
    day = (await cal.slots())[DAY]
    assert isinstance(day, list)
    assert len(day) == 15
    status, answer = await cal.call(
        "POST", "bookings", {"start": NINE, "eventTypeId": 7, "attendee": ADA}
    )
    assert status == 400
    error = answer["error"]
    assert isinstance(error, dict)
    assert "not available" in error["message"]
    _, listed = await cal.call("GET", "bookings?attendeeEmail=ada@example.org&status=upcoming")
    found = listed["data"]
    assert isinstance(found, list)
    assert [each["metadata"] for each in found] == [{"fullhouse": "K7QF2M9D"}]


@pytest.mark.parametrize(
    "metadata", [{"k" * 41: "v"}, {"k": "v" * 501}, {str(key): "v" for key in range(51)}]
)
async def test_metadata_past_its_limits_is_refused(
    cal: CalClient, metadata: dict[str, str]
) -> None:
    body = {"start": NINE, "eventTypeId": 7, "attendee": ADA, "metadata": metadata}
    status, answer = await cal.call("POST", "bookings", body)
    assert (status, answer["status"]) == (400, "error")


async def test_a_move_is_a_new_booking_and_cancels_the_former(cal: CalClient) -> None:
    first = await cal.book()
    moved = await cal.data(
        "POST", f"bookings/{first['uid']}/reschedule", {"start": "2027-06-14T09:30:00Z"}
    )
    assert moved["uid"] != first["uid"]
    assert moved["rescheduledFromUid"] == first["uid"]
    former = await cal.data("GET", f"bookings/{first['uid']}")
    assert (former["status"], former["rescheduledToUid"]) == ("cancelled", moved["uid"])
    again = await cal.call("POST", f"bookings/{first['uid']}/cancel", {})
    assert again[0] == 400
    ended = await cal.data("POST", f"bookings/{moved['uid']}/cancel", {"cancellationReason": "Ill"})
    assert (ended["status"], ended["cancellationReason"]) == ("cancelled", "Ill")
    day = (await cal.slots())[DAY]
    assert isinstance(day, list)
    assert len(day) == 16


async def test_a_booking_may_move_into_its_own_time_and_not_into_another(cal: CalClient) -> None:
    first = await cal.book()
    await cal.book("2027-06-14T10:00:00Z")
    path = f"bookings/{first['uid']}/reschedule"
    assert (await cal.call("POST", path, {"start": "2027-06-14T09:45:00Z"}))[0] == 400
    moved = await cal.data("POST", path, {"start": "2027-06-14T09:15:00Z"})
    assert moved["start"] == "2027-06-14T09:15:00.000Z"


async def test_a_reservation_keeps_a_slot_until_its_time(
    cal: CalClient, clock: ManualClock
) -> None:
    body = {"eventTypeId": 7, "slotStart": NINE, "reservationDuration": 10}
    made = await cal.data("POST", "slots/reservations", body, version=SLOTS)
    assert made["reservationUntil"] == "2027-06-12T08:10:00.000Z"

    async def slots_left() -> int:
        day = (await cal.slots())[DAY]
        assert isinstance(day, list)
        return len(day)

    assert await slots_left() == 15
    path = f"slots/reservations/{made['reservationUid']}"
    await cal.data("PATCH", path, {"reservationDuration": 20}, version=SLOTS)
    clock.advance(timedelta(minutes=15))
    assert await slots_left() == 15
    clock.advance(timedelta(minutes=5))
    assert await slots_left() == 16
    await cal.data("POST", "slots/reservations", body, version=SLOTS)
    assert (await cal.call("DELETE", path))[0] == 200
    assert (await cal.call("GET", path))[0] == 404


async def test_webhooks_are_signed_and_tell_each_change(cal: CalClient, receiver: Receiver) -> None:
    booked = await cal.book(metadata={"fullhouse": "1"})
    await cal.data("POST", f"bookings/{booked['uid']}/cancel", {"cancellationReason": "Ill"})
    await until(lambda: len(receiver.received) == 2)
    secret = CalcomConfig().secret.encode()
    for received in receiver.received:
        assert received.headers["X-Cal-Webhook-Version"] == "2021-10-20"
        expected = hmac.new(secret, received.body, hashlib.sha256).hexdigest()
        assert received.headers["X-Cal-Signature-256"] == expected
    told = {str(each.json["triggerEvent"]): each.json["payload"] for each in receiver.received}
    assert set(told) == {"BOOKING_CREATED", "BOOKING_CANCELLED"}
    created, cancelled = told["BOOKING_CREATED"], told["BOOKING_CANCELLED"]
    assert isinstance(created, dict)
    assert isinstance(cancelled, dict)
    assert (created["uid"], created["metadata"]) == (booked["uid"], {"fullhouse": "1"})
    assert (created["iCalSequence"], cancelled["iCalSequence"]) == (0, 1)


async def test_without_a_secret_a_webhook_says_so(cal: CalClient, receiver: Receiver) -> None:
    await cal.box.set("calcom", secret="", webhook_url="")
    made = await cal.data(
        "POST", "webhooks", {"subscriberUrl": receiver.url, "triggers": ["BOOKING_REJECTED"]}
    )
    booked = await cal.book()
    await cal.data("POST", f"bookings/{booked['uid']}/decline", {"reason": "Closed"})
    await until(lambda: bool(receiver.received))
    (received,) = receiver.received
    assert received.headers["X-Cal-Signature-256"] == "no-secret-provided"
    assert received.json["triggerEvent"] == "BOOKING_REJECTED"
    await cal.data("DELETE", f"webhooks/{made['id']}")
    assert (await cal.call("GET", "webhooks"))[1]["data"] == []


async def test_requests_past_the_rate_are_refused(cal: CalClient, clock: ManualClock) -> None:
    await cal.box.set("calcom", requests_max=2)
    url = f"{cal.box.addresses.of('calcom')}/v2/bookings"
    headers = {"Authorization": "Bearer cal_key"}
    seen = []
    for _ in range(3):
        async with cal.box.http.get(url, headers=headers) as response:
            seen.append((response.status, response.headers["X-RateLimit-Remaining-Default"]))
    assert seen == [(200, "1"), (200, "0"), (429, "0")]
    clock.advance(timedelta(seconds=60))
    assert (await cal.call("GET", "bookings"))[0] == 200


async def test_what_cannot_be_meant_is_refused(cal: CalClient) -> None:
    for query in ("start=x&end=y&eventTypeId=7", "start=2027-06-14&end=2027-06-15", ""):
        assert (await cal.call("GET", f"slots?{query}", version=SLOTS))[0] == 400
    for zone in ("Mars/Base", "../etc"):
        attendee = ADA | {"timeZone": zone}
        body = {"start": NINE, "eventTypeId": 7, "attendee": attendee}
        assert (await cal.call("POST", "bookings", body))[0] == 400
    past = {"start": "2027-06-11T09:00:00Z", "eventTypeId": 7, "attendee": ADA}
    assert (await cal.call("POST", "bookings", past))[0] == 400
    assert (await cal.call("GET", "bookings/nothing"))[0] == 404
    url = f"{cal.box.addresses.of('calcom')}/v2/bookings"
    async with cal.box.http.get(url, headers={"Authorization": "Bearer other"}) as response:
        assert response.status == 401
        assert json.loads(await response.text())["status"] == "error"
    booked = await cal.book()
    absent = await cal.data("POST", f"bookings/{booked['uid']}/mark-absent", {"host": True})
    assert absent["absentHost"] is True
    confirmed = await cal.data("POST", f"bookings/{booked['uid']}/confirm", {})
    assert confirmed["status"] == "accepted"
