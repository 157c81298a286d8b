"""The way of guests to a booking in words: for its page, and as rows for programs."""

from collections.abc import Mapping, Sequence
from typing import Final

from fullhouse.booking.limits import OTHER_SOURCES
from fullhouse.booking.model.funnel import Funnel, FunnelStep, whole_funnel
from fullhouse.localisation.formatter import LocaleFormatter
from fullhouse.localisation.translations import Translations, pgettext_noop

SHOWN_STEPS: Final[Mapping[FunnelStep, str]] = {
    FunnelStep.VIEW: pgettext_noop("guests", "Visits"),
    FunnelStep.START: pgettext_noop("guests", "Chose a time"),
    FunnelStep.COMPLETE: pgettext_noop("guests", "Gave details"),
    FunnelStep.CONFIRM: pgettext_noop("guests", "Booked"),
    FunnelStep.FAIL: pgettext_noop("guests", "Failed"),
}
"""The steps in their order; who gave places back is among those who left."""


def source_text(source: str, translations: Translations) -> str:
    """The campaign by its word, and those that have none."""
    if not source:
        return translations.gettext("Without a campaign")
    return translations.gettext("Others") if source == OTHER_SOURCES else source


def step_titles(translations: Translations) -> list[str]:
    """The heads of the columns: the steps, and who started and left."""
    steps = [translations.pgettext("guests", text) for text in SHOWN_STEPS.values()]
    return [*steps, translations.pgettext("guests", "Left without booking")]


def step_counts(one: Funnel) -> list[int]:
    """The counts in the order of `step_titles`."""
    return [*(one.steps.get(step, 0) for step in SHOWN_STEPS), one.abandoned]


def funnel_rows(
    found: Sequence[Funnel], names: Mapping[str, str], translations: Translations
) -> list[list[str]]:
    """A line for each offering and source, for programs to calculate with."""
    head = [translations.gettext("Offering"), translations.gettext("Source")]
    lines = [
        [names.get(one.offering_id, one.offering_id), one.source, *map(str, step_counts(one))]
        for one in found
    ]
    return [[*head, *step_titles(translations)], *lines]


def funnel_sentence(found: Sequence[Funnel], text: LocaleFormatter) -> str:
    """How many came how far."""
    whole = whole_funnel(found)
    looked, started, _, booked, *_ = map(text.figure, step_counts(whole))
    return text.translations.gettext(
        "%(looked)s visits: %(started)s chose a time and %(booked)s booked, %(percent)s of all.",
        looked=looked,
        started=started,
        booked=booked,
        percent=text.percent(whole.confirmed_percent),
    )
