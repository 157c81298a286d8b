"""The pages of customers, and the API by which programs find them."""

import re
from collections.abc import Mapping
from datetime import timedelta

from tests.builders.api_client import ApiClient
from tests.builders.business import Business, a_business
from tests.builders.staff_browser import Staff, form_of, rows, sell, text
from tests.builders.statement_counts import added, statements
from tests.builders.worker_steps import relay_all

from fullhouse.bootstrap.application import Application
from fullhouse.customers.model import CustomerId
from fullhouse.customers.reactions import customers_subscriber
from fullhouse.customers.reads.customers import CustomerSearch, find_customers
from fullhouse.entrypoints.web.limits import ADMIN_ROWS

STATEMENTS_MAX = 9


async def customers_of(
    app: Application, business: Business, *names: str
) -> Mapping[str, CustomerId]:
    """Sell to each of these, and let the projection see it."""
    await sell(app, business, *names)
    await relay_all(app, (customers_subscriber(),))
    async with app.database.session() as session:
        found = await find_customers(session, business.org_id, CustomerSearch(limit=500))
    return {one.name: one.customer_id for one in found}


async def test_list_is_searched_sorted_and_paged(
    app: Application, business: Business, staff: Staff
) -> None:
    names = [f"Guest {n:03}" for n in range(ADMIN_ROWS + 2)]
    await customers_of(app, business, *names)
    assert rows(await staff.get("customers?q=guest.007")) == ["Guest 007"]
    first = await staff.get("customers?sort=name")
    assert rows(first) == names[:ADMIN_ROWS]
    link = re.search(r'href="/admin/meadow/(customers\?[^"]*after=[^"]*)" rel="next"', text(first))
    assert link is not None
    assert "Guest" not in link.group(1), "no name stands in a URL"
    second = await staff.get(link.group(1).replace("&amp;", "&"))
    assert rows(second) == names[ADMIN_ROWS:]
    csv = await staff.get("customers.csv?q=guest 003")
    assert (
        csv.body.decode("utf-8-sig").splitlines()[1].startswith("Guest 003,guest.003@example.org,")
    )


async def test_page_tells_who_it_is_in_few_statements(
    app: Application, business: Business, staff: Staff
) -> None:
    await sell(app, business, "Ada Lovelace", starts_in=timedelta(days=9))
    ids = await customers_of(app, business, "Ada Lovelace")
    path = f"customers/{ids['Ada Lovelace']}"
    await staff.get(path)
    before = statements(app)
    page = text(await staff.get(path))
    assert len(added(before, statements(app))) <= STATEMENTS_MAX, added(before, statements(app))
    assert "64 of 100: 12 for each booking up to 5;" in page
    assert '<a href="mailto:ada.lovelace@example.org">' in page
    assert len(re.findall(r'href="/admin/meadow/bookings/\w+"', page)) == 2
    before = statements(app)
    await staff.get("customers")
    assert len(added(before, statements(app))) <= STATEMENTS_MAX


async def test_note_and_tags_are_kept_and_two_writers_told(
    app: Application, business: Business, staff: Staff
) -> None:
    ids = await customers_of(app, business, "Ada Lovelace", "Emmy Noether")
    path = f"customers/{ids['Ada Lovelace']}/keep"
    mine = theirs = form_of(await staff.get(path))
    assert (await staff.post(path, **{**theirs, "tags": "press,  regular ,press"})).status == 303
    late = await staff.post(path, **{**mine, "note": "Vegan"})
    assert late.status == 409
    assert "Stored now: press, regular" in text(late)
    assert form_of(late)["note"] == "Vegan"
    again = {**form_of(late), "tags": "press"}
    assert (await staff.post(path, **again)).status == 303
    page = text(await staff.get(f"customers/{ids['Ada Lovelace']}"))
    assert "Vegan" in page
    assert "Note or tags changed" in page
    assert rows(await staff.get("customers?tag=press")) == ["Ada Lovelace"]
    many = ",".join(f"tag {n}" for n in range(21))
    wrong = await staff.post(path, **{**again, "tags": many})
    assert (wrong.status, "Use at most 20 tags of 40 characters." in text(wrong)) == (422, True)


async def test_consent_is_recorded_with_when_and_by_whom(
    app: Application, business: Business, staff: Staff
) -> None:
    ids = await customers_of(app, business, "Ada Lovelace", "Emmy Noether")
    path = f"customers/{ids['Ada Lovelace']}"
    assert (await staff.post(f"{path}/consent")).status == 303
    assert rows(await staff.get("customers?consent=given")) == ["Ada Lovelace"]
    assert (await staff.post(f"{path}/consent-withdrawn")).status == 303
    page = text(await staff.get(path))
    section = page.partition("<h2>Consent to news</h2>")[2].partition("</section>")[0]
    assert re.findall("<dt>([^<]*)</dt><dd>([^<]*)</dd>", section) == [
        ("Consent to news given", "Sat 12 June, 09:00, Ada"),
        ("Consent to news withdrawn", "Sat 12 June, 09:00, Ada"),
    ]


async def test_customers_are_merged_from_the_list_and_separated_again(
    app: Application, business: Business, staff: Staff
) -> None:
    ids = await customers_of(app, business, "Ada Lovelace", "Augusta King", "Emmy Noether")
    keys = [str(ids["Ada Lovelace"]), str(ids["Augusta King"])]
    selected = {f"row.{key}": "1" for key in keys}
    merged = await staff.post("customers/merge", query="", **selected)
    assert merged.status == 303, text(merged)
    listed = await staff.get(merged.headers["location"].removeprefix("/admin/meadow/"))
    assert "2 customers are one person now." in text(listed)
    assert rows(listed) == ["Emmy Noether", "Augusta King"] or len(rows(listed)) == 2
    page = text(await staff.get(f"customers/{keys[1]}"))
    assert "Merged of" in page
    again = await staff.post("customers/merge", query="", **selected)
    assert (again.status, "were merged meanwhile" in text(again)) == (409, True)
    one = await staff.post("customers/merge", query="", **{f"row.{keys[0]}": "1"})
    assert (one.status, "Select from 2 to 11 customers." in text(one)) == (409, True)
    assert (await staff.post("customers/unmerge", query="", **selected)).status == 303
    assert len(rows(await staff.get("customers"))) == 3
    await staff.post("customers/merge", query="", **selected)
    assert (await staff.post(f"customers/{keys[0]}/separate")).status == 303
    late = await staff.post(f"customers/{keys[0]}/separate")
    assert (late.status, "No customer is merged" in text(late)) == (409, True)


async def test_staff_who_may_not_merge_have_no_button(
    app: Application, business: Business, staff: Staff
) -> None:
    ids = await customers_of(app, business, "Ada Lovelace")
    clerk = Staff(staff.api, await staff.api.staff_cookie("Cleo", role="staff"))
    assert "customers/merge" not in text(await clerk.get("customers"))
    assert (await clerk.post("customers/merge", query="")).status == 403
    assert "Change note and tags" in text(await clerk.get(f"customers/{ids['Ada Lovelace']}"))


async def test_customer_of_another_organisation_is_unknown(app: Application, staff: Staff) -> None:
    other = await a_business(app.database, app.clock, app.ids, slug="orchard")
    ids = await customers_of(app, other, "Ada Lovelace", "Emmy Noether")
    key = ids["Ada Lovelace"]
    assert rows(await staff.get("customers")) == []
    for path in (f"customers/{key}", f"customers/{key}/keep", "customers/nobody"):
        assert (await staff.get(path)).status == 404
    for act in ("keep", "consent", "consent-withdrawn", "separate"):
        answer = await staff.post(f"customers/{key}/{act}", submitted="yes", tags="x", note="x")
        assert answer.status == 404, act
    selected = {f"row.{one}": "1" for one in ids.values()}
    for act in ("merge", "unmerge"):
        assert (await staff.post(f"customers/{act}", query="", **selected)).status == 404


async def test_program_finds_a_customer_by_phone_or_address(
    app: Application, business: Business, staff: Staff
) -> None:
    api = staff.api
    await customers_of(app, business, "Ada Lovelace")
    answer = await api.get("/customers?email=ADA.Lovelace@example.org", key=api.key)
    found = answer.json["customers"]
    assert isinstance(found, list)
    assert [(one["name"], one["bookings"], one["engagement"]) for one in found] == [
        ("Ada Lovelace", 1, 52)
    ]
    assert (await api.get("/customers?email=eve@example.org", key=api.key)).json == {
        "customers": []
    }
    assert (await api.get("/customers?phone=%2B442079460958", key=api.key)).json == {
        "customers": []
    }
    for query in ("", "?phone=", "?phone=12", "?email=nobody", "?phone=1&email=a@b.org"):
        assert (await api.get(f"/customers{query}", key=api.key)).status == 422, query
    assert (await api.get("/customers?email=ada.lovelace@example.org", key="none")).status == 401


async def test_filter_without_anything_to_choose_from_is_not_shown(api: ApiClient) -> None:
    page = await api.ask("GET", f"//admin/{api.org}/customers", headers=await api.staff_cookie())
    assert b'name="consent"' in page.body
    assert b'name="tag"' not in page.body
