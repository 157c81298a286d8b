"""A question as its owner writes it, with the offering that asks it."""

from typing import Annotated, Final

import msgspec
from msgspec import Meta

from fullhouse.booking import limits
from fullhouse.booking.model.offering import Offering
from fullhouse.booking.model.questions import AskedPer, Question, QuestionKind, cleaned
from fullhouse.booking.model.translated_texts import QuestionTexts
from fullhouse.kernel.text import one_line
from fullhouse.localisation.formatter import LocaleFormatter
from fullhouse.localisation.translations import gettext_noop as _
from fullhouse.people.limits import SLUG_CHARACTERS_MAX

_CHOICES_TEXT_MAX: Final = limits.CHOICES_MAX * (limits.CHOICE_CHARACTERS_MAX + 2)


KIND_NAMES: Final = (
    ("text", _("A short text")),
    ("choice", _("One of several answers")),
    ("yes_no", _("Yes or no")),
    ("number", _("A number")),
)
PER_NAMES: Final = (("booking", _("Once for the whole group")), ("person", _("Every guest")))

assert (limits.QUESTIONS_MAX, limits.ANSWERS_ASKED_MAX) == (10, 50), "the form says so"
assert limits.CHOICE_CHARACTERS_MAX == 80, "the form says so"  # noqa: PLR2004


class AskedQuestion(msgspec.Struct, frozen=True):
    """A question with its offering; the first has `place` 0."""

    offering: Offering
    question: Question
    place: int

    @property
    def key(self) -> str:
        return f"{self.offering.slug}.{self.question.id}"


class QuestionFormTexts(msgspec.Struct, frozen=True, kw_only=True):
    """A question in one language; its choices line by line."""

    text: Annotated[str, Meta(max_length=limits.QUESTION_CHARACTERS_MAX)] = ""
    hint: Annotated[str, Meta(max_length=limits.QUESTION_HINT_CHARACTERS_MAX)] = ""
    choices: Annotated[str, Meta(max_length=_CHOICES_TEXT_MAX)] = ""

    @staticmethod
    def of(texts: QuestionTexts) -> "QuestionFormTexts":
        lines = "\n".join(texts.choices)
        return QuestionFormTexts(text=texts.text, hint=texts.hint, choices=lines)

    def read(self, language: str) -> QuestionTexts:
        """The texts as they are stored."""
        choices = _lines(self.choices)
        return QuestionTexts(language=language, text=self.text, hint=self.hint, choices=choices)


class QuestionForm(msgspec.Struct, frozen=True, kw_only=True):
    """A question as the owner writes it, and the address of its offering, which is chosen once."""

    offering: Annotated[str, Meta(min_length=1, max_length=SLUG_CHARACTERS_MAX)]
    text: Annotated[str, Meta(min_length=1, max_length=limits.QUESTION_CHARACTERS_MAX)]
    hint: Annotated[str, Meta(max_length=limits.QUESTION_HINT_CHARACTERS_MAX)] = ""
    kind: QuestionKind = "text"
    choices: Annotated[str, Meta(max_length=_CHOICES_TEXT_MAX)] = ""
    per: AskedPer = "booking"
    required: bool = False
    id: str = ""
    texts: dict[str, QuestionFormTexts] = msgspec.field(default_factory=dict)
    """By the further languages of the business."""

    @staticmethod
    def of(row: AskedQuestion) -> "QuestionForm":
        """The form of a question as it stands."""
        question = row.question
        return QuestionForm(
            offering=row.offering.slug,
            text=question.text,
            hint=question.hint,
            kind=question.kind,
            choices="\n".join(question.choices),
            per=question.per,
            required=question.required,
            id=question.id,
            texts={one.language: QuestionFormTexts.of(one) for one in question.translations},
        )

    def read(self) -> Question:
        """Raises `InvalidInput`."""
        asked = Question(
            id=self.id,
            text=self.text,
            kind=self.kind,
            per=self.per,
            required=self.required,
            hint=self.hint,
            choices=_lines(self.choices),
            translations=tuple(texts.read(language) for language, texts in self.texts.items()),
        )
        return cleaned(asked)


def _lines(text: str) -> tuple[str, ...]:
    return tuple(filter(None, map(one_line, text.splitlines())))


def key_parts(key: str) -> tuple[str, str]:
    """The slug of the offering and the id of the question that a key names."""
    offering, _dot, question = key.partition(".")
    return offering, question


def kind_text(row: AskedQuestion, formatter: LocaleFormatter) -> str:
    return formatter.translations.gettext(dict(KIND_NAMES)[row.question.kind])


def per_text(row: AskedQuestion, formatter: LocaleFormatter) -> str:
    return formatter.translations.gettext(dict(PER_NAMES)[row.question.per])


ERROR_FIELDS: Final = {
    "questions": "text",
    "questions.text": "text",
    "questions.choices": "choices",
    "questions.per": "per",
}
QUESTIONS_LEAD: Final = _(
    "Guests answer these when they book. When you change or remove a question, bookings made "
    "before keep their answers, with the question as it was asked."
)
TRANSLATED_CHOICES_HINT: Final = _("One line for each answer above, in the same order.")
TRANSLATED_CHOICES_REFUSED: Final = _(
    "Enter one line for each answer above, none of which is the name of another answer."
)
QUESTION_EXAMPLE: Final = {
    "id": "any-allergies",
    "text": "Does anybody have an allergy?",
    "kind": "text",
    "per": "booking",
    "required": False,
    "hint": "Bees are everywhere.",
    "choices": [],
    "translations": [],
}
