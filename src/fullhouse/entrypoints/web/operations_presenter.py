"""Presenter of the operations overview: a sentence, the parts, what changed, three charts. Pure."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from math import ceil, floor
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
from fullhouse.entrypoints.web.operator_navigation import operator_page_title
from fullhouse.localisation.formatter import LocaleFormatter
from fullhouse.numerics.charts import (
    BarChart,
    LineChart,
    Measure,
    Tick,
    UsualRange,
    bar_chart,
    line_chart,
)
from fullhouse.observability.alert_texts import ALERTS_PATH, runbook_path
from fullhouse.observability.gauges import GaugeName
from fullhouse.observability.limits import OVERVIEW_CHANGES_MAX
from fullhouse.observability.memory_report import ProcessMemory
from fullhouse.observability.objectives import BOOKING_SECONDS
from fullhouse.observability.overview import InstallationOverview
from fullhouse.observability.overview_findings import OverviewFinding, Topic, findings, sentence
from fullhouse.observability.overview_texts import PartState, PartTexts, changes
from fullhouse.observability.request_hour import RequestMinute
from fullhouse.observability.unusual_spans import unusual_spans

OPERATIONS_PARTS: Final = ("now", "parts", "changes", "charts", "capacity")
"""What is sent again when it changes, by its id on the page."""
_HREFS: Final[Mapping[str, str]] = {
    "database": DATABASE_PATH,
    "queries": f"{LATENCY_PATH}?of=queries",
    "bookings": LATENCY_PATH,
    "queue": f"{LATENCY_PATH}?of=jobs",
    "speed": LATENCY_PATH,
    "alerts": ALERTS_PATH,
    "mode": MODE_PATH,
    "circuits": CIRCUITS_PATH,
    "capacity": f"{OPERATIONS_PATH}#capacity",
    "external-services": CIRCUITS_PATH,
    "flags": FLAGS_PATH,
}


class FindingRow(msgspec.Struct, frozen=True):
    """Something that somebody has to look at."""

    text: str
    language: str
    is_critical: bool
    effect: str
    href: str
    page: str
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
    usual: str
    slowest: str
    requests: str
    failed: str


class HourChart(msgspec.Struct, frozen=True):
    """A chart of the last hour, with what was unusual in it; at most one of the two is there."""

    title: str
    bars: BarChart | None = None
    lines: LineChart | None = None
    unusual: tuple[ChangeRow, ...] = ()


class ProcessRow(msgspec.Struct, frozen=True):
    """The memory of a process, and what came to it or went in the last hour."""

    name: str
    now: str
    most: str
    change: str


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
    charts: tuple[HourChart, ...]
    minutes: tuple[MinuteRow, ...]
    knows_usual: bool
    processes: tuple[ProcessRow, ...]
    running_out: tuple[str, ...]
    """In English, as alerts are."""


class OperationsPresenter(msgspec.Struct, frozen=True):
    """Presents an overview in UTC: an installation serves venues of several zones."""

    text: LocaleFormatter
    overview: InstallationOverview
    now: datetime

    def view(self) -> OperationsView:
        _, overview = self.text.translations.gettext, self.overview
        capacity = overview.capacity
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
            charts=(self._bookings(), self._speed(), self._requests())
            if any(one.requests for one in self._minutes)
            else (),
            minutes=tuple(map(self._minute, range(len(self._minutes)))),
            knows_usual=bool(self._usual),
            processes=tuple(map(self._process, capacity.processes if capacity else ())),
            running_out=tuple(one.text for one in (capacity.trends if capacity else ())),
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

    def _page_title(self, topic: Topic) -> str:
        translations = self.text.translations
        if topic == "capacity":
            return translations.gettext("What is left")
        return operator_page_title(_HREFS[topic], translations)

    def _finding(self, one: OverviewFinding) -> FindingRow:
        href = _HREFS[one.topic]
        return FindingRow(
            text=one.text,
            language="en" if one.is_english else "",
            is_critical=one.severity == "critical",
            effect=one.effect,
            href=href,
            page=self._page_title(one.topic),
            act=one.act,
            runbook=runbook_path(one.runbook) if one.runbook else "",
            seen_by=one.seen_by,
        )

    @property
    def _minutes(self) -> Sequence[RequestMinute]:
        """Those that have ended."""
        hour = self.overview.hour
        return () if hour is None else hour.minutes[:-1]

    @property
    def _usual(self) -> Sequence[UsualRange]:
        """Bookings of each of these minutes that nobody wonders about."""
        hour = self.overview.hour
        return [] if hour is None else [UsualRange(one.low, one.high) for one in hour.usual[:-1]]

    def _unusual(self, *gauges: GaugeName) -> tuple[Sequence[range], tuple[ChangeRow, ...]]:
        """Which minutes were unusual, and what is said of them."""
        stored, minutes = self.overview.stored, self._minutes
        if stored is None or not minutes:
            return (), ()
        marks, rows = [], []
        for span in unusual_spans(stored.latest_alerts, *gauges, since=minutes[0].at):
            inside = [n for n, one in enumerate(minutes) if span.since <= one.at < span.until]
            if inside:
                marks.append(range(inside[0], inside[-1] + 1))
                at = span.since
                rows.append(
                    ChangeRow(self.text.listed_time(at), at.isoformat(), span.text, language="en")
                )
        return marks, tuple(rows)

    @property
    def _labels(self) -> Sequence[Tick]:
        text = msgspec.structs.replace(self.text, names_zone=False)
        return [Tick(text.time(one.at), one.at.isoformat()) for one in self._minutes]

    def _bookings(self) -> HourChart:
        translations, usual = self.text.translations, self._usual
        marks, unusual = self._unusual(GaugeName.BOOKINGS)
        counts = [one.bookings.count for one in self._minutes]
        title = translations.gettext("Bookings a minute")
        measures = [
            Measure(tick.text, count, 0, self.text.figure(count), tick.instant)
            for tick, count in zip(self._labels, counts, strict=True)
        ]
        band = None
        if usual:
            now = translations.gettext("Usual now: %(range)s", range=self._range(usual[-1]))
            band = now, usual
        bars = bar_chart(title, measures, usual=band, marks=marks)
        return HourChart(title, bars=bars, unusual=unusual)

    def _range(self, usual: UsualRange) -> str:
        """Whole bookings."""
        return self.text.translations.gettext(
            "%(low)s to %(high)s",
            low=self.text.figure(ceil(usual.low)),
            high=self.text.figure(floor(usual.high)),
        )

    def _speed(self) -> HourChart:
        _ = self.text.translations.gettext
        marks, unusual = self._unusual(GaugeName.BOOKING_P95)
        values = [
            round(1000 * one.attempts.quantile(0.95)) if one.attempts.counts else None
            for one in self._minutes
        ]
        target = BOOKING_SECONDS.target
        title = _("How long booking takes, in ms")
        lines = line_chart(
            title,
            [(_("95 of 100 at most"), values)],
            self._labels,
            target=(
                _("Objective: %(limit)s", limit=self.text.latency(target)),
                round(1e3 * target),
            ),
            marks=marks,
        )
        return HourChart(title, lines=lines, unusual=unusual)

    def _requests(self) -> HourChart:
        _ = self.text.translations.gettext
        marks, unusual = self._unusual(GaugeName.REQUESTS, GaugeName.ERRORS)
        title = _("Requests a minute")
        lines = line_chart(
            title,
            [
                (_("All"), [one.requests for one in self._minutes]),
                (_("Failed"), [one.failed for one in self._minutes]),
            ],
            self._labels,
            marks=marks,
        )
        return HourChart(title, lines=lines, unusual=unusual)

    def _process(self, one: ProcessMemory) -> ProcessRow:
        text, change = self.text, one.used_last - one.used_first
        sign = "+" if change > 0 else "-" if change < 0 else ""
        return ProcessRow(
            one.process,
            text.size(one.used_last),
            text.size(one.used_most),
            sign + text.size(abs(change)),
        )

    def _minute(self, number: int) -> MinuteRow:
        text, one, usual = self.text, self._minutes[number], self._usual
        slowest = text.latency(one.attempts.quantile(0.95)) if one.attempts.counts else ""
        return MinuteRow(
            time=self._labels[number],
            bookings=text.figure(one.bookings.count),
            usual=self._range(usual[number]) if usual else "",
            slowest=slowest,
            requests=text.figure(one.requests),
            failed=text.figure(one.failed),
        )


_TONES: Final = {None: "muted", "healthy": "good", "degraded": "warn", "unhealthy": "bad"}


def _part(one: PartState) -> PartRow:
    return PartRow(one.title, one.word, _TONES[one.status], one.detail, _HREFS.get(one.name, ""))
