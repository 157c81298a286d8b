"""Answers changed after booking, by staff and by the guest: what is kept, refused and told."""

import json
import re
from datetime import timedelta
from html import unescape
from typing import Final

import pytest
from tests.builders.business import Business, a_guest, commit
from tests.builders.guest_bookings import DETAILS, change_link, details_page, the_booking
from tests.builders.guest_browser import GuestBrowser, Page
from tests.builders.staff_browser import Staff, form_of, text

from fullhouse.booking.errors import AnswerMissing, TooLateToAnswer
from fullhouse.booking.model.questions import Question, answers_of
from fullhouse.bootstrap.application import Application
from fullhouse.kernel.clock import ManualClock
from fullhouse.kernel.errors import VersionConflict

DIET: Final = Question(id="diet", text="Any diet?", required=True)
BREAD: Final = Question(id="bread", text="Bread?", kind="choice", choices=("rye", "wheat"))
BOOTS: Final = Question(id="boots", text="Boot size?", kind="number", per="person")
DOG: Final = Question(id="dog", text="A dog?", kind="yes_no")
QUESTIONS: Final = (DIET, BREAD, BOOTS, DOG)
ANSWERS: Final = {
    "answer.diet": "Nuts",
    "answer.bread": "rye",
    "answer.boots.1": "38",
    "answer.boots.2": "42",
    "answer.dog": "yes",
}
ATTACK: Final = '<img src=x onerror="alert(1)">'


@pytest.fixture(autouse=True)
async def asking(business: Business) -> Business:
    return await business.change(questions=QUESTIONS)


@pytest.fixture
async def ticket(guest: GuestBrowser, asking: Business) -> Page:
    page = await details_page(guest, await asking.a_slot(starts_in=timedelta(days=20)))
    return await guest.send(page.forms[0], {**DETAILS, **ANSWERS})


@pytest.fixture
async def ref(app: Application, ticket: Page) -> str:
    assert ticket.status == 200
    return (await the_booking(app)).ref


async def values(app: Application) -> dict[str, object]:
    return {one.question: one.values for one in answers_of((await the_booking(app)).answers)}


async def events(app: Application) -> list[tuple[str, str, str]]:
    """Kind, actor and payload of every event, as the table has them."""
    async with app.database.unrestricted.session() as session:
        rows = await session.connection.fetch("SELECT kind, actor, data FROM event ORDER BY seq")
    return [(row["kind"], row["actor"], json.dumps(row["data"])) for row in rows]


async def answers_form(guest: GuestBrowser, ticket: Page) -> Page:
    change = await guest.open(change_link(ticket))
    href = next(part for part in change.html.split('"') if "/answers?t=" in part)
    return await guest.open(unescape(href))


async def test_staff_change_answers_and_history_says_only_that(
    app: Application, staff: Staff, ref: str
) -> None:
    form = form_of(await staff.get(f"bookings/{ref}/answers"))
    assert form["answer.diet"] == "Nuts"
    assert form["answer.boots.2"] == "42"
    assert form["answer.bread"] == "rye"
    typed = {**form, **ANSWERS, "answer.diet": ATTACK, "answer.boots.1": "", "answer.dog": "no"}
    assert (await staff.post(f"bookings/{ref}/answers", **typed)).status == 303
    assert await values(app) == {
        "diet": (ATTACK,),
        "bread": ("rye",),
        "boots": (None, 42),
        "dog": (False,),
    }
    page = text(await staff.get(f"bookings/{ref}"))
    assert ATTACK not in page
    listed = re.findall(r"<li><p>([^<]*)</p>.*?· ([^<]*)</p>", page.partition('"history"')[2])
    assert listed[-1] == ("Answers changed", "Ada")
    kind, actor, payload = (await events(app))[-1]
    assert (kind, actor.partition(":")[0]) == ("AnswersChanged", "account")
    assert json.loads(payload).keys() == {"version", "offering_id"}


async def test_staff_may_leave_out_what_guests_must_answer(
    app: Application, staff: Staff, ref: str
) -> None:
    opened = await staff.get(f"bookings/{ref}/answers")
    assert text(opened).count("(optional)") == 5
    typed = {**form_of(opened), "answer.diet": "", "answer.dog": "yes"}
    assert (await staff.post(f"bookings/{ref}/answers", **typed)).status == 303
    assert "diet" not in await values(app)


async def test_wrong_answer_comes_back_with_its_problem(
    app: Application, staff: Staff, ref: str
) -> None:
    form = form_of(await staff.get(f"bookings/{ref}/answers"))
    typed = {**form, "answer.boots.2": "large", "answer.dog": "no", "answer.diet": "None"}
    refused = await staff.post(f"bookings/{ref}/answers", **typed)
    assert refused.status == 422
    assert "Guest 2: “Boot size?”: enter a whole number" in text(refused)
    assert 'name="answer.dog" value="no" checked' in text(refused)
    assert form_of(refused)["answer.diet"] == "None"
    assert (await values(app))["diet"] == ("Nuts",)


async def test_second_of_two_editors_reads_what_is_stored(
    app: Application, staff: Staff, ref: str
) -> None:
    mine = form_of(await staff.get(f"bookings/{ref}/answers")) | {"answer.dog": "yes"}
    await staff.post(f"bookings/{ref}/answers", **mine | {"answer.diet": "Milk"})
    late = await staff.post(f"bookings/{ref}/answers", **mine | {"answer.diet": "Eggs"})
    assert late.status == 409
    assert "Stored now: Milk" in text(late)
    assert (await values(app))["diet"] == ("Milk",)


async def test_same_answers_are_no_change(app: Application, staff: Staff, ref: str) -> None:
    before = await the_booking(app)
    form = form_of(await staff.get(f"bookings/{ref}/answers")) | {"answer.dog": "yes"}
    assert (await staff.post(f"bookings/{ref}/answers", **form)).status == 303
    assert (await the_booking(app)).version == before.version
    assert (await events(app))[-1][0] == "Booked"


async def test_question_in_other_words_changes_no_answer_by_itself(
    app: Application, asking: Business, staff: Staff, ref: str
) -> None:
    before = await the_booking(app)
    other = Question(id="diet", text="Anything you do not eat?", required=True)
    await asking.change(questions=(other, BREAD, BOOTS, DOG))
    app.catalogue.invalidate_all()
    form = form_of(await staff.get(f"bookings/{ref}/answers")) | {"answer.dog": "yes"}
    assert (await staff.post(f"bookings/{ref}/answers", **form)).status == 303
    assert await the_booking(app) == before
    await staff.post(f"bookings/{ref}/answers", **form | {"answer.diet": "Eggs"})
    changed = answers_of((await the_booking(app)).answers)
    assert (changed[0].text, changed[0].values) == ("Anything you do not eat?", ("Eggs",))


async def test_choice_that_is_no_longer_offered_can_be_kept(
    app: Application, asking: Business, staff: Staff, guest: GuestBrowser, ticket: Page
) -> None:
    bread = Question(id="bread", text="Bread?", kind="choice", choices=("wheat", "oats"))
    await asking.change(questions=(DIET, bread, BOOTS, DOG))
    app.catalogue.invalidate_all()
    ref = (await the_booking(app)).ref
    form = form_of(await staff.get(f"bookings/{ref}/answers")) | {"answer.dog": "no"}
    assert form["answer.bread"] == "rye"
    assert (await staff.post(f"bookings/{ref}/answers", **form)).status == 303
    assert (await values(app))["bread"] == ("rye",)
    page = await answers_form(guest, ticket)
    await guest.send(page.forms[0], {**ANSWERS, "answer.diet": "Eggs"})
    assert (await values(app))["bread"] == ("rye",)
    await guest.send(page.forms[0], {**ANSWERS, "answer.bread": "oats"})
    assert (await values(app))["bread"] == ("oats",)
    refused = await guest.send(page.forms[0], {**ANSWERS, "answer.bread": "rye"})
    assert refused.status == 422, "given up, it can be chosen no more"


async def test_answer_to_a_question_that_is_gone_stays(
    app: Application, asking: Business, staff: Staff, ref: str
) -> None:
    await asking.change(questions=(BOOTS, DOG))
    app.catalogue.invalidate_all()
    form = form_of(await staff.get(f"bookings/{ref}/answers")) | {"answer.dog": "no"}
    assert "answer.diet" not in form
    assert (await staff.post(f"bookings/{ref}/answers", **form)).status == 303
    assert await values(app) == {
        "boots": (38, 42),
        "dog": (False,),
        "diet": ("Nuts",),
        "bread": ("rye",),
    }


async def test_offering_without_questions_has_no_such_button(
    app: Application, asking: Business, staff: Staff, ref: str
) -> None:
    assert "Change answers" in text(await staff.get(f"bookings/{ref}"))
    await asking.change(questions=())
    app.catalogue.invalidate_all()
    assert "Change answers" not in text(await staff.get(f"bookings/{ref}"))


async def test_guest_who_is_asked_nothing_is_led_to_the_ticket(
    app: Application, asking: Business, guest: GuestBrowser, ticket: Page
) -> None:
    link = change_link(ticket)
    await asking.change(questions=())
    app.catalogue.invalidate_all()
    assert "/answers?t=" not in (await guest.open(link)).html
    assert (await guest.open(link.replace("/change?", "/answers?"))).path == ticket.path


async def test_guest_changes_answers_by_the_link_of_the_ticket(
    app: Application, guest: GuestBrowser, ticket: Page, ref: str, staff: Staff
) -> None:
    page = await answers_form(guest, ticket)
    assert page.value("answer.diet") == "Nuts"
    missing = await guest.send(page.forms[0], {**ANSWERS, "answer.diet": ""})
    assert missing.status == 422
    assert "Answer “Any diet?”" in missing.text
    done = await guest.send(page.forms[0], {**ANSWERS, "answer.diet": "Milk"})
    assert "Your answers were changed." in done.text
    assert "Milk" in done.text
    assert (await values(app))["diet"] == ("Milk",)
    assert "Answers changed" in text(await staff.get(f"bookings/{ref}"))
    assert (await events(app))[-1][:2] == ("AnswersChanged", "guest")


async def test_guest_whose_booking_can_no_longer_be_changed_is_told(
    app: Application, guest: GuestBrowser, ticket: Page
) -> None:
    page = await answers_form(guest, ticket)
    assert isinstance(app.clock, ManualClock)
    app.clock.advance(timedelta(days=19, minutes=1))
    late = await guest.send(page.forms[0], {**ANSWERS, "answer.diet": "Milk"})
    assert late.status == 409
    assert "too late to change your answers" in late.text
    assert late.value("answer.diet") == "Milk"
    assert (await values(app))["diet"] == ("Nuts",)
    assert "/answers?t=" not in (await guest.open(change_link(ticket))).html


async def test_link_that_only_shows_a_booking_changes_no_answer(
    app: Application, guest: GuestBrowser, ticket: Page
) -> None:
    page = await answers_form(guest, ticket)
    refused = await guest.send(page.forms[0], {"t": "guessed", **ANSWERS, "answer.diet": "Milk"})
    assert refused.status == 404
    assert (await values(app))["diet"] == ("Nuts",)


async def test_action_refuses_what_pages_do_not_send(
    app: Application, asking: Business, ref: str
) -> None:
    booking = await the_booking(app)
    assert booking.ref == ref

    async def change(answers: dict[str, object], version: int | None = None) -> None:
        await commit(
            app,
            app.booking.change_answers,
            asking.org_id,
            booking.booking_id,
            answers,
            context=a_guest(),
            expected_version=version,
        )

    with pytest.raises(AnswerMissing):
        await change({})
    with pytest.raises(VersionConflict):
        await change({"diet": "Milk"}, booking.version + 1)
    assert isinstance(app.clock, ManualClock)
    app.clock.advance(timedelta(days=19, minutes=1))
    with pytest.raises(TooLateToAnswer):
        await change({"diet": "Milk"})
