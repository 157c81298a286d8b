"""What an offering asks of a guest as fields: who comes at which price, and its questions."""

from collections.abc import Iterator, Mapping, Sequence

from fullhouse.booking.model.offering import Offering
from fullhouse.booking.model.price_categories import CategoryGuests, numbers_of
from fullhouse.booking.model.questions import Question
from fullhouse.booking.model.typed_answers import field_name
from fullhouse.booking.price_texts import guest_rows
from fullhouse.entrypoints.web.forms import Details
from fullhouse.entrypoints.web.views import Choice, Field, FieldGroup
from fullhouse.localisation.formatter import LocaleFormatter
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


def guest_fields(
    offering: Offering,
    formatter: LocaleFormatter,
    details: Details,
    *,
    guests: Sequence[CategoryGuests],
) -> tuple[Field, ...]:
    """How many of each price category come, of a party that has waited."""
    return tuple(
        Field(
            row.field,
            f"{row.name} ({row.price})",
            details.answers.get(row.field, str(row.number)),
            problem=details.problems.get(row.field, ""),
            kind="number",
        )
        for row in guest_rows(offering, formatter, numbers_of(guests) or {})
    )
