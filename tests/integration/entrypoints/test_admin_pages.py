"""Admin pages from blocks, on the resources of bookings and offerings."""

import csv
import io
import re
from datetime import timedelta
from urllib.parse import urlencode
from uuid import UUID

import pytest
from tests.builders.business import Business, a_booking_of, a_guest, a_member_of_staff
from tests.builders.staff_browser import SOON, Staff, form_of, rows, sell, text

from fullhouse.booking.events import SlotsMaterialised
from fullhouse.booking.model.offering import OfferingId
from fullhouse.booking.model.requests import HoldRequest
from fullhouse.bootstrap.application import Application
from fullhouse.entrypoints.web.limits import ADMIN_ROWS
from fullhouse.kernel.clock import ManualClock


async def test_list_is_searched_and_filtered(
    app: Application, business: Business, staff: Staff
) -> None:
    await sell(app, business, "Ada Lovelace", "Emmy Noether")
    assert rows(await staff.get("bookings")) == ["Emmy Noether", "Ada Lovelace"]
    found = await staff.get("bookings?q=lace&status=confirmed")
    assert rows(found) == ["Ada Lovelace"]
    assert "Remove lace" in text(found)
    assert "Remove Status: Booked" in text(found)
    none = await staff.get("bookings?status=cancelled")
    assert rows(none) == []
    assert "No bookings match." in text(none)


async def test_list_continues_from_a_position(
    app: Application, business: Business, staff: Staff
) -> None:
    names = [f"Guest {n:03}" for n in range(ADMIN_ROWS + 3)]
    await sell(app, business, *names)
    first = await staff.get("bookings?sort=-created&q=guest")
    assert rows(first) == names[::-1][:ADMIN_ROWS]
    link = re.search(r'href="/admin/meadow/(bookings\?[^"]*after=[^"]*)" rel="next"', text(first))
    assert link is not None
    second = await staff.get(link.group(1).replace("&amp;", "&"))
    assert rows(second) == names[::-1][ADMIN_ROWS:]
    assert "First page" in text(second)


@pytest.mark.parametrize("sort", ["created", "name", "-party", "'; DROP TABLE booking"])
async def test_unknown_order_of_a_list_is_ignored(staff: Staff, sort: str) -> None:
    assert (await staff.get(f"bookings?{urlencode({'sort': sort})}")).status == 200


async def test_csv_file_has_every_match_and_no_formulas(
    app: Application, business: Business, staff: Staff
) -> None:
    await sell(app, business, "Ada Lovelace", "=1+1", "Emmy Noether")
    answer = await staff.get("bookings.csv?sort=time&q=")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    table = list(csv.reader(io.StringIO(answer.body.decode("utf-8-sig"))))
    assert table[0][0] == "Name"
    assert "E-mail" in table[0]
    assert {row[0] for row in table[1:]} == {"Ada Lovelace", "'=1+1", "Emmy Noether"}


async def test_csv_file_has_times_and_amounts_that_spreadsheets_calculate_with(
    app: Application, business: Business, staff: Staff
) -> None:
    await sell(app, business, "Jörg Müller")
    english = await staff.get("bookings.csv")
    assert english.body.startswith(b"\xef\xbb\xbfName,")
    (row,) = csv.DictReader(io.StringIO(english.body.decode("utf-8-sig")))
    assert row["Name"] == "Jörg Müller"
    assert (row["Start"], row["End"]) == ("2027-06-19 09:00", "2027-06-19 09:30")
    assert row["Time zone"] == "Europe/London, UTC+01:00"
    assert (row["Price"], row["Fee"], row["Currency"]) == ("12.00", "0.00", "GBP")
    german = await staff.get("bookings.csv?lang=de")
    (row,) = csv.DictReader(io.StringIO(german.body.decode("utf-8-sig")), delimiter=";")
    assert (row["Beginn"], row["Preis"], row["Währung"]) == ("2027-06-19 09:00", "12,00", "GBP")


async def test_several_parties_are_checked_in_at_once(
    app: Application, business: Business, staff: Staff
) -> None:
    refs = await sell(app, business, "Ada Lovelace", "Emmy Noether", "Grace Hopper", starts_in=SOON)
    selected = {f"row.{ref}": "1" for ref in refs[:2]}
    answer = await staff.post("bookings/check-in", query="q=a&status=confirmed", **selected)
    assert answer.status == 303
    location = answer.headers["location"]
    assert location.startswith("/admin/meadow/bookings?q=a&status=confirmed&")
    after = await staff.get(location.removeprefix("/admin/meadow/"))
    assert "2 bookings are checked in." in text(after)
    assert rows(after) == ["Grace Hopper"]


async def test_bulk_action_names_refused_rows_and_does_the_others(
    app: Application, business: Business, staff: Staff
) -> None:
    refs = await sell(app, business, "Ada Lovelace", "Emmy Noether", starts_in=SOON)
    await staff.post(f"bookings/{refs[0]}/check-in")
    selected = {f"row.{ref}": "1" for ref in (*refs, "NOBODY42")}
    answer = await staff.post("bookings/check-in", query="", **selected)
    assert answer.status == 409
    assert "There is no booking NOBODY42." in text(answer)
    assert "1 booking is checked in." in text(answer)
    assert "Ada Lovelace: This is no longer possible. The status of the booking: Arrived." in text(
        answer
    )


async def test_hold_without_a_name_is_listed_by_its_reference(
    app: Application, business: Business, staff: Staff
) -> None:
    request = HoldRequest((await business.a_slot(),), 2)
    result = await app.booking.place_hold(business.org_id, request, context=a_guest())
    assert rows(await staff.get("bookings")) == []
    assert rows(await staff.get("bookings?status=held")) == [result.outcome.ref]


async def test_bulk_action_without_a_row_is_refused(staff: Staff) -> None:
    answer = await staff.post("bookings/check-in", query="")
    assert answer.status == 422
    assert "Select at least one row first." in text(answer)


async def test_refused_action_of_a_detail_page_is_noted_there(
    app: Application, business: Business, staff: Staff
) -> None:
    (ref,) = await sell(app, business, "Ada Lovelace", starts_in=SOON)
    assert (await staff.post(f"bookings/{ref}/check-in")).status == 303
    again = await staff.post(f"bookings/{ref}/check-in")
    assert again.status == 409
    assert "The status of the booking: Arrived" in text(again)
    assert (await staff.get("bookings/NOBODY42")).status == 404


async def test_detail_page_shows_the_columns_the_actions_that_fit_and_the_history(
    app: Application, business: Business, staff: Staff
) -> None:
    (ref,) = await sell(app, business, "Ada Lovelace", starts_in=SOON)
    before = text(await staff.get(f"bookings/{ref}"))
    assert "<dt>1 person at £12.00</dt><dd>£12.00</dd>" in before
    assert ref not in before.partition("<dl")[2].partition("</dl>")[0]
    assert "Booked for 1 person" in before
    buttons = re.findall(r'action="/admin/meadow/bookings/\w+/([\w-]+)"', before)
    assert buttons == ["check-in", "send-ticket", "renew-link"], (
        "it has not begun: nobody is a no-show"
    )
    await staff.post(f"bookings/{ref.lower()}/check-in")
    after = text(await staff.get(f"bookings/{ref}"))
    assert "Checked in" in after
    buttons = re.findall(r'action="/admin/meadow/bookings/\w+/([\w-]+)"', after)
    assert buttons == ["undo", "send-ticket", "renew-link"]


async def test_run_sheet_lists_each_slot_once_when_several_begin_together(
    app: Application, business: Business, staff: Staff
) -> None:
    picnic = await business.change(
        offering_id=OfferingId(UUID(int=9)), slug="picnic", name="A picnic"
    )
    slots = [await each.a_slot(starts_in=SOON) for each in (business, picnic)]
    for slot, name in zip([*slots, *slots], ("Ada", "Bob", "Cleo", "Dan"), strict=True):
        request = a_booking_of(slot, party=2, name=name, allow_duplicate=True)
        await app.booking.place_booking(business.org_id, request, context=a_guest())
    page = text(await staff.get("today"))
    anchors = re.findall(r'<section class="arrival[^>]* id="([^"]+)"', page)
    assert anchors == [f"s-{slot}" for slot in reversed(slots)]
    assert page.count("0 of 4 arrived") == 2
    names = [page.index(f">{name}<") for name in ("Bob", "Dan", "Ada", "Cleo")]
    assert names == sorted(names), "by offering, then by name"


async def test_times_of_another_year_are_shown_with_it(
    app: Application, business: Business, staff: Staff
) -> None:
    yearly = await business.change(book_ahead_days=400)
    (ref,) = await sell(app, yearly, "Ada Lovelace", starts_in=timedelta(days=365))
    for page in ("bookings", f"bookings/{ref}"):
        shown = text(await staff.get(page))
        assert "Sun 11 Jun 2028, 09:00" in shown
        assert re.search(r"Sat 12 June?, \d\d:00", shown), "booked this year"


async def test_offering_whose_times_were_made_says_so_in_a_sentence(
    app: Application, business: Business, staff: Staff
) -> None:
    async with app.unit_of_work(a_member_of_staff(), business.org_id) as uow:
        made = SlotsMaterialised(
            offering_id=business.offering.offering_id,
            created=1,
            changed=0,
            closed=0,
            reopened=0,
            dropped=0,
            off_schedule=0,
            slots=(),
            days=(),
        )
        uow.record(business.offering.offering_id, made)
    page = text(await staff.get(f"offerings/{business.offering.slug}"))
    assert "Times updated to match the schedule" in page
    assert "SlotsMaterialised" not in page


async def test_ticket_of_another_day_is_named_in_red_and_checked_in_only_anyway(
    app: Application, business: Business, staff: Staff
) -> None:
    refs = await sell(app, business, "Ada Lovelace", "Emmy Noether")
    page = text(await staff.get(f"bookings/{refs[0]}"))
    assert "This ticket is for Saturday 19 June 2027, 09:00." in page
    assert 'class="note bad"' in page
    buttons = re.findall(r'action="/admin/meadow/bookings/\w+/([\w-]+)"', page)
    assert buttons == ["check-in-anyway", "send-ticket", "renew-link"]
    refused = await staff.post(f"bookings/{refs[0]}/check-in")
    assert (refused.status, "This ticket is for" in text(refused)) == (409, True)
    refused = await staff.post("today", **{"check-in": refs[0]})
    assert (refused.status, "This ticket is for" in text(refused)) == (409, True)
    assert "Open the booking" in text(refused)
    several = await staff.post("bookings/check-in", query="", **{f"row.{r}": "1" for r in refs})
    assert "Emmy Noether: This ticket is for Saturday 19 June 2027, 09:00." in text(several)
    assert (await staff.post(f"bookings/{refs[0]}/no-show")).status == 409
    assert (await staff.post(f"bookings/{refs[0]}/check-in-anyway")).status == 303
    assert isinstance(app.clock, ManualClock)
    app.clock.advance(timedelta(hours=3))
    assert "This ticket is for" not in text(await staff.get(f"bookings/{refs[0]}"))
    assert (await staff.post(f"bookings/{refs[0]}/undo")).status == 303
    assert "Check-in undone" in text(await staff.get(f"bookings/{refs[0]}"))


async def test_detail_page_of_an_offering_shows_who_changed_it(staff: Staff) -> None:
    form = form_of(await staff.get("offerings/sunflowers/edit"))
    await staff.post("offerings/sunflowers/edit", **{**form, "name": "Tulips"})
    page = text(await staff.get("offerings/sunflowers")).partition("History")[2]
    assert "<p>Changed</p>" in page


async def test_detail_and_edit_pages_of_an_unknown_row_are_not_found(staff: Staff) -> None:
    for path in ("bookings/NOBODY42", "offerings/roses", "offerings/roses/edit"):
        assert (await staff.get(path)).status == 404


async def test_edit_form_saves_every_field_of_an_offering(
    app: Application, business: Business, staff: Staff
) -> None:
    form = form_of(await staff.get("offerings/sunflowers/edit"))
    assert form["price_amount"] == "12.00"
    answer = await staff.post(
        "offerings/sunflowers/edit", **{**form, "name": "Tulips", "price_amount": "9,50"}
    )
    assert answer.status == 303, text(answer)
    offering = await app.catalogue.offering(business.org_id, "sunflowers")
    expected = (business.offering.party_max, business.offering.cancel_fee_percent, True)
    assert (offering.name, offering.price_amount) == ("Tulips", 950)
    assert (offering.party_max, offering.cancel_fee_percent, offering.published) == expected


async def test_second_editor_gets_a_conflict_without_losing_input(
    app: Application, business: Business, staff: Staff
) -> None:
    mine = theirs = form_of(await staff.get("offerings/sunflowers/edit"))
    await staff.post("offerings/sunflowers/edit", **{**theirs, "name": "Tulips"})
    answer = await staff.post("offerings/sunflowers/edit", **{**mine, "summary": "Bring boots"})
    assert answer.status == 409
    assert "Someone else changed this while you were editing." in text(answer)
    assert "Stored now: Tulips" in text(answer)
    assert 'value="Bring boots"' in text(answer)
    again = await staff.post("offerings/sunflowers/edit", **form_of(answer))
    assert again.status == 303
    offering = await app.catalogue.offering(business.org_id, "sunflowers")
    assert offering.summary == "Bring boots"


async def test_conflict_is_found_after_wrong_fields_were_corrected(
    staff: Staff,
) -> None:
    form = form_of(await staff.get("offerings/sunflowers/edit"))
    wrong = await staff.post(
        "offerings/sunflowers/edit", **{**form, "name": "", "party_max": "none"}
    )
    assert wrong.status == 422
    assert "Fill this in." in text(wrong)
    assert "Enter a number from 1 to 500." in text(wrong)
    await staff.post("offerings/sunflowers/edit", **{**form, "name": "Tulips"})
    corrected = {**form_of(wrong), "name": "Roses", "party_max": "8"}
    assert (await staff.post("offerings/sunflowers/edit", **corrected)).status == 409


async def test_refused_value_of_the_action_is_a_problem_of_its_field(staff: Staff) -> None:
    form = form_of(await staff.get("offerings/sunflowers/edit"))
    answer = await staff.post("offerings/sunflowers/edit", **{**form, "party_min": "11"})
    assert answer.status == 422
    assert "Enter at least the size of the smallest group." in text(answer)


async def test_offering_is_added_once_under_a_slug(staff: Staff) -> None:
    venue = form_of(await staff.get("offerings/sunflowers/edit"))["venue"]
    form = form_of(await staff.get("offerings/new"))
    added = {**form, "name": "Tulips", "slug": "tulips", "venue": venue, "price_amount": "7"}
    answer = await staff.post("offerings/new", **added)
    assert answer.status == 303, text(answer)
    assert answer.headers["location"] == "/admin/meadow/offerings/tulips"
    assert "Tulips" in text(await staff.get("offerings"))
    again = await staff.post("offerings/new", **added)
    assert again.headers["location"] == answer.headers["location"], "the same form, sent again"
    other = form_of(await staff.get("offerings/new"))["submission_id"]
    refused = await staff.post("offerings/new", **{**added, "submission_id": other})
    assert refused.status == 422
    assert "Another offering has this address." in text(refused)
