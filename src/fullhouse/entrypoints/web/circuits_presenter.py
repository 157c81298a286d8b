"""Presenter of the services of others: which are called, and why one is not. Pure."""

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from uuid import UUID

from msgspec import Struct

from fullhouse.kernel.ids import OrgId
from fullhouse.localisation.translations import Translations
from fullhouse.resilience.circuit_texts import circuit_text, held_text, service_name
from fullhouse.resilience.circuits import Circuit


class ServiceRow(Struct, frozen=True):
    """A service; `tone` is `good` or `warn`."""

    title: str
    name: str
    business: str
    word: str
    tone: str
    held: str
    reason: str


class ListedCircuits(Struct, frozen=True):
    """Circuits, and how the businesses are called that have one of their own."""

    circuits: Sequence[Circuit]
    businesses: Mapping[OrgId, str] = {}

    def business_of(self, one: Circuit) -> str:
        """Empty for what all use."""
        return next((self.businesses.get(it, "") for it in org_ids_of((one,))), "")

    def text_of(self, one: Circuit, translations: Translations) -> str:
        """What is chosen, with the state that it is in."""
        text, business = circuit_text(one, translations), self.business_of(one)
        return f"{business}, {text}" if business else text


def org_ids_of(circuits: Sequence[Circuit]) -> Collection[OrgId]:
    """Of the businesses whose ids follow a colon in the names."""
    found = set[OrgId]()
    for one in circuits:
        with suppress(ValueError):
            found.add(OrgId(UUID(one.name.partition(":")[2])))
    return found


class ServicesView(Struct, frozen=True):
    """All of them, in a sentence and by row."""

    sentence: str
    rows: tuple[ServiceRow, ...]


def services_view(listed: ListedCircuits, translations: Translations) -> ServicesView:
    """Those that are not called first."""
    open_ones = [one for one in listed.circuits if one.is_open]
    sentence = translations.gettext("All services are called.")
    if open_ones:
        sentence = translations.ngettext(
            "%(n)s service is not called. Guests can book; what goes through it waits "
            "or goes another way.",
            "%(n)s services are not called. Guests can book; what goes through them waits "
            "or goes another way.",
            len(open_ones),
        )
    ordered = sorted(listed.circuits, key=lambda one: not one.is_open)
    rows = (_row(one, listed.business_of(one), translations) for one in ordered)
    return ServicesView(sentence, tuple(rows))


def _row(one: Circuit, business: str, translations: Translations) -> ServiceRow:
    _ = translations.gettext
    return ServiceRow(
        title=service_name(one.name, translations),
        name=one.name,
        business=business,
        word=_("Not called") if one.is_open else _("Called"),
        tone="warn" if one.is_open else "good",
        held=held_text(one, translations),
        reason=one.reason if one.is_open or one.hold_seconds else "",
    )
