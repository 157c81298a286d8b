"""Questions as requests describe them."""

from fullhouse.booking.model.questions import Question


class QuestionRequest(Question, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A question that guests are asked when they book."""
