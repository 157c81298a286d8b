"""Circuits as operators read them."""

from collections.abc import Mapping
from typing import Final

from fullhouse.localisation.translations import Translations, gettext_noop
from fullhouse.resilience.circuit_acts import CircuitAct
from fullhouse.resilience.circuits import Circuit

ACT_NAMES: Final[Mapping[CircuitAct, str]] = {
    CircuitAct.OPEN: gettext_noop("Don't call it for now"),
    CircuitAct.CLOSE: gettext_noop("Call it, whatever comes of it"),
    CircuitAct.RELEASE: gettext_noop("Let it decide by itself"),
}

_SERVICES: Final[Mapping[str, str]] = {
    "mail-server": gettext_noop("Mail server"),
    "make": gettext_noop("Make.com of a business"),
    "sms": gettext_noop("SMS gateway of a business"),
}


def service_name(circuit: str, translations: Translations) -> str:
    """What a circuit is of, without the id of a business that follows a colon."""
    kind = circuit.partition(":")[0]
    return translations.gettext(_SERVICES[kind]) if kind in _SERVICES else kind


def circuit_text(circuit: Circuit, translations: Translations) -> str:
    """The service, whether it is called, and for how long that was set."""
    _ = translations.gettext
    state = _("not called") if circuit.is_open else _("called")
    left = held_text(circuit, translations)
    return f"{circuit.name}: {state} ({left})" if left else f"{circuit.name}: {state}"


def held_text(circuit: Circuit, translations: Translations) -> str:
    """For how many minutes its state still holds; empty when it does not."""
    if not circuit.hold_seconds:
        return ""
    minutes = max(1, round(circuit.hold_seconds / 60))
    return translations.ngettext("%(n)s minute left", "%(n)s minutes left", minutes)
