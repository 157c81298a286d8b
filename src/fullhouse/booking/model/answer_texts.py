"""Texts of answers, and of what is wrong with them."""

from collections.abc import Iterator, Sequence

from fullhouse.booking.limits import ANSWER_CHARACTERS_MAX, ANSWER_NUMBER_MAX
from fullhouse.booking.model.price_categories import StoredGuests, guests_line, guests_of
from fullhouse.booking.model.questions import (
    AnswerProblem,
    QuestionAnswer,
    QuestionKind,
    StoredAnswers,
    answers_of,
)
from fullhouse.localisation.translations import Translations


def answer_texts(
    answers: Sequence[QuestionAnswer], translations: Translations
) -> Sequence[tuple[str, str]]:
    """Each question as it was asked, with what was answered; of several persons all in a line."""
    return [(one.text, ", ".join(_texts(one, translations))) for one in answers]


def answers_line(answers: Sequence[QuestionAnswer], translations: Translations) -> str:
    """All answers in a line; after a question mark no colon follows."""
    texts = answer_texts(answers, translations)
    return " · ".join(f"{text.rstrip(':')}{_after(text)} {value}" for text, value in texts)


def _after(text: str) -> str:
    return "" if text.endswith("?") else ":"


def details_line(
    guests: StoredGuests | None, answers: StoredAnswers | None, translations: Translations
) -> str:
    """Who comes at which price, and all answers, in a line."""
    lines = (guests_line(guests_of(guests)), answers_line(answers_of(answers), translations))
    return " · ".join(filter(None, lines))


def _texts(answer: QuestionAnswer, translations: Translations) -> Iterator[str]:
    """The text of each value; nobody's place is taken by the answer of another."""
    for value in answer.values:
        match value:
            case None:
                yield "\N{EN DASH}"
            case bool():
                yield translations.gettext("Yes") if value else translations.gettext("No")
            case _:
                yield str(value)


def problem_text(problem: AnswerProblem, kind: QuestionKind, translations: Translations) -> str:
    """What is wrong, with the question, and the guest where each is asked."""
    _, n = translations.gettext, problem.person
    if problem.fault == "missing":
        text = _("Answer “%(question)s”", question=problem.text)
    elif problem.fault == "too_long":
        text = translations.ngettext(
            "“%(question)s”: use at most %(n)s character",
            "“%(question)s”: use at most %(n)s characters",
            ANSWER_CHARACTERS_MAX,
            question=problem.text,
        )
    elif kind == "number":
        text = _(
            "“%(question)s”: enter a whole number from 0 to %(max)s",
            question=problem.text,
            max=ANSWER_NUMBER_MAX,
        )
    else:
        text = _("“%(question)s”: choose one of the answers", question=problem.text)
    return _("Guest %(n)s: %(problem)s", n=n, problem=text) if n else text
