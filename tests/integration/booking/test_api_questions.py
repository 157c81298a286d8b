"""Questions by API: what an offering asks, what a booking answers, and how it is refused."""

from datetime import timedelta
from typing import Final

import pytest
from tests.builders.api_client import Answer, ApiClient, a_booking_body

from fullhouse.booking.model.slot import SlotId
from fullhouse.kernel.clock import ManualClock

ALLERGIES: Final = {"id": "allergies", "text": "Any allergies?", "required": True}
BOOTS: Final = {"id": "boots", "text": "Boot size?", "kind": "number", "per": "person"}
QUESTIONS: Final = [ALLERGIES, BOOTS]
NONE: Final[dict[str, object]] = {"translations": []}


async def ask(api: ApiClient, questions: object) -> Answer:
    """Have the offering of the business ask these."""
    body = {"questions": questions}
    return await api.ask("PATCH", "/offerings/sunflowers", json=body, key=api.key)


async def book(
    api: ApiClient, slot: SlotId, answers: object, *, party: int = 2, once: str | None = None
) -> Answer:
    body = {**a_booking_body(slot, party=party), "answers": answers}
    return await api.post("/bookings", body, once=once)


async def test_offering_says_what_it_asks_and_booking_what_was_answered(api: ApiClient) -> None:
    assert (await ask(api, QUESTIONS)).status == 200
    offering = (await api.get("/offerings/sunflowers")).json
    assert offering["questions"] == [
        {**ALLERGIES, "kind": "text", "per": "booking", "hint": "", "choices": [], **NONE},
        {**BOOTS, "required": False, "hint": "", "choices": [], **NONE},
    ]
    slot = await api.business.a_slot()
    booked = await book(api, slot, {"allergies": "Bees", "boots": [38, None]})
    assert booked.status == 201
    view = await api.get(f"/bookings/{booked.json['ref']}", key=api.key)
    assert view.json["answers"] == [
        {"question": "allergies", "text": "Any allergies?", "answer": "Bees"},
        {"question": "boots", "text": "Boot size?", "answer": [38, None]},
    ]


async def test_hold_is_booked_with_answers(api: ApiClient) -> None:
    await ask(api, QUESTIONS)
    slot = await api.business.a_slot()
    hold = await api.post("/holds", {"slot": str(slot), "party": 2})
    customer = a_booking_body(slot)["customer"]
    body = {"hold": hold.json["id"], "customer": customer}
    refused = await api.post("/bookings", body)
    assert (refused.status, refused.code) == (422, "answer_missing")
    booked = await api.post("/bookings", {**body, "answers": {"allergies": "None"}})
    assert booked.status == 201
    view = await api.get(f"/bookings/{booked.json['ref']}", key=api.key)
    assert view.json["answers"] == [
        {"question": "allergies", "text": "Any allergies?", "answer": "None"}
    ]


@pytest.mark.parametrize(
    ("answers", "code", "question", "field"),
    [
        ({}, "answer_missing", "allergies", "answers.allergies"),
        ({"allergies": " "}, "answer_missing", "allergies", "answers.allergies"),
        ({"allergies": 5}, "answer_not_valid", "allergies", "answers.allergies"),
        (
            {"allergies": "no", "boots": [1, "x"]},
            "answer_not_valid",
            "boots",
            "answers.boots[1]",
        ),
        ({"allergies": "no", "dog": True}, "answer_not_valid", "dog", "answers.dog"),
    ],
)
async def test_refusal_names_the_question(
    api: ApiClient, answers: object, code: str, question: str, field: str
) -> None:
    await ask(api, QUESTIONS)
    refused = await book(api, await api.business.a_slot(), answers)
    assert (refused.status, refused.code, refused.json["question"]) == (422, code, question)
    errors = refused.json["errors"]
    assert isinstance(errors, list)
    assert [error["field"] for error in errors] == [field]


async def test_answers_to_an_offering_without_questions_are_refused(api: ApiClient) -> None:
    refused = await book(api, await api.business.a_slot(), {"allergies": "Bees"})
    assert (refused.status, refused.code) == (422, "answer_not_valid")


async def test_owner_may_book_without_what_guests_must_answer(api: ApiClient) -> None:
    await ask(api, QUESTIONS)
    slot = await api.business.a_slot()
    booked = await api.post("/bookings", a_booking_body(slot), key=api.key)
    assert booked.status == 201
    wrong = {**a_booking_body(slot, name="Emmy"), "answers": {"boots": 7}}
    assert (await api.post("/bookings", wrong, key=api.key)).code == "answer_not_valid"


async def test_repeat_with_other_answers_is_not_answered_by_the_first(api: ApiClient) -> None:
    await ask(api, QUESTIONS)
    slot = await api.business.a_slot()
    first = await book(api, slot, {"allergies": "Bees"})
    again = await book(api, slot, {"allergies": "Bees"})
    assert (again.status, again.body) == (200, first.body)
    other = await book(api, slot, {"allergies": "Nuts"})
    assert (other.status, other.code) == (409, "possible_duplicate")
    keyed = await api.business.a_slot(starts_in=timedelta(days=9))
    assert (await book(api, keyed, {"allergies": "Bees"}, once="k-1")).status == 201
    reused = await book(api, keyed, {"allergies": "Nuts"}, once="k-1")
    assert (reused.status, reused.code) == (422, "idempotency_key_reused")


async def test_answers_outlive_their_question(api: ApiClient) -> None:
    await ask(api, QUESTIONS)
    booked = await book(api, await api.business.a_slot(), {"allergies": "Bees"})
    assert (await ask(api, [{**ALLERGIES, "text": "Diet?", "kind": "yes_no"}])).status == 200
    assert (await ask(api, [])).status == 200
    view = await api.get(f"/bookings/{booked.json['ref']}", key=api.key)
    assert view.json["answers"] == [
        {"question": "allergies", "text": "Any allergies?", "answer": "Bees"}
    ]


async def test_answers_stay_when_the_party_changes(api: ApiClient) -> None:
    await ask(api, QUESTIONS)
    booked = await book(api, await api.business.a_slot(), {"allergies": "no", "boots": [38, 42]})
    path = f"/bookings/{booked.json['ref']}"
    moved = await api.ask("POST", f"{path}/reschedule", json={"party": 3}, key=api.key)
    assert moved.status == 200
    view = await api.get(path, key=api.key)
    answers = view.json["answers"]
    assert isinstance(answers, list)
    assert answers[1]["answer"] == [38, 42]


@pytest.mark.parametrize(
    ("questions", "field"),
    [
        ([ALLERGIES, ALLERGIES], "questions"),
        ([{**ALLERGIES, "kind": "choice"}], "questions.choices"),
        ([{**ALLERGIES, "choices": ["a", "b"]}], "questions.choices"),
        ([{**BOOTS, "id": f"boots-{n}"} for n in range(6)], "questions.per"),
        ([{**ALLERGIES, "id": "Not An Id"}], "questions[0].id"),
        ([{**ALLERGIES, "text": "\u200b"}], "questions.text"),
        ([{**ALLERGIES, "ask": "nicely"}], "questions[0].ask"),
    ],
)
async def test_questions_that_cannot_be_asked_are_refused(
    api: ApiClient, questions: object, field: str
) -> None:
    refused = await ask(api, questions)
    errors = refused.json["errors"]
    assert isinstance(errors, list)
    assert (refused.status, [error["field"] for error in errors]) == (422, [field])


async def test_saving_the_same_questions_again_changes_nothing(api: ApiClient) -> None:
    first = await ask(api, QUESTIONS)
    again = await ask(api, QUESTIONS)
    assert again.json["version"] == first.json["version"]


async def test_answers_are_replaced_and_those_to_questions_that_are_gone_stay(
    api: ApiClient,
) -> None:
    await ask(api, QUESTIONS)
    answers = {"allergies": "Bees", "boots": [38, 42]}
    booked = await book(api, await api.business.a_slot(starts_in=timedelta(days=20)), answers)
    path = f"/bookings/{booked.json['ref']}"
    read = await api.get(path, key=api.key)
    version = read.headers["etag"]
    await ask(api, [BOOTS])
    body = {"answers": {"boots": [98765, None]}}
    changed = await api.ask(
        "PUT", f"{path}/answers", json=body, key=api.key, headers={"If-Match": version}
    )
    assert changed.status == 200, changed.body
    assert changed.json["answers"] == [
        {"question": "boots", "text": "Boot size?", "answer": [98765, None]},
        {"question": "allergies", "text": "Any allergies?", "answer": "Bees"},
    ]
    stale = await api.ask(
        "PUT", f"{path}/answers", json=body, key=api.key, headers={"If-Match": version}
    )
    assert (stale.status, stale.code) == (412, "version_conflict")
    history = (await api.get(f"{path}/history", key=api.key)).json["history"]
    assert isinstance(history, list)
    assert history[-1]["message"] == "The answers to questions were changed."
    assert "98765" not in str(history[-1])


async def test_guest_answers_by_the_links_token_as_long_as_the_time(api: ApiClient) -> None:
    await ask(api, QUESTIONS)
    slot = await api.business.a_slot(starts_in=timedelta(days=20))
    booked = await book(api, slot, {"allergies": "Bees"})
    path = f"/bookings/{booked.json['ref']}/answers"
    token = str(booked.json["manage_url"]).partition("?t=")[2]
    missing = await api.ask("PUT", f"{path}?token={token}", json={"answers": {}})
    assert (missing.status, missing.code) == (422, "answer_missing")
    done = await api.ask("PUT", f"{path}?token={token}", json={"answers": {"allergies": "None"}})
    assert done.status == 200
    assert isinstance(api.app.clock, ManualClock)
    api.app.clock.advance(timedelta(days=19, minutes=1))
    late = await api.ask("PUT", f"{path}?token={token}", json={"answers": {"allergies": "Nuts"}})
    assert (late.status, late.code) == (409, "too_late_to_answer")
    as_staff = await api.ask("PUT", path, json={"answers": {}}, key=api.key)
    assert as_staff.status == 200
    assert "answers" not in as_staff.json
