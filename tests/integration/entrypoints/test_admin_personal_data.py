"""Pages of personal data: everything held, erasure, retention with its preview, who looked."""

import json
import re
from datetime import timedelta
from typing import cast

from tests.builders.business import Business, a_business
from tests.builders.html_text import visible_text
from tests.builders.staff_browser import Staff, form_of, rows, sell, text
from tests.builders.statement_counts import added, statements
from tests.builders.worker_steps import relay_all, send_emails

from fullhouse.bootstrap.application import Application
from fullhouse.customers.model import CustomerId
from fullhouse.customers.reactions import customers_subscriber
from fullhouse.customers.reads.access_log import AccessSearch, accesses
from fullhouse.customers.reads.customers import CustomerSearch, find_customers
from fullhouse.kernel.clock import ManualClock
from fullhouse.kernel.context import OPERATOR, RequestContext

STATEMENTS_MAX = 9
"""An export reads each kind of thing once."""


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
        found = await accesses(session, business.org_id, AccessSearch())
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


async def test_program_exports_a_person_as_the_page_does_and_is_noted(
    app: Application, business: Business, staff: Staff
) -> None:
    customer, api = await a_customer(app, business), staff.api
    by_page = json.loads((await staff.get(f"customers/{customer}/data.json")).body)
    answer = await api.get(f"/customers/{customer}/data", key=api.key)
    assert answer.status == 200, answer.body
    assert answer.json == by_page
    assert answer.headers["cache-control"] == "no-store"
    await app.access_log.write()
    again = (await api.get(f"/customers/{customer}/data", key=api.key)).json
    noted = cast("list[dict[str, str]]", again["accesses"])
    assert {(one["kind"], one["actor"].partition(":")[0]) for one in noted} == {
        ("data", "account"),
        ("data", "key"),
    }


async def test_program_erases_a_person_once_nothing_is_to_come_and_says_before_what_stays(
    app: Application, business: Business, staff: Staff
) -> None:
    customer, api = await a_customer(app, business), staff.api
    path = f"/customers/{customer}"
    preview = {"bookings": 1, "waiting_list": 0, "messages": 1, "coming": 1}
    assert (await api.get(f"{path}/erasure", key=api.key)).json == preview
    early = await api.ask("DELETE", path, key=api.key)
    assert (early.status, early.code, early.json["coming"]) == (409, "customer_expected", 1)
    advance(app, timedelta(days=30))
    assert (await api.get(f"{path}/erasure", key=api.key)).json == {**preview, "coming": 0}
    once = {"Idempotency-Key": "erase-Ada"}
    for is_repeat in (False, True):
        erased = await api.ask("DELETE", path, key=api.key, headers=once)
        assert erased.status == 204, erased.body
        assert ("idempotent-replayed" in erased.headers) == is_repeat
    for gone in (path, f"{path}/data", f"{path}/erasure"):
        method = "DELETE" if gone == path else "GET"
        refused = await api.ask(method, gone, key=api.key)
        assert (refused.status, refused.code) == (404, "unknown_customer")
    booked = await api.get("/bookings?from=2027-06-12&to=2027-07-11", key=api.key)
    assert b"Ada Lovelace" not in booked.body
    assert len(cast("list[object]", booked.json["bookings"])) == 1


async def test_what_a_program_exports_of_a_part_is_the_whole_person(
    app: Application, business: Business, staff: Staff
) -> None:
    ada, api = await a_customer(app, business), staff.api
    await sell(app, business, "Emmy Noether", starts_in=timedelta(days=8))
    await relay_all(app, (customers_subscriber(),))
    async with app.database.session() as session:
        (emmy,) = await find_customers(session, business.org_id, CustomerSearch(text="emmy"))
    context = RequestContext(OPERATOR, app.ids.uuid())
    async with app.unit_of_work(context, business.org_id) as uow:
        await app.customers.merge_customers(uow, ada, [emmy.customer_id])
    whole, part = [
        (await api.get(f"/customers/{one}/data", key=api.key)).json
        for one in (ada, emmy.customer_id)
    ]
    assert whole["contacts"] == part["contacts"]
    assert len(cast("list[object]", part["bookings"])) == 2


async def looks(staff: Staff, query: str = "") -> str:
    page = text(await staff.get(f"audit?kind=access{query}"))
    return visible_text("<body>" + page.partition("<tbody>")[2].partition("</tbody>")[0])


async def test_audit_lists_who_looked_at_whom_by_person_and_day_and_as_csv(
    app: Application, business: Business, staff: Staff
) -> None:
    key = await a_customer(app, business)
    await staff.get(f"customers/{key}")
    await app.access_log.write()
    advance(app, timedelta(days=1))
    staff = Staff(staff.api, await staff.api.staff_cookie("Emmy"))
    await staff.get(f"customers/{key}/data")
    await app.access_log.write()
    assert (
        '<option value="access">Who looked at whom</option>'
        in (await staff.get("audit")).body.decode()
    )
    both = await looks(staff)
    assert both.index("Looked at everything held of a customer Ada Lovelace Emmy") < both.index(
        "Looked at a customer Ada Lovelace Ada"
    )
    assert (await looks(staff, f"&day={app.clock.now().date()}")).count("Looked at") == 1
    found = re.search(r'<option value="(account:[^"]+)">Ada<', text(await staff.get("audit")))
    assert found is not None
    assert (await looks(staff, f"&person={found[1]}")).count("Looked at") == 1
    assert "Looked at" not in await looks(staff, "&person=guest")
    assert (await looks(staff, "&after=nonsense")).count("Looked at") == 2
    file = (await staff.get("audit.csv?kind=access")).body.decode("utf-8-sig")
    assert "Looked at a customer,Ada Lovelace,Ada" in file
    assert "Looked at" not in (await staff.get("audit.csv")).body.decode()
