"""Pages of personal data: everything held, erasure, retention with its preview, who looked."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from tests.builders.api_client import an_api_client
from tests.builders.business import Business, a_business
from tests.builders.staff_browser import Staff, form_of, rows, sell, text
from tests.builders.statement_counts import added, statements
from tests.builders.worker_steps import relay_all, send_emails

from fullhouse.bootstrap.application import Application
from fullhouse.customers.model import CustomerId
from fullhouse.customers.reactions import customers_subscriber
from fullhouse.customers.reads.access_log import accesses
from fullhouse.customers.reads.customers import CustomerSearch, find_customers
from fullhouse.kernel.clock import ManualClock

STATEMENTS_MAX = 14
"""An export reads each kind of thing once; it is no page of every day."""


@pytest.fixture
async def staff(app: Application, business: Business) -> AsyncIterator[Staff]:
    api = await an_api_client(app, business)
    async with api.client:
        yield Staff(api, await api.staff_cookie())


async def a_customer(app: Application, business: Business) -> CustomerId:
    await sell(app, business, "Ada Lovelace")
    await relay_all(app, (customers_subscriber(),))
    await send_emails(app)
    async with app.database.session() as session:
        (found,) = await find_customers(session, business.org_id, CustomerSearch(text="ada"))
    return found.customer_id


def advance(app: Application, span: timedelta) -> None:
    assert isinstance(app.clock, ManualClock)
    app.clock.advance(span)


async def test_everything_held_is_read_and_downloaded(
    app: Application, business: Business, staff: Staff
) -> None:
    key = await a_customer(app, business)
    assert "Everything we hold" in text(await staff.get(f"customers/{key}"))
    before = statements(app)
    page = text(await staff.get(f"customers/{key}/data"))
    assert len(added(before, statements(app))) <= STATEMENTS_MAX
    for held in ("ada.lovelace@example.org", "£12.00", "You&#39;re booked: Sunflower morning"):
        assert held in page
    answer = await staff.get(f"customers/{key}/data.json")
    assert answer.headers["content-type"] == "application/json"
    data = json.loads(answer.body)
    assert data["contacts"] == ["email:ada.lovelace@example.org"]
    assert [one["kind"] for one in data["messages"]] == ["confirmation"]


async def test_each_look_is_in_the_access_log(
    app: Application, business: Business, staff: Staff
) -> None:
    key = await a_customer(app, business)
    (ref,) = await sell(app, business, "Emmy Noether", starts_in=timedelta(days=8))
    api = staff.api
    for path in (f"customers/{key}", f"customers/{key}/data", f"bookings/{ref}", "customers"):
        await staff.get(path)
    await api.get("/customers?email=ada.lovelace@example.org", key=api.key)
    await app.access_log.write()
    async with app.database.session() as session:
        found = await accesses(session, business.org_id)
    assert sorted(one.kind for one in found) == ["booking", "customer", "data", "program"]
    assert {one.actor.partition(":")[0] for one in found} == {"account", "key"}


async def test_customer_is_erased_when_that_is_meant_and_nothing_is_to_come(
    app: Application, business: Business, staff: Staff
) -> None:
    key = await a_customer(app, business)
    path = f"customers/{key}/erase"
    form = form_of(await staff.get(path))
    form.pop("sure", None)
    unsure = await staff.post(path, **form)
    assert (unsure.status, "Tick this to erase the customer." in text(unsure)) == (422, True)
    early = await staff.post(path, **form, sure="yes")
    assert early.status == 409
    assert "1 booking or waiting-list entry is still to come." in text(early)
    advance(app, timedelta(days=30))
    staff = Staff(staff.api, await staff.api.staff_cookie())
    erased = await staff.post(path, **form, sure="yes")
    assert (erased.status, erased.headers["location"]) == (303, "/admin/meadow/customers")
    assert rows(await staff.get("customers")) == []
    assert (await staff.get(f"customers/{key}")).status == 404
    listed = text(await staff.get("bookings"))
    assert "Ada Lovelace" not in listed
    assert "Booked" in listed


async def test_rule_of_retention_is_saved_after_its_preview(
    app: Application, business: Business, staff: Staff
) -> None:
    await a_customer(app, business)
    advance(app, timedelta(days=100))
    staff = Staff(staff.api, await staff.api.staff_cookie())
    form = form_of(await staff.get("customers/retention"))
    assert form["months"] == ""
    preview = await staff.post("customers/retention", **{**form, "months": "2"})
    assert preview.status == 200
    assert "This rule erases 1 customer the next night." in text(preview)
    assert "Ada Lovelace" in text(preview)
    assert form_of(await staff.get("customers/retention"))["months"] == "", "not saved yet"
    changed = await staff.post("customers/retention", **{**form_of(preview), "months": "3"})
    assert "This rule erases 1 customer" in text(changed), "a preview of what is saved"
    saved = await staff.post("customers/retention", **form_of(changed))
    assert saved.status == 303
    stale = {**form_of(changed), "months": "3", "previewed": "3"}
    late = await staff.post("customers/retention", **stale)
    assert (late.status, "Someone else changed this" in text(late)) == (409, True)
    for wrong in ("0", "121", "soon"):
        answer = await staff.post("customers/retention", **{**form, "months": wrong})
        assert (answer.status, "Enter a number from 1 to 120." in text(answer)) == (422, True)
    assert await app.customers.apply_retention() == 1
    now = form_of(await staff.get("customers/retention"))
    assert (await staff.post("customers/retention", **{**now, "months": ""})).status == 303


async def test_personal_data_is_for_those_who_manage_customers(
    app: Application, business: Business, staff: Staff
) -> None:
    key = await a_customer(app, business)
    clerk = Staff(staff.api, await staff.api.staff_cookie("Cleo", role="staff"))
    assert "Everything we hold" not in text(await clerk.get(f"customers/{key}"))
    for path in (f"customers/{key}/data", f"customers/{key}/data.json", "customers/retention"):
        assert (await clerk.get(path)).status == 403
    for path in (f"customers/{key}/erase", "customers/retention"):
        assert (await clerk.post(path, sure="yes", months="1")).status == 403


async def test_data_of_another_organisation_are_not_shown(app: Application, staff: Staff) -> None:
    other = await a_business(app.database, app.clock, app.ids, slug="orchard")
    key = await a_customer(app, other)
    advance(app, timedelta(days=30))
    staff = Staff(staff.api, await staff.api.staff_cookie())
    for path in (f"customers/{key}/data", f"customers/{key}/data.json", f"customers/{key}/erase"):
        assert (await staff.get(path)).status == 404
    assert (await staff.post(f"customers/{key}/erase", sure="yes")).status == 404
    async with app.database.session() as session:
        assert len(await find_customers(session, other.org_id, CustomerSearch())) == 1
