"""Questions on pages: the owner asks, guests answer, and staff read it with the booking."""

import csv
import io
import json
from datetime import timedelta
from typing import Final

import pytest
from msgspec.structs import replace
from tests.builders.business import Business, a_booking_of, a_guest, commit, the_worker
from tests.builders.guest_bookings import (
    DETAILS,
    accept,
    details_page,
    free_and_offer,
    the_booking,
    wait,
)
from tests.builders.guest_browser import GuestBrowser, Page
from tests.builders.staff_browser import SOON, Staff, form_of, rows, text
from tests.builders.worker_steps import relay_all

from fullhouse.booking.catalogue import offering_by_slug
from fullhouse.booking.model.questions import Question
from fullhouse.bootstrap.application import Application
from fullhouse.customers.reactions import customers_subscriber
from fullhouse.customers.reads.customers import CustomerSearch, find_customers
from fullhouse.kernel.clock import ManualClock

ATTACK: Final = '<img src=x onerror="alert(1)">'
QUESTIONS: Final = (
    Question(id="diet", text="Any <b>diet</b>?", required=True, hint="Bread is baked here."),
    Question(id="bread", text="Bread?", kind="choice", choices=("rye", "wheat")),
    Question(id="boots", text="Boot size?", kind="number", per="person", required=True),
    Question(id="dog", text="A dog?", kind="yes_no", per="person"),
)
ANSWERS: Final = {
    "answer.diet": ATTACK,
    "answer.bread": "rye",
    "answer.boots.1": "38",
    "answer.boots.2": "42",
    "answer.dog.1": "yes",
    "answer.dog.2": "",
}
ESCAPED: Final = "&lt;img src=x onerror=&#34;alert(1)&#34;&gt;"


@pytest.fixture(autouse=True)
async def asking(business: Business) -> Business:
    return await business.change(questions=QUESTIONS)


async def booked(guest: GuestBrowser, business: Business, **answers: str) -> Page:
    page = await details_page(guest, await business.a_slot(starts_in=SOON))
    return await guest.send(page.forms[0], {**DETAILS, **ANSWERS, **answers})


async def test_guest_is_asked_for_the_party_and_for_each_guest(
    guest: GuestBrowser, asking: Business
) -> None:
    page = await details_page(guest, await asking.a_slot(starts_in=SOON))
    for shown in ("Any &lt;b&gt;diet&lt;/b&gt;?", "Bread is baked here.", "Guest 1", "Guest 2"):
        assert shown in page.html
    names = set(page.forms[0].fields)
    assert names >= {"answer.diet", "answer.boots.1", "answer.boots.2", "answer.dog.2"}
    assert "answer.boots.3" not in names


async def test_wrong_answers_come_back_with_their_problem_and_nothing_is_lost(
    guest: GuestBrowser, asking: Business
) -> None:
    page = await details_page(guest, await asking.a_slot(starts_in=SOON))
    typed = {**DETAILS, **ANSWERS, "answer.diet": "", "answer.boots.2": "large", "email": "no"}
    again = await guest.send(page.forms[0], typed)
    assert again.status == 422
    assert "Answer “Any &lt;b&gt;diet&lt;/b&gt;?”" in again.html
    assert "Guest 2: “Boot size?”: enter a whole number" in again.text
    assert "Enter an e-mail address" in again.text
    assert again.html.count('href="#answer.boots.2"') == 1
    assert again.value("answer.boots.1") == "38"
    assert again.value("answer.boots.2") == "large"
    assert '<option value="rye" selected>' in again.html
    assert 'name="answer.dog.1" value="yes" checked' in again.html
    assert (await guest.send(again.forms[0], {**DETAILS, **ANSWERS})).status == 200


async def test_answers_are_kept_for_the_next_form(guest: GuestBrowser, asking: Business) -> None:
    one, other = await asking.slots(2, starts_in=SOON)
    page = await details_page(guest, one)
    await guest.send(page.forms[0], {**DETAILS, **ANSWERS, "email": "no"})
    assert (await details_page(guest, other)).value("answer.boots.2") == "42"


async def test_ticket_shows_answers_to_whom_may_change_the_booking(
    guest: GuestBrowser, asking: Business
) -> None:
    ticket = await booked(guest, asking)
    assert ticket.status == 200
    assert ESCAPED in ticket.html
    assert ATTACK not in ticket.html
    assert "38, 42" in ticket.text
    assert "Yes, \N{EN DASH}" in ticket.text


async def test_staff_read_answers_on_every_page_of_the_booking(
    app: Application, guest: GuestBrowser, asking: Business, staff: Staff
) -> None:
    await booked(guest, asking)
    ref = (await the_booking(app)).ref
    for path in (f"bookings/{ref}", "today"):
        shown = text(await staff.get(path))
        assert ESCAPED in shown
        assert ATTACK not in shown
        assert "38, 42" in shown
    sheet = (await staff.get("bookings.csv")).body.decode("utf-8-sig")
    head, row = csv.reader(io.StringIO(sheet))
    answers = dict(zip(head, row, strict=True))["Answers"]
    assert answers == (
        f"Any <b>diet</b>? {ATTACK} · Bread? rye · Boot size? 38, 42 · A dog? Yes, \N{EN DASH}"
    )


async def test_waiting_guest_is_asked_when_places_are_offered(
    app: Application, guest: GuestBrowser, asking: Business
) -> None:
    slot = await asking.a_slot(capacity=2, starts_in=timedelta(days=2))
    request = replace(a_booking_of(slot, party=2), answers={"diet": "no", "boots": [1, 2]})
    await app.booking.place_booking(asking.org_id, request, context=a_guest())
    waiting = await wait(guest, slot)
    await free_and_offer(app, asking.org_id, slot)
    asked = await accept(guest, waiting)
    assert "answer.diet" in asked.forms[0].fields


async def test_erasure_takes_answers_and_export_has_them(
    app: Application, guest: GuestBrowser, asking: Business, staff: Staff
) -> None:
    await booked(guest, asking)
    await relay_all(app, (customers_subscriber(),))
    async with app.database.session() as session:
        (person,) = await find_customers(session, asking.org_id, CustomerSearch(text="ada"))
    assert ESCAPED in text(await staff.get(f"customers/{person.customer_id}/data"))
    data = json.loads((await staff.get(f"customers/{person.customer_id}/data.json")).body)
    assert data["bookings"][0]["answers"][0]["values"] == [ATTACK]
    assert isinstance(app.clock, ManualClock)
    app.clock.advance(timedelta(days=2))
    await commit(
        app,
        app.customers.erase_customer,
        asking.org_id,
        person.customer_id,
        context=the_worker(),
    )
    async with app.database.unrestricted.session() as session:
        left = await session.connection.fetchval("SELECT count(answers) FROM booking")
    assert left == 0


async def test_owner_adds_changes_moves_and_removes_a_question(
    app: Application, asking: Business, staff: Staff
) -> None:
    form = form_of(await staff.get("questions/new?offering=sunflowers"))
    typed = {
        **form,
        "offering": "sunflowers",
        "text": f"Which {ATTACK}?",
        "kind": "choice",
        "choices": "red\r\n\r\n blue ",
        "per": "person",
        "required": "yes",
    }
    answer = await staff.post("questions/new", **typed)
    assert answer.status == 303
    listed = await staff.get("questions?offering=sunflowers")
    assert rows(listed)[-1] == f"Which {ESCAPED}?"
    key = answer.headers["location"].rpartition("/")[2]
    assert "red" in text(await staff.get(f"questions/{key}"))
    changed = {**form_of(await staff.get(f"questions/{key}/edit")), **typed, "text": "Which one?"}
    changed["version"] = form_of(await staff.get(f"questions/{key}/edit"))["version"]
    assert (await staff.post(f"questions/{key}/edit", **changed)).status == 303
    assert (await staff.post(f"questions/{key}/up")).status == 303
    assert rows(await staff.get("questions"))[-2] == "Which one?"
    removed = await staff.post(f"questions/{key}/remove")
    undo = await staff.get(removed.headers["location"].removeprefix("/admin/meadow/"))
    assert rows(undo) == [one.text.replace("<", "&lt;").replace(">", "&gt;") for one in QUESTIONS]
    assert "1 question removed." in text(undo)
    await staff.post("questions/restore", **{f"row.{key}": "1"})
    assert rows(await staff.get("questions"))[-2] == "Which one?"
    async with app.database.session() as session:
        found = await offering_by_slug(session, asking.org_id, "sunflowers")
    assert found is not None
    assert found.questions[-2] == Question(
        id=key.partition(".")[2],
        text="Which one?",
        kind="choice",
        choices=("red", "blue"),
        per="person",
        required=True,
    )


async def test_removal_is_undone_for_a_minute_only(app: Application, staff: Staff) -> None:
    await staff.post("questions/sunflowers.bread/remove")
    assert isinstance(app.clock, ManualClock)
    app.clock.advance(timedelta(seconds=61))
    late = await staff.post("questions/restore", **{"row.sunflowers.bread": "1"})
    assert late.status == 409
    assert "too late to undo" in text(late)


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        ({"text": ""}, "Fill this in."),
        ({"kind": "choice", "choices": "one"}, "Enter at least two different answers"),
        ({"kind": "choice", "choices": "one\none"}, "Enter at least two different answers"),
        ({"kind": "text", "choices": "one\ntwo"}, "Enter at least two different answers"),
        ({"kind": "riddle"}, "Choose one of these."),
        ({"text": "x" * 151}, "Use at most 150 characters."),
    ],
)
async def test_question_that_cannot_be_asked_comes_back_with_its_problem(
    staff: Staff, typed: dict[str, str], problem: str
) -> None:
    form = {**form_of(await staff.get("questions/new?offering=sunflowers")), "per": "booking"}
    form |= {"kind": "text", "choices": "", "text": "What?", "offering": "sunflowers", **typed}
    answer = await staff.post("questions/new", **form)
    assert answer.status == 422
    assert problem in text(answer)


async def test_too_many_answers_for_a_large_group_are_explained(staff: Staff) -> None:
    form = {**form_of(await staff.get("questions/new?offering=sunflowers")), "kind": "text"}
    form |= {"per": "person", "choices": "", "offering": "sunflowers"}
    for n in range(2):
        assert (await staff.post("questions/new", **form | {"text": f"More {n}?"})).status == 303
        form = {**form, "submission_id": f"{n}"}
    refused = await staff.post("questions/new", **form | {"text": "More 3?"})
    assert "more than 50 answers" in text(refused)
    form = form_of(await staff.get("offerings/sunflowers/edit"))
    answer = await staff.post("offerings/sunflowers/edit", **form | {"party_max": "40"})
    assert answer.status == 422
    assert "A large group cannot be asked many questions" in text(answer)


async def test_of_two_editors_of_one_offering_the_second_is_told(staff: Staff) -> None:
    opened = form_of(await staff.get("questions/sunflowers.diet/edit"))
    opened |= {"kind": "text", "per": "booking", "choices": ""}
    assert (
        await staff.post("questions/sunflowers.diet/edit", **opened | {"text": "A?"})
    ).status == 303
    second = await staff.post("questions/sunflowers.diet/edit", **opened | {"text": "B?"})
    assert second.status == 409
    assert "Someone else changed this" in text(second)
