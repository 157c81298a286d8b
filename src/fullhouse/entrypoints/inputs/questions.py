"""Questions as requests describe them."""

from fullhouse.booking.model.questions import Question
from fullhouse.booking.model.translated_texts import QuestionTexts


class QuestionTextsRequest(QuestionTexts, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A question in a further language."""


class QuestionRequest(Question, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A question that guests are asked when they book."""

    translations: tuple[QuestionTextsRequest, ...] = ()
