"""How many bookings of an offering anybody makes in a day for one e-mail address."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from tests.builders.api_client import Answer, ApiClient, Json, an_api_client
from tests.builders.business import Business, save

from fullhouse.booking.limits import CUSTOMER_BOOKINGS_PER_DAY_MAX as PER_DAY
from fullhouse.booking.model.offering import OfferingId
from fullhouse.booking.model.slot import SlotId
from fullhouse.bootstrap.application import Application
from fullhouse.kernel.clock import ManualClock
from fullhouse.kernel.context import OPERATOR, RequestContext

FORM = {"content-type": "application/x-www-form-urlencoded"}


@pytest.fixture
async def api(app: Application, business: Business) -> AsyncIterator[ApiClient]:
    api = await an_api_client(app, business)
    async with api.client:
        yield api


def a_body(slot: SlotId, **more: object) -> Json:
    customer = {"name": "Ada Lovelace", "email": "victim@example.org"}
    return {"slot": str(slot), "party": 1, "customer": customer, **more}


async def fill(api: ApiClient) -> list[Answer]:
    """As many bookings as anybody may make, days apart from each other."""
    slots = await api.business.slots(PER_DAY, minutes=24 * 60)
    answers = [await api.post("/bookings", a_body(slot)) for slot in slots]
    assert {answer.status for answer in answers} == {201}
    return answers


async def test_limit_says_what_to_do_and_asking_for_another_does_not_help(api: ApiClient) -> None:
    await fill(api)
    slot = await api.business.a_slot(starts_in=timedelta(days=40))
    for more in ({}, {"allow_duplicate": True}):
        answer = await api.post("/bookings", a_body(slot, **more))
        assert (answer.status, answer.code) == (409, "too_many_bookings")
        assert answer.json["bookings_max"] == PER_DAY
        assert "by the link in its ticket" in str(answer.json["detail"])
    other = {"name": "Grace Hopper", "email": "grace@example.org"}
    assert (await api.post("/bookings", a_body(slot, customer=other))).status == 201


async def test_duplicates_of_one_time_are_limited_too(api: ApiClient) -> None:
    """Each with a key of its own, at the same moment."""
    slot = await api.business.a_slot(capacity=50)
    async with asyncio.TaskGroup() as group:
        tasks = [
            group.create_task(
                api.post("/bookings", a_body(slot, allow_duplicate=True), once=f"key-{number:>016}")
            )
            for number in range(3 * PER_DAY)
        ]
    statuses = Counter((task.result().status, task.result().code) for task in tasks)
    assert statuses == {(201, None): PER_DAY, (409, "too_many_bookings"): 2 * PER_DAY}


async def test_a_hold_is_confirmed_within_the_same_limit_by_api_and_page(api: ApiClient) -> None:
    await fill(api)
    slot = await api.business.a_slot(starts_in=timedelta(days=40))
    hold = (await api.post("/holds", {"slot": str(slot), "party": 1})).json["id"]
    customer = {"name": "Ada Lovelace", "email": "Victim@example.org"}
    for more in ({}, {"allow_duplicate": True}):
        answer = await api.post("/bookings", {"hold": hold, "customer": customer, **more})
        assert (answer.status, answer.code) == (409, "too_many_bookings")
    page = await api.ask(
        "POST",
        f"//{api.org}/sunflowers/holds/{hold}",
        headers=FORM,
        content=urlencode({**customer, "allow_duplicate": "yes"}).encode(),
    )
    assert page.status == 409
    assert "Many bookings were made with this e-mail address today" in page.body.decode()
    assert "contact us to book more" in page.body.decode()


async def test_a_repeat_still_gets_the_first_answer(api: ApiClient) -> None:
    slots = await api.business.slots(PER_DAY, minutes=24 * 60)
    keys = [f"key-{number:>016}" for number in range(PER_DAY)]
    first = [
        await api.post("/bookings", a_body(slot), once=key)
        for slot, key in zip(slots, keys, strict=True)
    ]
    again = await api.post("/bookings", a_body(slots[-1]), once=keys[-1])
    assert (again.status, again.body) == (200, first[-1].body)


async def test_a_cancelled_booking_and_the_next_day_make_room(
    api: ApiClient, clock: ManualClock
) -> None:
    first = (await fill(api))[0]
    ref, slot = first.json["ref"], await api.business.a_slot(starts_in=timedelta(days=40))
    assert (await api.post("/bookings", a_body(slot))).code == "too_many_bookings"
    assert (await api.post(f"/bookings/{ref}/cancel", key=api.key)).status == 200
    assert (await api.post("/bookings", a_body(slot))).status == 201
    later = await api.business.a_slot(starts_in=timedelta(days=50))
    assert (await api.post("/bookings", a_body(later))).code == "too_many_bookings"
    clock.advance(timedelta(days=1))
    assert (await api.post("/bookings", a_body(later))).status == 201


async def test_another_offering_has_its_own_count(api: ApiClient, app: Application) -> None:
    await fill(api)
    offering = replace(api.business.offering, offering_id=OfferingId(app.ids.uuid()), slug="tulips")
    other = replace(api.business, offering=await save(app, offering))
    slot = await other.a_slot(starts_in=timedelta(days=40))
    assert (await api.post("/bookings", a_body(slot))).status == 201


@pytest.mark.parametrize("who", ["manage", "staff", "book"])
async def test_staff_and_keys_that_manage_are_exempt_and_other_keys_are_not(
    api: ApiClient, app: Application, who: str
) -> None:
    await fill(api)
    slot = await api.business.a_slot(starts_in=timedelta(days=40))
    headers = await api.staff_cookie() if who == "staff" else {}
    key = api.key if who == "manage" else None
    if who == "book":
        context = RequestContext(OPERATOR, app.ids.uuid())
        async with app.unit_of_work(context, api.business.org_id) as uow:
            key = (await app.people.issue_api_key(uow, name="Shop", scope="book")).secret
    answer = await api.ask("POST", "/bookings", json=a_body(slot), key=key, headers=headers)
    expected = (409, "too_many_bookings") if who == "book" else (201, None)
    assert (answer.status, answer.code) == expected
