"""The fields that pages share on which an operator sets something for a time and says why."""

from collections.abc import Mapping

from fullhouse.entrypoints.web.views import Field
from fullhouse.http.request import whole_number
from fullhouse.kernel.errors import InvalidInput
from fullhouse.localisation.translations import Translations
from fullhouse.resilience.limits import REASON_CHARACTERS_MAX
from fullhouse.resilience.reasons import parse_reason


def setting_fields(
    translations: Translations,
    typed: Mapping[str, str],
    problems: Mapping[str, str],
    *,
    hint: str,
) -> tuple[Field, ...]:
    """For how many minutes, with a hint of what comes then, and why."""
    _ = translations.gettext
    return (
        Field(
            "minutes",
            _("For how many minutes"),
            typed.get("minutes", ""),
            hint=hint,
            problem=problems.get("minutes", ""),
            kind="number",
            optional=True,
        ),
        reason_field(translations, typed, problems),
    )


def reason_field(
    translations: Translations, typed: Mapping[str, str], problems: Mapping[str, str]
) -> Field:
    """Why it is set."""
    _ = translations.gettext
    return Field(
        "reason",
        _("Why"),
        typed.get("reason", "")[:REASON_CHARACTERS_MAX],
        hint=_("For those who look later. Visitors don't see it."),
        problem=problems.get("reason", ""),
    )


def setting_problems(
    translations: Translations, typed: Mapping[str, str], *, minutes_max: int
) -> dict[str, str]:
    """What is wrong with them, by field."""
    _, problems = translations.gettext, {}
    minutes = typed.get("minutes", "").strip()
    if minutes and not 1 <= (whole_number(minutes) or 0) <= minutes_max:
        problems["minutes"] = _("A whole number from 1 to %(n)s.", n=minutes_max)
    try:
        parse_reason(typed.get("reason", ""))
    except InvalidInput:
        problems["reason"] = _("One line of at most %(n)s characters.", n=REASON_CHARACTERS_MAX)
    return problems


def minutes_of(typed: Mapping[str, str]) -> int | None:
    """The minutes, after they were found to be right; None for none."""
    return whole_number(typed.get("minutes", "").strip())
