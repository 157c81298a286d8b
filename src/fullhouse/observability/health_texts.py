"""What is wrong with a part of the installation, by what was measured of it. Pure."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from fullhouse.localisation.formatter import LocaleFormatter
from fullhouse.localisation.translations import gettext_noop
from fullhouse.observability.model import HealthReport, HealthStatus, Measurement
from fullhouse.resilience.circuit_texts import service_name

HEALTH_TITLES: Final[Mapping[str, str]] = {
    "database": gettext_noop("Database"),
    "notifications": gettext_noop("Messages"),
    "external-services": gettext_noop("Services set up"),
    "system": gettext_noop("Machine"),
}
_TROUBLES: Final[Mapping[str, str]] = {
    "answers": gettext_noop("it does not answer"),
    "check": gettext_noop("it was not looked at lately"),
    "pool_waiting": gettext_noop("%(value)s requests wait for a connection"),
    "statement_p95": gettext_noop("5 of 100 statements take longer than %(value)s"),
    "statement_p99": gettext_noop("1 of 100 statements takes longer than %(value)s"),
    "statements_slow": gettext_noop("%(value)s slow statements in a minute"),
    "statements_failed": gettext_noop("%(value)s statements failed in a minute"),
    "connections": gettext_noop("%(value)s connections are nearly all"),
    "failed": gettext_noop("%(value)s messages failed for good"),
    "success_rate": gettext_noop("only %(value)s of the messages were sent"),
    "oldest_waiting": gettext_noop("the oldest message waits for %(value)s"),
    "memory_free": gettext_noop("only %(value)s of memory is free"),
    "load": gettext_noop("%(value)s programs want a processor"),
    "disk_free": gettext_noop("only %(value)s of disk is free"),
    "loop_pause": gettext_noop("this process stood still for %(value)s"),
}
"""By the name of a measurement; of a service its name is said."""


_MINUTE: Final = timedelta(minutes=1)


def troubles_text(report: HealthReport, text: LocaleFormatter) -> str:
    """What is not healthy, with commas between; empty when all is."""
    found = [one for one in report.measurements if one.status is not HealthStatus.HEALTHY]
    return ", ".join(_trouble(one, text) for one in found)


def _trouble(one: Measurement, text: LocaleFormatter) -> str:
    known = _TROUBLES.get(one.name)
    if known is None:
        return f"{service_name(one.name, text.translations)} {str(one.value).rstrip('.')}"
    return text.translations.gettext(known, value=_value(one, text))


def _value(one: Measurement, text: LocaleFormatter) -> str:
    value = one.value
    if not isinstance(value, int | float):
        return str(value)
    if one.unit == "B":
        return text.size(round(value))
    if one.unit == "s":
        is_long = value >= _MINUTE.seconds
        return text.duration(timedelta(seconds=value)) if is_long else text.latency(value)
    if one.name == "success_rate":
        return text.percent(round(100 * value))
    return text.figure(round(value))
