"""What staff do to bookings by pages: each act, its refusals, its undo, and what guests read."""

import re
from datetime import timedelta

import pytest
from tests.builders.business import Business, a_business
from tests.builders.staff_browser import SOON, Staff, form_of, sell, text, undo_bar
from tests.builders.worker_steps import send_emails

from fullhouse.booking.model.booking import Booking
from fullhouse.bootstrap.application import Application
from fullhouse.kernel.clock import ManualClock
from fullhouse.kernel.context import OPERATOR, RequestContext

MINUTE_OVER = timedelta(seconds=61)


async def booking(app: Application, business: Business, ref: str) -> Booking:
    view = await app.bookings.by_ref(business.org_id, ref)
    assert view is not None
    return view.booking


def advance(app: Application, span: timedelta) -> None:
    assert isinstance(app.clock, ManualClock)
    app.clock.advance(span)


async def test_party_is_changed_and_changed_back(
    app: Application, business: Business, staff: Staff
) -> None:
    (ref,) = await sell(app, business, "Ada Lovelace")
    form = form_of(await staff.get(f"bookings/{ref}/party"))
    assert form["party"] == "1"
    assert (await staff.post(f"bookings/{ref}/party", **{**form, "party": "12"})).status == 303
    assert (await booking(app, business, ref)).party == 12, (
        "staff are not bound by the largest group"
    )
    page = await staff.get(f"bookings/{ref}")
    assert undo_bar(page) == "Changed from 1 person to 12 people."
    assert "12 people at £12.00" in text(page)
    assert (await staff.post(f"bookings/{ref}/undo")).status == 303
    assert (await booking(app, business, ref)).party == 1


async def test_refused_party_keeps_what_was_typed(
    app: Application, business: Business, staff: Staff
) -> None:
    (ref,) = await sell(app, business, "Ada Lovelace")
    form = form_of(await staff.get(f"bookings/{ref}/party"))
    full = await staff.post(f"bookings/{ref}/party", **{**form, "party": "201"})
    assert full.status == 409
    assert "no longer has room for 201 people" in text(full)
    assert form_of(full)["party"] == "201"
    for wrong, problem in (("many", "Enter a number from 1 to 500."), ("", "Fill this in.")):
        answer = await staff.post(f"bookings/{ref}/party", **{**form, "party": wrong})
        assert (answer.status, problem in text(answer)) == (422, True)
    same = await staff.post(f"bookings/{ref}/party", **form)
    assert (same.status, "The booking is like that already." in text(same)) == (409, True)
    assert (await booking(app, business, ref)).party == 1


async def test_second_editor_of_a_booking_is_told(
    app: Application, business: Business, staff: Staff
) -> None:
    (ref,) = await sell(app, business, "Ada Lovelace")
    mine = theirs = form_of(await staff.get(f"bookings/{ref}/party"))
    await staff.post(f"bookings/{ref}/party", **{**theirs, "party": "3"})
    late = await staff.post(f"bookings/{ref}/party", **{**mine, "party": "4"})
    assert late.status == 409
    assert "Someone else changed this while you were editing." in text(late)
    assert "Stored now: 3" in text(late)
    assert form_of(late)["party"] == "4"
    assert (await staff.post(f"bookings/{ref}/party", **form_of(late))).status == 303
    assert (await booking(app, business, ref)).party == 4


async def test_booking_is_moved_and_moved_back(
    app: Application, business: Business, staff: Staff
) -> None:
    (ref,) = await sell(app, business, "Ada Lovelace")
    await business.a_slot(starts_in=timedelta(days=8, hours=2))
    before = await booking(app, business, ref)
    form = form_of(await staff.get(f"bookings/{ref}/move"))
    assert (form["day"], form["time"]) == ("2027-06-19", "09:00")
    moved = await staff.post(
        f"bookings/{ref}/move", **{**form, "day": "2027-06-20", "time": "11:00"}
    )
    assert moved.status == 303, text(moved)
    page = await staff.get(f"bookings/{ref}")
    assert undo_bar(page) == "Moved to Sun 20 June, 11:00."
    assert (await staff.post(f"bookings/{ref}/undo")).status == 303
    assert (await booking(app, business, ref)).starts_at == before.starts_at


async def test_undo_that_finds_no_room_says_where_how_it_stays_and_what_to_do(
    app: Application, business: Business, staff: Staff
) -> None:
    (ref,) = await sell(app, business, "Ada Lovelace")
    slot = (await booking(app, business, ref)).slots[0]
    await business.a_slot(starts_in=timedelta(days=8, hours=2))
    form = form_of(await staff.get(f"bookings/{ref}/move"))
    later = {**form, "day": "2027-06-20", "time": "11:00"}
    assert (await staff.post(f"bookings/{ref}/move", **later)).status == 303
    async with app.database.unrestricted.session() as session:
        await session.connection.execute("UPDATE slot SET capacity = 0 WHERE slot_id = $1", slot)
    refused = await staff.post(f"bookings/{ref}/undo")
    assert refused.status == 409
    assert (
        "Sat 19 June, 09:00 no longer has room for 1 person. The booking stays at Sun 20 June, "
        "11:00. Choose another time, or add places to that one in the calendar and undo again."
    ) in text(refused)


async def test_party_that_no_longer_fits_is_not_brought_back(
    app: Application, business: Business, staff: Staff
) -> None:
    (ref,) = await sell(app, business, "Ada Lovelace")
    for party in ("6", "2"):
        form = form_of(await staff.get(f"bookings/{ref}/party"))
        assert (await staff.post(f"bookings/{ref}/party", **{**form, "party": party})).status == 303
    async with app.database.unrestricted.session() as session:
        await session.connection.execute("UPDATE slot SET capacity = 3")
    refused = text(await staff.post(f"bookings/{ref}/undo"))
    assert "09:00 no longer has room for 6 people. The booking stays as it is now." in refused


async def test_time_that_there_is_not_is_refused_with_those_that_have_room(
    app: Application, business: Business, staff: Staff
) -> None:
    (ref,) = await sell(app, business, "Ada Lovelace")
    form = form_of(await staff.get(f"bookings/{ref}/move"))
    wrong = await staff.post(f"bookings/{ref}/move", **{**form, "time": "09:15"})
    assert wrong.status == 422
    assert "Sunflower morning has no such time. With room: 09:00." in text(wrong)
    assert form_of(wrong)["time"] == "09:15"
    empty = await staff.post(f"bookings/{ref}/move", **{**form, "day": "2027-06-25"})
    assert "There is no time of Sunflower morning with room on this day." in text(empty)
    nonsense = await staff.post(f"bookings/{ref}/move", **{**form, "day": "soon", "time": "25:00"})
    assert "Enter a day." in text(nonsense)
    assert "Enter a time like 10:30." in text(nonsense)


async def test_undo_of_a_move_ends_with_its_minute(
    app: Application, business: Business, staff: Staff
) -> None:
    (ref,) = await sell(app, business, "Ada Lovelace")
    form = form_of(await staff.get(f"bookings/{ref}/party"))
    await staff.post(f"bookings/{ref}/party", **{**form, "party": "2"})
    advance(app, MINUTE_OVER)
    assert undo_bar(await staff.get(f"bookings/{ref}")) == ""
    late = await staff.post(f"bookings/{ref}/undo")
    assert late.status == 409
    assert "too late to undo this" in text(late)
    assert (await booking(app, business, ref)).party == 2


async def test_contact_is_changed_and_wrong_details_stay_typed(
    app: Application, business: Business, staff: Staff
) -> None:
    (ref,) = await sell(app, business, "Ada Lovelace")
    form = form_of(await staff.get(f"bookings/{ref}/contact"))
    assert form["email"] == "ada.lovelace@example.org"
    wrong = await staff.post(
        f"bookings/{ref}/contact", **{**form, "email": "ada at home", "phone": "020 7946 0958"}
    )
    assert wrong.status == 422
    assert "Enter an e-mail address like name@example.com" in text(wrong)
    assert form_of(wrong)["phone"] == "020 7946 0958"
    right = {**form_of(wrong), "email": "ada@example.net"}
    assert (await staff.post(f"bookings/{ref}/contact", **right)).status == 303
    changed = await booking(app, business, ref)
    assert (changed.customer_email, changed.customer_phone) == ("ada@example.net", "+442079460958")
    page = text(await staff.get(f"bookings/{ref}"))
    assert '<a href="tel:+442079460958">+44 20 7946 0958</a>' in page
    assert '<a href="mailto:ada@example.net">ada@example.net</a>' in page


async def test_cancellation_has_a_reason_in_history_and_mail_and_is_undone(
    app: Application, business: Business, staff: Staff
) -> None:
    (ref,) = await sell(app, business, "Ada Lovelace")
    form = form_of(await staff.get(f"bookings/{ref}/cancel"))
    await staff.post(
        f"bookings/{ref}/cancel",
        **{**form, "reason": "Hail has  hit\nthe field", "tells_guest": "yes"},
    )
    page = await staff.get(f"bookings/{ref}")
    assert "Cancelled without a fee: Hail has hit the field" in text(page)
    assert undo_bar(page) == "The booking is cancelled."
    await send_emails(app)
    mails = text(await staff.get(f"bookings/{ref}"))
    assert mails.count("Hail has hit the field") == 2, "in the history and in the e-mail"
    assert (await staff.post(f"bookings/{ref}/undo")).status == 303
    assert (await booking(app, business, ref)).status == "confirmed"


async def test_reason_that_is_not_for_the_guest_is_in_no_mail(
    app: Application, business: Business, staff: Staff
) -> None:
    (ref,) = await sell(app, business, "Ada Lovelace")
    form = form_of(await staff.get(f"bookings/{ref}/cancel"))
    form.pop("tells_guest")
    await staff.post(f"bookings/{ref}/cancel", **{**form, "reason": "Was rude"})
    await send_emails(app)
    assert text(await staff.get(f"bookings/{ref}")).count("Was rude") == 1
    again = await staff.post(f"bookings/{ref}/cancel", **{**form, "reason": "Was ruder"})
    assert again.status == 303, "it is cancelled already: a repeat"
    advance(app, MINUTE_OVER)
    late = await staff.post(f"bookings/{ref}/undo")
    assert (late.status, "too late to undo" in text(late)) == (409, True)


async def test_long_reason_is_refused_as_typed(
    app: Application, business: Business, staff: Staff
) -> None:
    (ref,) = await sell(app, business, "Ada Lovelace")
    form = form_of(await staff.get(f"bookings/{ref}/cancel"))
    answer = await staff.post(f"bookings/{ref}/cancel", **{**form, "reason": "x" * 301})
    assert answer.status == 422
    assert "Use at most 300 characters." in text(answer)
    assert form_of(answer)["reason"] == "x" * 301


async def test_ticket_is_sent_again_at_once(
    app: Application, business: Business, staff: Staff
) -> None:
    (ref,) = await sell(app, business, "Ada Lovelace")
    for _ in range(2):
        assert (await staff.post(f"bookings/{ref}/send-ticket")).status == 303
    await send_emails(app)
    page = text(await staff.get(f"bookings/{ref}"))
    assert page.count("<strong>Your ticket: ") == 2
    assert page.count("Ticket sent again") == 2


async def test_note_is_for_staff_alone_and_two_writers_are_told(
    app: Application, business: Business, staff: Staff
) -> None:
    (ref,) = await sell(app, business, "Ada Lovelace")
    mine = theirs = form_of(await staff.get(f"bookings/{ref}/note"))
    assert (
        await staff.post(f"bookings/{ref}/note", **{**theirs, "note": "Wheelchair\r\nBarn door"})
    ).status == 303
    page = text(await staff.get(f"bookings/{ref}"))
    assert "Wheelchair\nBarn door</p>" in page
    assert "Note changed" in page
    late = await staff.post(f"bookings/{ref}/note", **{**mine, "note": "Allergic"})
    assert late.status == 409
    assert "Wheelchair" in text(late)
    assert (await staff.post(f"bookings/{ref}/note", **form_of(late))).status == 303
    assert "Allergic" in text(await staff.get(f"bookings/{ref}"))
    view = await app.bookings.by_ref(business.org_id, ref)
    assert view is not None
    token = app.tokens.token("manage", business.org_id, view.booking.booking_id)
    for path in (f"//{staff.api.org}/b/{ref}?t={token}", f"/bookings/{ref}?token={token}"):
        assert b"Allergic" not in (await staff.api.ask("GET", path)).body
    await send_emails(app)
    stored = await emails_of(app, business)
    assert stored
    assert "Allergic" not in "".join(stored)


async def emails_of(app: Application, business: Business) -> list[str]:
    async with app.database.unrestricted.session() as session:
        rows = await session.connection.fetch(
            "SELECT body_text FROM message WHERE org_id = $1", business.org_id
        )
    return [row["body_text"] for row in rows]


async def test_several_are_cancelled_with_one_reason_and_undone_together(
    app: Application, business: Business, staff: Staff
) -> None:
    refs = await sell(app, business, "Ada Lovelace", "Emmy Noether", "Grace Hopper")
    selected = {f"row.{ref}": "1" for ref in refs[:2]}
    asked = await staff.post("bookings/cancel", query="status=confirmed", **selected)
    assert asked.status == 200
    assert "Cancel booking: 2 selected" in text(asked)
    done = await staff.post("bookings/cancel", **{**form_of(asked), "reason": "Storm"})
    assert done.status == 303, text(done)
    listed = await staff.get(done.headers["location"].removeprefix("/admin/meadow/"))
    assert undo_bar(listed) == "2 bookings are cancelled."
    statuses = [(await booking(app, business, ref)).status for ref in refs]
    assert statuses == ["cancelled", "cancelled", "confirmed"]
    undone = await staff.post("bookings/undo", query="", **selected)
    assert undone.status == 303
    assert [(await booking(app, business, ref)).status for ref in refs] == ["confirmed"] * 3


async def test_several_are_moved_and_those_without_room_named(
    app: Application, business: Business, staff: Staff
) -> None:
    refs = await sell(app, business, "Ada Lovelace", "Emmy Noether")
    await business.a_slot(starts_in=timedelta(days=8), capacity=1)
    selected = {f"row.{ref}": "1" for ref in refs}
    asked = await staff.post("bookings/move", query="", **selected)
    moved = await staff.post(
        "bookings/move", **{**form_of(asked), "day": "2027-06-20", "time": "09:00"}
    )
    assert moved.status == 409
    assert "1 booking has a new time." in text(moved)
    assert re.search(r"(Ada Lovelace|Emmy Noether): 09:00 has just been taken", text(moved))
    days = {(await booking(app, business, ref)).starts_at.day for ref in refs}
    assert days == {19, 20}


async def test_several_guests_get_the_same_words_once(
    app: Application, business: Business, staff: Staff
) -> None:
    refs = await sell(app, business, "Ada Lovelace", "Emmy Noether", "Grace Hopper")
    await app.booking.cancel_booking(
        business.org_id,
        (await booking(app, business, refs[2])).booking_id,
        context=RequestContext(OPERATOR, app.ids.uuid()),
    )
    selected = {f"row.{ref}": "1" for ref in refs}
    asked = await staff.post("bookings/write", query="", **selected)
    filled = {**form_of(asked), "text": "Bring rubber boots.\r\nThe lower field is wet."}
    for _ in range(2):
        done = await staff.post("bookings/write", **filled)
        assert done.status == 409
        assert "2 guests get your e-mail." in text(done)
        assert "Grace Hopper: This booking is cancelled" in text(done)
    await send_emails(app)
    said = [one for one in await emails_of(app, business) if "Bring rubber boots." in one]
    assert len(said) == 2
    assert all("The lower field is wet." in one for one in said)
    assert "Bring rubber boots." in text(await staff.get(f"bookings/{refs[0]}"))


async def test_nobody_is_written_to_without_words_or_without_an_address(
    app: Application, business: Business, staff: Staff
) -> None:
    (ref,) = await sell(app, business, "Ada Lovelace")
    for words in ("", "  \r\n "):
        empty = await staff.post(f"bookings/{ref}/write", submitted="yes", text=words)
        assert empty.status == 422, words
        assert "Fill this in." in text(empty)
    async with app.database.unrestricted.session() as session:  # as a caller without an address is
        await session.connection.execute("UPDATE booking SET customer_email = ''")
    refused = await staff.post(f"bookings/{ref}/write", submitted="yes", text="Hello")
    assert refused.status == 409
    assert "This booking has no e-mail address." in text(refused)
    assert form_of(refused)["text"] == "Hello"


async def test_bulk_form_without_a_row_is_refused(staff: Staff) -> None:
    answer = await staff.post("bookings/cancel", query="")
    assert (answer.status, "Select at least one row first." in text(answer)) == (422, True)


@pytest.mark.parametrize(
    "act", ["move", "party", "contact", "cancel", "note", "write", "send-ticket", "undo"]
)
async def test_booking_of_another_organisation_is_unknown(
    app: Application, staff: Staff, act: str
) -> None:
    other = await a_business(app.database, app.clock, app.ids, slug="orchard")
    (ref,) = await sell(app, other, "Ada Lovelace", starts_in=SOON)
    before = await booking(app, other, ref)
    fields = {
        "party": "3",
        "day": "2027-06-20",
        "time": "09:00",
        "name": "Eve",
        "email": "e@x.org",
        "note": "x",
        "text": "x",
    }
    answers = [await staff.post(f"bookings/{ref}/{act}", submitted="yes", **fields)]
    if act not in {"send-ticket", "undo"}:
        answers.append(await staff.get(f"bookings/{ref}/{act}"))
    assert {answer.status for answer in answers} == {404}
    bulk = await staff.post(
        f"bookings/{act}",
        submitted="yes",
        query="",
        **{f"row.{ref}": "1", "row.NOBODY42": "1"},
        **fields,
    )
    assert act not in {"move", "cancel", "undo", "write"} or "There is no booking" in text(bulk)
    assert await booking(app, other, ref) == before
