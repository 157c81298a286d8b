"""What is wrong with the installation, the worst first, each with what to do. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, Literal

from msgspec import Struct
from msgspec.structs import replace

from fullhouse.localisation.formatter import LocaleFormatter
from fullhouse.localisation.translations import Translations
from fullhouse.observability.alert_effects import ALERTS_OF_PART, EFFECTS
from fullhouse.observability.alert_rules import RULES_BY_NAME
from fullhouse.observability.alerts import Alert
from fullhouse.observability.database_findings import DatabaseTexts
from fullhouse.observability.health import VITAL
from fullhouse.observability.health_texts import HEALTH_TITLES, troubles_text
from fullhouse.observability.model import HealthStatus
from fullhouse.observability.objectives import Severity
from fullhouse.observability.overview import InstallationOverview
from fullhouse.resilience.mode_texts import mode_text
from fullhouse.resilience.operating_mode import OperatingMode

Topic = Literal["database", "queries", "speed", "queue", "circuits", "capacity", "mode", "alerts"]
"""Which page says more."""
_TOPICS: Final[Mapping[str, Topic]] = {
    "database-down": "database",
    "database-failing": "queries",
    "bookings-failing": "speed",
    "bookings-slow": "speed",
    "error-budget": "speed",
    "errors": "speed",
    "service-failing": "circuits",
    "deliveries-failing": "circuits",
    "queue-standing": "queue",
    "memory-grows": "capacity",
    "machine-short": "capacity",
    "running-out": "capacity",
}
"""By the name of an alert; of others the alert itself says most."""
_ORDER: Final = ("critical", "warning")
_DATABASE: Final = "database-down"
_SERVICE: Final = "service-failing"
_MAIL: Final = "mail-server"
_AS: Final[Mapping[str, str]] = {
    "database": "database-failing",
    "notifications": "deliveries-failing",
    "external-services": "service-failing",
    "system": "machine-short",
}
"""The alert that says what to do about a part of health before it fires."""

_OF_DATABASE: Final = frozenset(
    rule.name for rule in RULES_BY_NAME.values() if _DATABASE in (rule.name, *rule.causes)
)

assert all(rules <= RULES_BY_NAME.keys() for rules in ALERTS_OF_PART.values()), "they are rules"
assert _TOPICS.keys() | set(_AS.values()) <= RULES_BY_NAME.keys(), "they are rules"


class OverviewFinding(Struct, frozen=True):
    """Something that somebody has to look at, and what guests notice of it.

    `act` and `effect` are English, as the runbooks are.
    """

    severity: Severity
    text: str
    topic: Topic
    effect: str = ""
    act: str = ""
    runbook: str = ""
    is_english: bool = False
    """Whether the text is, in any language of the page."""
    seen_by: str = ""


def findings(overview: InstallationOverview, text: LocaleFormatter) -> Sequence[OverviewFinding]:
    """What is critical before what can wait, what nobody looks at before the rest."""
    translations = text.translations
    found = [
        *_away(overview, translations),
        *_blocked(overview, text),
        *_alerts(overview, translations),
        *_health(overview, text),
        *_mode(overview, translations),
        *_unread(overview, translations),
    ]
    return sorted(found, key=lambda one: (_ORDER.index(one.severity), one.seen_by != ""))


def sentence(
    overview: InstallationOverview, found: Sequence[OverviewFinding], text: LocaleFormatter
) -> str:
    """How it is: what is worst, or that all is well and how bookings go."""
    translations = text.translations
    if found:
        more = len(found) - 1
        if not more:
            return found[0].text
        rest = translations.ngettext(
            "%(n)s more thing needs attention.", "%(n)s more things need attention.", more
        )
        return f"{found[0].text} {rest}"
    booked = None if overview.hour is None else overview.hour.bookings
    if booked is None or not booked.count:
        return translations.gettext("All is well. No bookings in the last hour.")
    return translations.ngettext(
        "All is well. One booking in the last hour, which took %(slowest)s.",
        "All is well. %(bookings)s bookings in the last hour, the slowest 1%% took %(slowest)s.",
        booked.count,
        bookings=text.figure(booked.count),
        slowest=text.latency(booked.quantile(0.99)),
    )


def _away(overview: InstallationOverview, translations: Translations) -> Iterator[OverviewFinding]:
    if overview.is_database_away:
        text = translations.gettext(
            "The database does not answer. Guests see what is known; nobody can book."
        )
        yield _by_rule(_DATABASE, OverviewFinding("critical", text, "database"))


def _blocked(overview: InstallationOverview, text: LocaleFormatter) -> Iterator[OverviewFinding]:
    """Who holds a lock: what is slow or fails is mostly of that."""
    state = overview.database
    for blocked in () if state is None else DatabaseTexts(text, state).blocked():
        found = _by_rule("bookings-slow", OverviewFinding("critical", blocked, "database"))
        act = "Ask who works there, or end the session with that number by pg_terminate_backend."
        yield replace(found, topic="database", act=act)


def _by_rule(name: str, found: OverviewFinding) -> OverviewFinding:
    """With what is known of an alert; of one that an older version told nothing is."""
    rule = RULES_BY_NAME.get(name)
    if rule is None:
        return found
    return replace(
        found,
        topic=_TOPICS.get(name, "alerts"),
        effect=EFFECTS[name],
        act=rule.act,
        runbook=rule.runbook,
    )


def _alerts(
    overview: InstallationOverview, translations: Translations
) -> Iterator[OverviewFinding]:
    for alert in _open(overview):
        if alert.rule == _DATABASE:  # which is open for a minute more
            text = translations.gettext(
                "The database answers here again. The alert of it ends when it has for a minute."
            )
            yield replace(
                _by_rule(_DATABASE, OverviewFinding("warning", text, "database")), effect=""
            )
            continue
        is_mail = alert.rule == _SERVICE and alert.subject == _MAIL
        text = translations.gettext("The mail server fails: e-mails to guests wait.")
        found = OverviewFinding(
            alert.severity,
            text if is_mail else alert.summary,
            "alerts",
            is_english=not is_mail,
            seen_by=alert.acknowledged_by,
        )
        known = _by_rule(alert.rule, found)
        # What guests notice then is that nobody can book
        yield replace(known, effect="") if overview.is_database_away else known


def _open(overview: InstallationOverview) -> Sequence[Alert]:
    """Without those of a database that is away, and without what follows from that."""
    stored = overview.stored
    found = () if stored is None else stored.open_alerts
    if not overview.is_database_away:
        return found
    return [one for one in found if one.rule not in _OF_DATABASE]


def _health(overview: InstallationOverview, text: LocaleFormatter) -> Iterator[OverviewFinding]:
    """Parts that are not healthy, where no alert says so."""
    if overview.is_database_away:
        return
    firing = {one.rule for one in _open(overview)}
    for name, report in overview.health.items():
        is_said = not firing.isdisjoint(ALERTS_OF_PART.get(name, frozenset()))
        if report.status is HealthStatus.HEALTHY or report.checked_at is None or is_said:
            continue
        is_bad = report.status is HealthStatus.UNHEALTHY and name in VITAL
        title = text.translations.gettext(HEALTH_TITLES[name])
        troubles = f"{troubles_text(report, text)}."
        # A service is named by itself
        said = troubles if name == "external-services" else f"{title}: {troubles}"
        found = OverviewFinding("critical" if is_bad else "warning", said, "alerts")
        yield _by_rule(_AS[name], found)


def _mode(overview: InstallationOverview, translations: Translations) -> Iterator[OverviewFinding]:
    is_chosen = not overview.is_database_away
    if is_chosen and overview.mode.mode is not OperatingMode.FULL:
        text = translations.gettext(
            "Operating mode: %(mode)s", mode=mode_text(overview.mode, translations)
        )
        yield OverviewFinding("warning", text, "mode")


def _unread(
    overview: InstallationOverview, translations: Translations
) -> Iterator[OverviewFinding]:
    if not (overview.is_stored_current or overview.is_database_away):
        text = translations.gettext(
            "The database answers, but the state of the installation could not be read."
        )
        yield OverviewFinding("warning", text, "database")
