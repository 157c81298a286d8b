"""Questions and answers: what is read, what is wrong with it, and which questions can be asked."""

from functools import partial
from typing import Final

import pytest

from fullhouse.booking import limits
from fullhouse.booking.model.questions import (
    AnswerFault,
    GivenAnswers,
    Question,
    answers_of,
    question_fault,
    read_answers,
    stored_answers,
)
from fullhouse.booking.model.readable_ids import new_readable_id

ALLERGIES: Final = Question(id="allergies", text="Any allergies?")
BREAD: Final = Question(id="bread", text="Bread?", kind="choice", choices=("rye", "wheat"))
DOG: Final = Question(id="dog", text="A dog?", kind="yes_no", required=True)
BOOTS: Final = Question(id="boots", text="Boots?", kind="number", per="person", required=True)


def faults(
    question: Question, given: GivenAnswers, *, party: int = 2, insists: bool = True
) -> list[tuple[AnswerFault, int]]:
    read = read_answers([question], given, party=party, insists=insists)
    return [(one.fault, one.person) for one in read.problems]


def test_answers_are_kept_with_the_question_as_it_was_asked() -> None:
    given: GivenAnswers = {"allergies": "  Nuts\n and  bees ", "dog": False, "boots": [38, 42]}
    read = read_answers([ALLERGIES, DOG, BOOTS], given, party=2)
    assert read.problems == ()
    kept = answers_of(stored_answers(read.answers))
    assert kept == read.answers
    assert [(one.text, one.values) for one in kept] == [
        ("Any allergies?", ("Nuts and bees",)),
        ("A dog?", (False,)),
        ("Boots?", (38, 42)),
    ]


def test_nothing_is_kept_of_what_was_not_answered() -> None:
    assert read_answers([ALLERGIES], {"allergies": " \u200b"}, party=1).answers == ()
    assert stored_answers(()) is None
    assert answers_of(None) == ()


@pytest.mark.parametrize(
    ("question", "given", "wrong"),
    [
        (DOG, {}, [("missing", 0)]),
        (DOG, {"dog": ""}, [("missing", 0)]),
        (BOOTS, {}, [("missing", 1), ("missing", 2)]),
        (BOOTS, {"boots": [38]}, [("missing", 2)]),
        (BOOTS, {"boots": [38, None]}, [("missing", 2)]),
        (BOOTS, {"boots": [1, 2, 3]}, [("too_many", 0)]),
        (BOOTS, {"boots": 38}, [("not_a_list", 0)]),
        (ALLERGIES, {"allergies": ["nuts"]}, [("not_alone", 0)]),
        (ALLERGIES, {"allergies": 7}, [("not_of_its_kind", 0)]),
        (ALLERGIES, {"allergies": True}, [("not_of_its_kind", 0)]),
        (ALLERGIES, {"allergies": "x" * 200}, []),
        (ALLERGIES, {"allergies": "x" * 201}, [("too_long", 0)]),
        (BREAD, {"bread": "rye"}, []),
        (BREAD, {"bread": "oats"}, [("not_of_its_kind", 0)]),
        (DOG, {"dog": "yes"}, [("not_of_its_kind", 0)]),
        (BOOTS, {"boots": [True, -1]}, [("not_of_its_kind", 1), ("not_of_its_kind", 2)]),
        (BOOTS, {"boots": [0, 999_999]}, []),
        (BOOTS, {"boots": [0, 1_000_000]}, [("not_of_its_kind", 2)]),
        (ALLERGIES, {"weather": "sunny"}, [("unknown", 0)]),
    ],
)
def test_each_wrong_answer_is_named_with_its_person(
    question: Question, given: GivenAnswers, wrong: list[tuple[AnswerFault, int]]
) -> None:
    assert faults(question, given) == wrong


def test_who_does_not_insist_still_wants_what_is_given_to_fit() -> None:
    assert faults(DOG, {}, insists=False) == []
    assert faults(DOG, {"dog": 3}, insists=False) == [("not_of_its_kind", 0)]


def test_all_answers_of_a_booking_are_bounded_together() -> None:
    question = Question(id="names", text="Names?", per="person")
    party = limits.ANSWERS_CHARACTERS_MAX // limits.ANSWER_CHARACTERS_MAX
    long = "x" * limits.ANSWER_CHARACTERS_MAX
    assert faults(question, {"names": [long] * party}, party=party) == []
    assert faults(question, {"names": [*[long] * party, "x"]}, party=party + 1) == [("too_long", 0)]


@pytest.mark.parametrize(
    ("questions", "party_max", "fault"),
    [
        ((ALLERGIES, BREAD, DOG), 500, None),
        ((ALLERGIES, ALLERGIES), 2, "questions"),
        (tuple(Question(id=f"q-{n}", text="?") for n in range(11)), 2, "questions"),
        (
            (Question(id="bread", text="?", kind="choice", choices=("rye",)),),
            2,
            "questions.choices",
        ),
        (
            (Question(id="bread", text="?", kind="choice", choices=("rye", "rye")),),
            2,
            "questions.choices",
        ),
        (
            (Question(id="bread", text="?", kind="choice", choices=("rye", "x" * 81)),),
            2,
            "questions.choices",
        ),
        (
            (Question(id="bread", text="?", kind="text", choices=("a", "b")),),
            2,
            "questions.choices",
        ),
        ((BOOTS,), 50, None),
        ((BOOTS,), 51, "questions.per"),
        ((BOOTS, ALLERGIES), 50, "questions.per"),
    ],
)
def test_questions_that_cannot_be_asked_are_named(
    questions: tuple[Question, ...], party_max: int, fault: str | None
) -> None:
    assert question_fault(questions, party_max=party_max) == fault


def test_a_new_question_has_an_id_that_programs_can_read() -> None:
    new_id = partial(new_readable_id, without="question")
    assert new_id("Any allergies?", ()) == "any-allergies"
    assert new_id("Any allergies?", ("any-allergies",)) == "any-allergies-2"
    assert new_id("Größe der Schuhe", ()) == "groe-der-schuhe"
    assert new_id("แพ้อาหารไหม", ("question",)) == "question-2"
    assert len(new_id("x" * 500, ("x" * 36,))) <= limits.READABLE_ID_CHARACTERS_MAX
