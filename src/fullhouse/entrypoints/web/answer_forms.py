"""The questions of an offering as fields of the form with the guest's details."""

from collections.abc import Iterator, Mapping, Sequence

from fullhouse.booking.model.questions import Question
from fullhouse.booking.model.typed_answers import field_name
from fullhouse.entrypoints.web.views import Choice, Field, FieldGroup
from fullhouse.localisation.translations import Translations


def answer_fields(
    questions: Sequence[Question],
    translations: Translations,
    *,
    party: int,
    typed: Mapping[str, str],
    problems: Mapping[str, str],
) -> tuple[tuple[Field, ...], tuple[FieldGroup, ...]]:
    """The fields of the whole party, and those of each person."""

    def field(question: Question, person: int) -> Field:
        name = field_name(question.id, person)
        value = typed.get(name, "")
        return Field(
            name,
            question.text,
            value,
            hint=question.hint,
            problem=problems.get(name, ""),
            kind={"choice": "select", "yes_no": "radio"}.get(question.kind, question.kind),
            optional=not question.required,
            choices=tuple(_choices(question, value, translations)),
        )

    asked_once = tuple(field(one, 0) for one in questions if one.per == "booking")
    of_persons = [one for one in questions if one.per == "person"]
    if not of_persons:
        return asked_once, ()
    groups = (
        FieldGroup(
            translations.gettext("Guest %(n)s", n=person),
            tuple(field(one, person) for one in of_persons),
        )
        for person in range(1, party + 1)
    )
    return asked_once, tuple(groups)


def _choices(question: Question, value: str, translations: Translations) -> Iterator[Choice]:
    _ = translations.gettext
    if question.kind == "yes_no":
        for one, text in (("yes", _("Yes")), ("no", _("No"))):
            yield Choice(one, text, selected=value == one)
    elif question.kind == "choice":
        yield Choice("", "", selected=not value)
        for one in question.choices:
            yield Choice(one, one, selected=value == one)
