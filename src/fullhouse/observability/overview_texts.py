"""The overview in words: the state of each part, and what has changed lately. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from msgspec import Struct

from fullhouse.localisation.formatter import LocaleFormatter
from fullhouse.localisation.translations import gettext_noop, pgettext_noop
from fullhouse.observability.alert_effects import ALERTS_OF_PART
from fullhouse.observability.alert_rules import DATABASE_DOWN
from fullhouse.observability.database_findings import DatabaseTexts
from fullhouse.observability.health_texts import HEALTH_TITLES, troubles_text
from fullhouse.observability.model import HealthReport, HealthStatus, Value
from fullhouse.observability.objectives import QUEUE_SECONDS, Severity
from fullhouse.observability.overview import InstallationOverview, RecordedChange, StoredState
from fullhouse.resilience.circuit_texts import service_name
from fullhouse.resilience.mode_texts import MODE_NAMES
from fullhouse.resilience.operating_mode import OperatingMode

_WORDS: Final[Mapping[HealthStatus, str]] = {
    HealthStatus.HEALTHY: pgettext_noop("state of a part", "OK"),
    HealthStatus.DEGRADED: pgettext_noop("state of a part", "Degraded"),
    HealthStatus.UNHEALTHY: pgettext_noop("state of a part", "Failing"),
}
_BOOKING_RULES: Final = frozenset({"bookings-failing", "bookings-slow", "error-budget"})
_CHANGES: Final[Mapping[str, str]] = {
    "CircuitOpened": gettext_noop("%(service)s is not called any more. %(reason)s"),
    "CircuitClosed": gettext_noop("%(service)s is called again. %(reason)s"),
    "OperatingModeChanged": gettext_noop("Operating mode: %(mode)s. %(reason)s"),
    "FlagChanged": gettext_noop("%(flag)s is given to %(percent)s%%. %(reason)s"),
    "FlagRolledBack": gettext_noop("%(flag)s was taken back. %(reason)s"),
}


class PartState(Struct, frozen=True):
    """A part of the installation; `status` is None when it is not known."""

    name: str
    title: str
    status: HealthStatus | None
    word: str
    detail: str


class ChangeText(Struct, frozen=True):
    """What changed at a moment; `is_english` says that the text is, in any language."""

    at: datetime
    text: str
    is_english: bool = False


class PartTexts(Struct, frozen=True):
    """The states of the parts; what rows say is of the last time that they could be read."""

    text: LocaleFormatter
    overview: InstallationOverview

    def parts(self) -> Sequence[PartState]:
        _ = self.text.translations.gettext
        known = self.overview.stored
        return (
            self._database(),
            *(self._health(name) for name in HEALTH_TITLES if name != "database"),
            self._bookings(),
            *(self._unread() if known is None else self._stored(known)),
            self._mode(),
            self._flags(),
        )

    def _part(
        self, name: str, title: str, *, status: HealthStatus | None, detail: str = ""
    ) -> PartState:
        translations = self.text.translations
        word = translations.gettext("Not known")
        if status is not None:
            word = translations.pgettext("state of a part", _WORDS[status])
        return PartState(name, translations.gettext(title), status, word, detail)

    def _database(self) -> PartState:
        if self.overview.is_database_away:
            detail = self.text.translations.gettext("It does not answer.")
            return self._part(
                "database", HEALTH_TITLES["database"], status=HealthStatus.UNHEALTHY, detail=detail
            )
        state = self.overview.database
        if state is not None and any(DatabaseTexts(self.text, state).blocked()):
            detail = self.text.translations.gettext("Sessions wait for a lock.")
            return self._part(
                "database", HEALTH_TITLES["database"], status=HealthStatus.UNHEALTHY, detail=detail
            )
        return self._health("database")

    def _health(self, name: str) -> PartState:
        report = self.overview.health.get(name, HealthReport())
        status = None if report.checked_at is None else report.status
        # What needs the database for its look is as it was
        is_unknown = self.overview.is_database_away and name in {
            "notifications",
            "external-services",
        }
        detail = "" if status is None else self._health_detail(name, report)
        told = None if is_unknown else self._status_by_alerts(name)
        if told is not None and status in {HealthStatus.HEALTHY, None}:
            status, detail = told, self.text.translations.gettext("An alert is open.")
        return self._part(
            name, HEALTH_TITLES[name], status=None if is_unknown else status, detail=detail
        )

    def _status_by_alerts(self, name: str) -> HealthStatus | None:
        """A part of which something is told above is not said to be well."""
        stored = self.overview.stored
        alerts = () if stored is None else stored.open_alerts
        # A database that answers again has its alert for a minute more
        severities = {
            "warning" if one.rule == DATABASE_DOWN else one.severity
            for one in alerts
            if one.rule in ALERTS_OF_PART[name]
        }
        if not severities:
            return None
        return HealthStatus.UNHEALTHY if "critical" in severities else HealthStatus.DEGRADED

    def _health_detail(self, name: str, report: HealthReport) -> str:
        _ = self.text.translations.gettext
        troubles = troubles_text(report, self.text)
        if troubles:
            return troubles[0].upper() + troubles[1:]
        values = {one.name: one.value for one in report.measurements}
        if name == "database":
            return _(
                "95 of 100 statements take at most %(p95)s.",
                p95=self.text.latency(_number(values.get("statement_p95"))),
            )
        if name == "notifications":
            sent = self.text.figure(_number(values.get("sent")))
            return _("%(n)s sent in 15 minutes.", n=sent)
        if name == "system":
            return _(
                "%(memory)s of memory and %(disk)s of disk are free.",
                memory=self.text.size(round(_number(values.get("memory_free")))),
                disk=self.text.size(round(_number(values.get("disk_free")))),
            )
        return _("Those that are set up work.")

    def _bookings(self) -> PartState:
        title, stored, hour = gettext_noop("Bookings"), self.overview.stored, self.overview.hour
        if self.overview.is_database_away:
            detail = self.text.translations.gettext("Nobody can book now.")
            return self._part("bookings", title, status=HealthStatus.UNHEALTHY, detail=detail)
        if hour is None or stored is None:
            return self._part("bookings", title, status=None)
        severities = {one.severity for one in stored.open_alerts if one.rule in _BOOKING_RULES}
        status = HealthStatus.DEGRADED if severities else HealthStatus.HEALTHY
        if "critical" in severities:
            status = HealthStatus.UNHEALTHY
        count = hour.bookings.count
        detail = self.text.translations.ngettext(
            "%(n)s in the last hour.",
            "%(n)s in the last hour.",
            count,
            n=self.text.figure(count),
        )
        return self._part("bookings", title, status=status, detail=detail)

    def _unread(self) -> Iterator[PartState]:
        for name, title in _STORED_TITLES.items():
            yield self._part(name, title, status=None)

    def _stored(self, known: StoredState) -> Iterator[PartState]:
        is_current = self.overview.is_stored_current
        for name, title in _STORED_TITLES.items():
            status, detail = _STORED[name](self.text, known)
            yield self._part(name, title, status=status if is_current else None, detail=detail)

    def _mode(self) -> PartState:
        mode = self.overview.mode.mode
        return self._part(
            "mode",
            gettext_noop("Operating mode"),
            status=HealthStatus.HEALTHY if mode is OperatingMode.FULL else HealthStatus.DEGRADED,
            detail=self.text.translations.gettext(MODE_NAMES[mode]) + ".",
        )

    def _flags(self) -> PartState:
        translations, flags = self.text.translations, self.overview.flags
        rolling = sum(one.is_rolling for one in flags)
        detail = translations.ngettext(
            "%(n)s is being given to more and more.",
            "%(n)s are being given to more and more.",
            rolling,
        )
        detail = detail if rolling else translations.gettext("None is being introduced.")
        return self._part(
            "flags", gettext_noop("New features"), status=HealthStatus.HEALTHY, detail=detail
        )


_OF_SEVERITY: Final[Mapping[Severity | None, HealthStatus]] = {
    None: HealthStatus.HEALTHY,
    "warning": HealthStatus.DEGRADED,
    "critical": HealthStatus.UNHEALTHY,
}
_Judged = tuple[HealthStatus | None, str]


def _alerts(text: LocaleFormatter, known: StoredState) -> _Judged:
    found = known.open_alerts
    if not found:
        return HealthStatus.HEALTHY, text.translations.gettext("None.")
    is_critical = any(one.severity == "critical" for one in found)
    detail = text.translations.ngettext("%(n)s is open.", "%(n)s are open.", len(found))
    return HealthStatus.UNHEALTHY if is_critical else HealthStatus.DEGRADED, detail


def _queue(text: LocaleFormatter, known: StoredState) -> _Judged:
    translations, waited = text.translations, known.troubles.oldest_due_seconds
    status = _OF_SEVERITY[QUEUE_SECONDS.severity(waited)]
    failed = known.troubles.dead_letters
    detail = translations.gettext("Nothing waits for long.")
    if status is not HealthStatus.HEALTHY:
        detail = translations.gettext(
            "The oldest job waits for %(long)s.", long=text.duration(timedelta(seconds=waited))
        )
    if failed:
        count = translations.ngettext("%(n)s job failed.", "%(n)s jobs failed.", failed)
        detail = f"{count} {detail}"
        status = max(status, HealthStatus.DEGRADED, key=tuple(HealthStatus).index)
    return status, detail


def _circuits(text: LocaleFormatter, known: StoredState) -> _Judged:
    open_ones = [one.name for one in known.circuits if one.is_open]
    # Gateways of several businesses have one name
    found = list(dict.fromkeys(service_name(name, text.translations) for name in open_ones))
    if not found:
        return HealthStatus.HEALTHY, text.translations.gettext("All are called.")
    names = text.listing(found)
    return HealthStatus.DEGRADED, text.translations.gettext("Not called: %(names)s.", names=names)


def _backups(text: LocaleFormatter, known: StoredState) -> _Judged:
    _, backups = text.translations.gettext, known.backups
    if backups.is_failing:
        return HealthStatus.UNHEALTHY, _("The log of changes cannot be archived.")
    if backups.archived_at is not None:
        at = text.listed_time(backups.archived_at)
        return HealthStatus.HEALTHY, _("Archived last at %(time)s.", time=at)
    if backups.standbys:
        n = backups.standbys
        return HealthStatus.HEALTHY, text.translations.ngettext(
            "%(n)s standby follows.", "%(n)s standbys follow.", n
        )
    return None, _("A dump leaves no trace here.")


def _inconsistencies(text: LocaleFormatter, known: StoredState) -> _Judged:
    n = known.troubles.inconsistencies
    if not n:
        return HealthStatus.HEALTHY, text.translations.gettext("None found.")
    return HealthStatus.UNHEALTHY, text.translations.ngettext(
        "%(n)s record breaks a rule.", "%(n)s records break a rule.", n
    )


_STORED_TITLES: Final[Mapping[str, str]] = {
    "queue": gettext_noop("Queue"),
    "alerts": gettext_noop("Alerts"),
    "circuits": gettext_noop("Calls to services"),
    "backups": gettext_noop("Backups"),
    "inconsistencies": gettext_noop("Consistency"),
}
_STORED: Final = {
    "queue": _queue,
    "alerts": _alerts,
    "circuits": _circuits,
    "backups": _backups,
    "inconsistencies": _inconsistencies,
}


def _number(value: Value) -> float:
    return float(value) if isinstance(value, int | float) else 0.0


def changes(
    overview: InstallationOverview, text: LocaleFormatter, rows_max: int
) -> Sequence[ChangeText]:
    """What changed, the newest first: alerts, circuits, the mode, flags, and this process."""
    _, known = text.translations.gettext, overview.stored
    started = _("Started, version %(version)s.", version=overview.version)
    found = [ChangeText(overview.started_at, started)]
    if known is not None:
        for alert in known.latest_alerts:
            fired = ChangeText(
                alert.fired_at, f"{alert.severity.capitalize()}: {alert.summary}", is_english=True
            )
            found.append(fired)
            if alert.resolved_at is not None:
                found.append(
                    ChangeText(alert.resolved_at, f"Resolved: {alert.summary}", is_english=True)
                )
        found += [ChangeText(one.at, _change_text(one, text)) for one in known.changes]
    return sorted(found, key=lambda one: one.at, reverse=True)[:rows_max]


def _change_text(change: RecordedChange, text: LocaleFormatter) -> str:
    data = dict(change.data)
    if "service" in data:
        data["service"] = service_name(str(data["service"]), text.translations)
    shown = text.translations.gettext(_CHANGES.get(change.kind, ""), **data)
    return shown.strip() or change.kind
