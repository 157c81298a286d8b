"""Questions that an offering asks with a booking, and the answers to them.

An answer is kept with the question as it was asked. So the owner may change or remove a question at
any time: bookings made before still say what was asked and answered.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from fullhouse.booking import limits
from fullhouse.booking.model.readable_ids import READABLE_ID
from fullhouse.booking.model.translated_texts import QuestionTexts
from fullhouse.kernel.errors import InvalidInput
from fullhouse.kernel.text import one_line
from fullhouse.people.model.translated_texts import cleaned_texts, given_texts, of_language

QuestionKind = Literal["text", "choice", "yes_no", "number"]
AskedPer = Literal["booking", "person"]
AnswerValue = str | int | bool | None
"""A text or one of the choices, a whole number, yes or no; None without an answer."""
GivenAnswers = Mapping[str, AnswerValue | Sequence[AnswerValue]]
"""What a request answers, by the ids of the questions: one value, or one a person."""
StoredAnswers = Sequence[Mapping[str, object]]
"""Answers as the database has them: see `answers_of`."""
AnswerFault = Literal[
    "missing", "unknown", "not_alone", "not_a_list", "too_many", "too_long", "not_of_its_kind"
]


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """A question; `id` is the part of it that never changes."""

    id: Annotated[str, Meta(max_length=limits.READABLE_ID_CHARACTERS_MAX, pattern=READABLE_ID)]
    text: Annotated[str, Meta(min_length=1, max_length=limits.QUESTION_CHARACTERS_MAX)]
    kind: QuestionKind = "text"
    per: AskedPer = "booking"
    required: bool = False
    hint: Annotated[str, Meta(max_length=limits.QUESTION_HINT_CHARACTERS_MAX)] = ""
    choices: Annotated[
        tuple[Annotated[str, Meta(min_length=1, max_length=limits.CHOICE_CHARACTERS_MAX)], ...],
        Meta(max_length=limits.CHOICES_MAX),
    ] = ()
    translations: tuple[QuestionTexts, ...] = ()

    def in_language(self, language: str) -> "Question":
        """The question as guests of a language read it; they choose from its choices there."""
        own = of_language(self.translations, language)
        return msgspec.structs.replace(self, **given_texts(own)) if own else self

    def choice(self, value: str) -> str:
        """The choice that a guest has chosen in some language, in the main one."""
        if value in self.choices:
            return value
        named = {
            label: choice
            for texts in self.translations
            for label, choice in zip(texts.choices, self.choices, strict=False)
        }
        return named.get(value, value)

    def asked(self, party: int) -> int:
        """How many times a party is asked."""
        return party if self.per == "person" else 1


class QuestionAnswer(msgspec.Struct, frozen=True):
    """What was answered to a question, with its text as it was asked: a value, or one a person."""

    question: str
    text: str
    per: AskedPer
    values: tuple[AnswerValue, ...]


class AnswerProblem(msgspec.Struct, frozen=True):
    """What is wrong with an answer; `person` counts from 1, and is 0 for the answer as a whole."""

    question: str
    text: str
    fault: AnswerFault
    person: int = 0


class ReadAnswers(msgspec.Struct, frozen=True):
    """The answers to all questions that were answered, and every problem."""

    answers: tuple[QuestionAnswer, ...]
    problems: tuple[AnswerProblem, ...]


def read_answers(
    questions: Sequence[Question], given: GivenAnswers, *, party: int, insists: bool = True
) -> ReadAnswers:
    """Read what a party answers. Without `insists` a required question may be left unanswered."""
    answers: list[QuestionAnswer] = []
    known = {question.id for question in questions}
    problems = [AnswerProblem(name, name, "unknown") for name in given if name not in known]
    for question in questions:
        values, fault = _values(question, given.get(question.id), party)
        if fault is not None:
            problems.append(AnswerProblem(question.id, question.text, fault))
            continue
        problems += _problems(question, values, insists=insists)
        if any(value is not None for value in values):
            answers.append(QuestionAnswer(question.id, question.text, question.per, values))
    if not problems and _characters(answers) > limits.ANSWERS_CHARACTERS_MAX:
        problems.append(AnswerProblem(answers[-1].question, answers[-1].text, "too_long"))
    return ReadAnswers(tuple(answers), tuple(problems))


def _values(
    question: Question, given: AnswerValue | Sequence[AnswerValue], party: int
) -> tuple[tuple[AnswerValue, ...], AnswerFault | None]:
    """The value of each person, or the only one; what is left out at the end is None."""
    is_list = isinstance(given, Sequence) and not isinstance(given, str)
    if question.per == "booking":
        return ((), "not_alone") if is_list else ((_meant(question, given),), None)
    if given is None:
        return (None,) * party, None
    if not is_list:
        return (), "not_a_list"
    assert not isinstance(given, str | int), "it is a list"
    if len(given) > party:
        return (), "too_many"
    values = (_meant(question, value) for value in given)
    return (*values, *(None,) * (party - len(given))), None


def _meant(question: Question, value: object) -> AnswerValue:
    """A text on one line; an empty one is no answer. A choice is kept in the main language."""
    if isinstance(value, str):
        text = one_line(value)
        return (question.choice(text) if question.kind == "choice" else text) or None
    assert value is None or isinstance(value, int), "lists hold no lists"
    return value


def _problems(
    question: Question, values: Sequence[AnswerValue], *, insists: bool
) -> Iterator[AnswerProblem]:
    for number, value in enumerate(values, start=1):
        fault = _fault(question, value, insists=insists)
        if fault is not None:
            person = number if question.per == "person" else 0
            yield AnswerProblem(question.id, question.text, fault, person)


def _fault(question: Question, value: AnswerValue, *, insists: bool) -> AnswerFault | None:
    if value is None:
        return "missing" if question.required and insists else None
    match question.kind, value:
        case "text", str():
            return "too_long" if len(value) > limits.ANSWER_CHARACTERS_MAX else None
        case "choice", str():
            fits = value in question.choices
        case "number", int():
            fits = not isinstance(value, bool) and 0 <= value <= limits.ANSWER_NUMBER_MAX
        case "yes_no", bool():
            fits = True
        case _:
            fits = False
    return None if fits else "not_of_its_kind"


def _characters(answers: Sequence[QuestionAnswer]) -> int:
    return sum(len(str(value)) for answer in answers for value in answer.values if value)


def stored_answers(answers: Sequence[QuestionAnswer]) -> StoredAnswers | None:
    """Answers for the database; None without any."""
    return msgspec.to_builtins(answers) if answers else None


def answers_of(stored: StoredAnswers | None) -> tuple[QuestionAnswer, ...]:
    """The answers of a booking."""
    return msgspec.convert(stored, tuple[QuestionAnswer, ...]) if stored else ()


def answers_in(
    stored: StoredAnswers | None, questions: Sequence[Question], language: str
) -> StoredAnswers | None:
    """Answers as guests of a language read them; those to questions that are gone stay."""
    translated = {one.id: of_language(one.translations, language) for one in questions}
    known = {one.id: one for one in questions}
    shown = (
        _answer_in(answer, known[answer.question], texts)
        if (texts := translated.get(answer.question))
        else answer
        for answer in answers_of(stored)
    )
    return stored_answers(tuple(shown))


def _answer_in(answer: QuestionAnswer, question: Question, texts: QuestionTexts) -> QuestionAnswer:
    labels = dict(zip(question.choices, texts.choices, strict=False))
    values = tuple(labels.get(one, one) if isinstance(one, str) else one for one in answer.values)
    return QuestionAnswer(answer.question, texts.text or answer.text, answer.per, values)


def optional_questions(questions: Sequence[Question]) -> tuple[Question, ...]:
    """The questions as staff are asked, who need not answer any."""
    return tuple(msgspec.structs.replace(one, required=False) for one in questions)


def with_given_choices(
    questions: Sequence[Question], answers: Sequence[QuestionAnswer]
) -> tuple[Question, ...]:
    """The questions for who has answered them: what was chosen can be chosen still."""
    given = {answer.question: answer.values for answer in answers}
    return tuple(_with_choices(one, given.get(one.id, ())) for one in questions)


def _with_choices(question: Question, given: Sequence[AnswerValue]) -> Question:
    chosen = [str(one) for one in given if one and one not in question.choices]
    if question.kind != "choice" or not chosen:
        return question
    return msgspec.structs.replace(question, choices=(*question.choices, *dict.fromkeys(chosen)))


def changed_answers(
    before: Sequence[QuestionAnswer],
    given: Sequence[QuestionAnswer],
    questions: Sequence[Question],
) -> tuple[QuestionAnswer, ...]:
    """The answers after a change, in which those to questions that are gone stay.

    They are those from before when all values are the same, also of a question that is now asked
    in other words.
    """
    asked = {question.id for question in questions}
    after = (*given, *(one for one in before if one.question not in asked))
    is_same = {one.question: one.values for one in after} == {
        one.question: one.values for one in before
    }
    return tuple(before) if is_same else after


def cleaned(question: Question) -> Question:
    """The question without what pasting its texts brought along.

    Raises `InvalidInput` when nothing is left of its text. An empty choice is for the offering to
    refuse.
    """
    text = one_line(question.text)
    if not text:
        raise InvalidInput("Send a text that can be seen.", field="questions.text")
    choices = tuple(map(one_line, question.choices))
    return Question(
        id=question.id,
        text=text,
        kind=question.kind,
        per=question.per,
        required=question.required,
        hint=one_line(question.hint),
        choices=choices,
        translations=cleaned_texts(QuestionTexts, question.translations),
    )


def question_fault(questions: Sequence[Question], *, party_max: int) -> str | None:
    """The field of an offering that its questions cannot be asked with; None when all can."""
    ids = {question.id for question in questions}
    asked = sum(question.asked(party_max) for question in questions)
    wrong = {
        "questions": not len(questions) == len(ids) <= limits.QUESTIONS_MAX,
        "questions.choices": not all(map(_has_its_choices, questions)),
        "questions.per": asked > limits.ANSWERS_ASKED_MAX,
    }
    return next((field for field, is_wrong in wrong.items() if is_wrong), None)


def _has_its_choices(question: Question) -> bool:
    """Whether it has different choices where they are needed, and none elsewhere."""
    choices, translated = question.choices, [one.choices for one in question.translations]
    if question.kind != "choice":
        return not (choices or any(translated))
    lengths_fit = all(1 <= len(one) <= limits.CHOICE_CHARACTERS_MAX for one in choices)
    are_choices = limits.CHOICES_MIN <= len(set(choices)) == len(choices)
    return lengths_fit and are_choices and _name_the_same(choices, translated)


def _name_the_same(choices: Sequence[str], translated: Sequence[Sequence[str]]) -> bool:
    """Whether every language names each choice, and no name is that of two choices."""
    named = dict(zip(choices, choices, strict=True))
    for labels in filter(None, translated):
        if len(labels) != len(choices) or not all(labels):
            return False
        pairs = zip(labels, choices, strict=True)
        if any(named.setdefault(label, choice) != choice for label, choice in pairs):
            return False
    return True
