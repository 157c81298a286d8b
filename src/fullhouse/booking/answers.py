"""The answers of a request to the questions of its offering."""

from typing import Final

from fullhouse.booking.errors import AnswerMissing, AnswerNotValid
from fullhouse.booking.limits import ANSWER_CHARACTERS_MAX, ANSWER_NUMBER_MAX
from fullhouse.booking.model.offering import Offering
from fullhouse.booking.model.questions import (
    AnswerFault,
    AnswerProblem,
    GivenAnswers,
    StoredAnswers,
    read_answers,
    stored_answers,
)
from fullhouse.kernel.context import Permission, RequestContext

_DETAILS: Final[dict[AnswerFault, str]] = {
    "unknown": "This offering does not ask it. Fetch the offering and answer its questions.",
    "not_alone": "It is asked once for the whole party. Send one value instead of a list.",
    "not_a_list": "It is asked of each person. Send a list with a value for each.",
    "too_many": "It is asked of each person. Send no more values than people.",
    "too_long": f"The answer is too long. Send at most {ANSWER_CHARACTERS_MAX} characters.",
    "not_of_its_kind": "The answer is not of the kind of the question. Send a text for `text`, one"
    " of its choices for `choice`, true or false for `yes_no`, a whole number up to"
    f" {ANSWER_NUMBER_MAX} for `number`.",
}


def checked_answers(
    offering: Offering, given: GivenAnswers, *, party: int, context: RequestContext
) -> StoredAnswers | None:
    """The answers as they are kept.

    Raises `AnswerMissing` and `AnswerNotValid`. A context with `override_policy` may leave out what
    guests must answer.
    """
    if not (offering.questions or given):
        return None
    insists = not context.may(Permission.OVERRIDE_POLICY)
    read = read_answers(offering.questions, given, party=party, insists=insists)
    for problem in read.problems:
        raise _error_of(problem)
    return stored_answers(read.answers)


def _error_of(problem: AnswerProblem) -> AnswerMissing | AnswerNotValid:
    field = f"answers.{problem.question}" + (f"[{problem.person - 1}]" if problem.person else "")
    if problem.fault == "missing":
        detail = f"“{problem.text}” must be answered. Send an answer for it."
        return AnswerMissing(detail, field=field, question=problem.question)
    return AnswerNotValid(_DETAILS[problem.fault], field=field, question=problem.question)
