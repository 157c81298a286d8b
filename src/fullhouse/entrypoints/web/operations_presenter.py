"""Presenter of the operations overview: a sentence, the parts, what changed, three charts. Pure."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

import msgspec

from fullhouse.booking.model.urls import (
    CIRCUITS_PATH,
    DATABASE_PATH,
    FLAGS_PATH,
    LATENCY_PATH,
    MODE_PATH,
    OPERATIONS_PATH,
)
from fullhouse.localisation.formatter import LocaleFormatter
from fullhouse.numerics.charts import BarChart, LineChart, Measure, Tick, bar_chart, line_chart
from fullhouse.observability.alert_texts import ALERTS_PATH
from fullhouse.observability.limits import OVERVIEW_CHANGES_MAX
from fullhouse.observability.objectives import BOOKING_SECONDS
from fullhouse.observability.overview import InstallationOverview
from fullhouse.observability.overview_findings import OverviewFinding, findings, sentence
from fullhouse.observability.overview_texts import PartState, PartTexts, changes
from fullhouse.observability.request_hour import RequestMinute

OPERATIONS_PARTS: Final = ("now", "parts", "changes", "charts")
"""What is sent again when it changes, by its id on the page."""
_HREFS: Final[Mapping[str, str]] = {
    "database": DATABASE_PATH,
    "bookings": LATENCY_PATH,
    "queue": f"{LATENCY_PATH}?of=jobs",
    "speed": LATENCY_PATH,
    "alerts": ALERTS_PATH,
    "mode": MODE_PATH,
    "circuits": CIRCUITS_PATH,
    "external-services": CIRCUITS_PATH,
    "flags": FLAGS_PATH,
}


class FindingRow(msgspec.Struct, frozen=True):
    """Something that somebody has to look at."""

    text: str
    language: str
    is_critical: bool
    href: str
    act: str
    runbook: str
    seen_by: str


class PartRow(msgspec.Struct, frozen=True):
    """A part of the installation; `tone` is `good`, `warn`, `bad` or `muted`."""

    title: str
    word: str
    tone: str
    detail: str
    href: str


class ChangeRow(msgspec.Struct, frozen=True):
    """What changed at a moment, which the script shows in the viewer's own zone."""

    time: str
    instant: str
    text: str
    language: str


class MinuteRow(msgspec.Struct, frozen=True):
    """The figures of the charts in one minute."""

    time: Tick
    bookings: str
    slowest: str
    requests: str
    failed: str


class OperationsView(msgspec.Struct, frozen=True):
    """The page."""

    title: str
    path: str
    sentence: str
    tone: str
    as_of: str
    findings: tuple[FindingRow, ...]
    parts: tuple[PartRow, ...]
    changes: tuple[ChangeRow, ...]
    bookings: BarChart | None
    speed: LineChart | None
    requests: LineChart | None
    minutes: tuple[MinuteRow, ...]


class OperationsPresenter(msgspec.Struct, frozen=True):
    """Presents an overview in UTC: an installation serves venues of several zones."""

    text: LocaleFormatter
    overview: InstallationOverview
    now: datetime

    def view(self) -> OperationsView:
        _, overview = self.text.translations.gettext, self.overview
        found = findings(overview, self.text)
        is_critical = any(one.severity == "critical" for one in found)
        return OperationsView(
            title=_("Operations"),
            path=OPERATIONS_PATH,
            sentence=sentence(overview, found, self.text),
            tone="bad" if is_critical else "warn" if found else "good",
            as_of=self._as_of(),
            findings=tuple(map(self._finding, found)),
            parts=tuple(map(_part, PartTexts(self.text, overview).parts())),
            changes=tuple(
                ChangeRow(
                    self.text.listed_time(one.at),
                    one.at.isoformat(),
                    one.text,
                    "en" if one.is_english else "",
                )
                for one in changes(overview, self.text, OVERVIEW_CHANGES_MAX)
            ),
            bookings=self._bookings(),
            speed=self._speed(),
            requests=self._requests(),
            minutes=tuple(map(self._minute, self._minutes, self._labels)),
        )

    def _as_of(self) -> str:
        """Said when what is shown is of before."""
        _, stored_at = self.text.translations.gettext, self.overview.stored_at
        if self.overview.is_stored_current:
            return ""
        if stored_at is None:
            return _("Alerts, queue and what changed are not known: they were not read yet.")
        return _(
            "Alerts, queue and what changed are as they were at %(time)s.",
            time=self.text.listed_time(stored_at),
        )

    def _finding(self, one: OverviewFinding) -> FindingRow:
        return FindingRow(
            text=one.text,
            language="en" if one.is_english else "",
            is_critical=one.severity == "critical",
            href=_HREFS[one.topic],
            act=one.act,
            runbook=f"docs/runbooks/{one.runbook}.md" if one.runbook else "",
            seen_by=one.seen_by,
        )

    @property
    def _minutes(self) -> Sequence[RequestMinute]:
        """Those that have ended."""
        hour = self.overview.hour
        return () if hour is None else hour.minutes[:-1]

    @property
    def _labels(self) -> Sequence[Tick]:
        text = msgspec.structs.replace(self.text, names_zone=False)
        return [Tick(text.time(one.at), one.at.isoformat()) for one in self._minutes]

    def _bookings(self) -> BarChart | None:
        counts = [one.bookings.count for one in self._minutes]
        return bar_chart(
            self.text.translations.gettext("Bookings a minute"),
            [
                Measure(tick.text, count, 0, self.text.figure(count), tick.instant)
                for tick, count in zip(self._labels, counts, strict=True)
            ],
        )

    def _speed(self) -> LineChart | None:
        _ = self.text.translations.gettext
        values = [
            round(1000 * one.attempts.quantile(0.95)) if one.attempts.counts else None
            for one in self._minutes
        ]
        target = BOOKING_SECONDS.target
        return line_chart(
            _("How long booking takes, in ms"),
            [(_("95 of 100 at most"), values)],
            self._labels,
            target=(
                _("Objective: %(limit)s", limit=self.text.latency(target)),
                round(1e3 * target),
            ),
        )

    def _requests(self) -> LineChart | None:
        _ = self.text.translations.gettext
        return line_chart(
            _("Requests a minute"),
            [
                (_("All"), [one.requests for one in self._minutes]),
                (_("Failed"), [one.failed for one in self._minutes]),
            ],
            self._labels,
        )

    def _minute(self, one: RequestMinute, time: Tick) -> MinuteRow:
        text = self.text
        slowest = text.latency(one.attempts.quantile(0.95)) if one.attempts.counts else ""
        return MinuteRow(
            time=time,
            bookings=text.figure(one.bookings.count),
            slowest=slowest,
            requests=text.figure(one.requests),
            failed=text.figure(one.failed),
        )


_TONES: Final = {None: "muted", "healthy": "good", "degraded": "warn", "unhealthy": "bad"}


def _part(one: PartState) -> PartRow:
    return PartRow(one.title, one.word, _TONES[one.status], one.detail, _HREFS.get(one.name, ""))
