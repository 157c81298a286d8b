"""Presenter of the services of others: which are called, and why one is not. Pure."""

from collections.abc import Sequence

from msgspec import Struct

from fullhouse.localisation.translations import Translations
from fullhouse.resilience.circuit_texts import held_text, service_name
from fullhouse.resilience.circuits import Circuit


class ServiceRow(Struct, frozen=True):
    """A service; `tone` is `good` or `warn`."""

    title: str
    name: str
    word: str
    tone: str
    held: str
    reason: str


class ServicesView(Struct, frozen=True):
    """All of them, in a sentence and by row."""

    sentence: str
    rows: tuple[ServiceRow, ...]


def services_view(circuits: Sequence[Circuit], translations: Translations) -> ServicesView:
    """Those that are not called first."""
    open_ones = [one for one in circuits if one.is_open]
    sentence = translations.gettext("All services are called.")
    if open_ones:
        sentence = translations.ngettext(
            "%(n)s service is not called. Guests can book; what goes through it waits "
            "or goes another way.",
            "%(n)s services are not called. Guests can book; what goes through them waits "
            "or goes another way.",
            len(open_ones),
        )
    ordered = sorted(circuits, key=lambda one: not one.is_open)
    return ServicesView(sentence, tuple(_row(one, translations) for one in ordered))


def _row(one: Circuit, translations: Translations) -> ServiceRow:
    _ = translations.gettext
    return ServiceRow(
        title=service_name(one.name, translations),
        name=one.name,
        word=_("Not called") if one.is_open else _("Called"),
        tone="warn" if one.is_open else "good",
        held=held_text(one, translations),
        reason=one.reason if one.is_open or one.hold_seconds else "",
    )
