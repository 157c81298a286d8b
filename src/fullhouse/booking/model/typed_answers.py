"""Answers from the fields of a form: read without trust, and kept as typed."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import msgspec

from fullhouse.booking.limits import ANSWER_CHARACTERS_MAX
from fullhouse.booking.model.answer_texts import problem_text
from fullhouse.booking.model.questions import (
    AnswerValue,
    GivenAnswers,
    Question,
    QuestionAnswer,
    read_answers,
)
from fullhouse.localisation.translations import Translations

_PREFIX: Final = "answer."
_YES_NO: Final = {"yes": True, "no": False}
_TYPED_MAX: Final = 2 * ANSWER_CHARACTERS_MAX
"""Characters that are kept of a field: more than it may have, so that its problem is seen."""


class TypedAnswers(msgspec.Struct, frozen=True):
    """Answers as typed, by the names of their fields, with a problem for each wrong one."""

    typed: Mapping[str, str] = msgspec.field(default_factory=dict)
    given: GivenAnswers = msgspec.field(default_factory=dict)
    answers: tuple[QuestionAnswer, ...] = ()
    problems: Mapping[str, str] = msgspec.field(default_factory=dict)


def read_typed_answers(
    form: Mapping[str, str],
    questions: Sequence[Question],
    translations: Translations,
    *,
    party: int,
) -> TypedAnswers:
    """Read the answers of a party from the fields of a form."""
    typed = {name: form.get(name, "").strip()[:_TYPED_MAX] for name in _names(questions, party)}
    given: dict[str, AnswerValue | Sequence[AnswerValue]] = {}
    for question in questions:
        values = [_value(question, typed[name]) for name in _names([question], party)]
        given[question.id] = values if question.per == "person" else values[0]
    read = read_answers(questions, given, party=party)
    kinds = {question.id: question.kind for question in questions}
    problems = {
        field_name(one.question, one.person): problem_text(one, kinds[one.question], translations)
        for one in read.problems
    }
    return TypedAnswers(typed, given, read.answers, problems)


def typed_of(
    answers: Sequence[QuestionAnswer], questions: Sequence[Question], *, party: int
) -> dict[str, str]:
    """The fields as who gave these answers would type them."""
    values = {one.question: one.values for one in answers}
    return {
        name: _typed(value)
        for question in questions
        for name, value in zip(_names([question], party), values.get(question.id, ()), strict=False)
    }


def _typed(value: AnswerValue) -> str:
    if isinstance(value, bool):
        return next(text for text, meant in _YES_NO.items() if meant is value)
    return "" if value is None else str(value)


def _names(questions: Sequence[Question], party: int) -> Iterator[str]:
    for question in questions:
        if question.per == "booking":
            yield field_name(question.id, 0)
        else:
            yield from (field_name(question.id, person) for person in range(1, party + 1))


def field_name(question_id: str, person: int) -> str:
    """The name of the field; `person` is 0 where all are asked once."""
    return f"{_PREFIX}{question_id}" + (f".{person}" if person else "")


def _value(question: Question, text: str) -> AnswerValue:
    """The value that was typed; a text that is none of its kind stays one, and is a problem."""
    if not text:
        return None
    if question.kind == "yes_no":
        return _YES_NO.get(text, text)
    is_number = question.kind == "number" and text.isascii() and text.isdecimal()
    return int(text) if is_number else text
