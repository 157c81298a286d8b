"""Presenter of how long things took: one sentence, two charts, a line for each name. Pure."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

import msgspec

from fullhouse.booking.model.urls import LATENCY_PATH, with_query
from fullhouse.entrypoints.web.views import Choice
from fullhouse.localisation.formatter import LocaleFormatter
from fullhouse.localisation.translations import gettext_noop
from fullhouse.numerics.charts import BarChart, LineChart, Measure, Tick, bar_chart, line_chart
from fullhouse.observability.latency_report import LatencyReport
from fullhouse.observability.objectives import Objective
from fullhouse.observability.summaries import LATENCY_SOURCES, Summary

LATENCY_PARTS: Final = ("figures", "names", "slow")
"""What is sent again when it changes, by its id on the page."""
_MICROSECONDS_BELOW: Final = 0.005
"""Below so many seconds a chart counts in millionths."""


class SpanChoice(msgspec.Struct, frozen=True):
    """A span that can be chosen; `text` ends the sentence about it."""

    length: timedelta
    label: str
    text: str


SPANS: Final[Mapping[str, SpanChoice]] = {
    "quarter": SpanChoice(
        timedelta(minutes=15), gettext_noop("15 minutes"), gettext_noop("in the last 15 minutes")
    ),
    "hour": SpanChoice(
        timedelta(hours=1), gettext_noop("One hour"), gettext_noop("in the last hour")
    ),
    "day": SpanChoice(
        timedelta(days=1), gettext_noop("One day"), gettext_noop("in the last 24 hours")
    ),
    "week": SpanChoice(
        timedelta(days=7), gettext_noop("One week"), gettext_noop("in the last 7 days")
    ),
    "quarter-year": SpanChoice(
        timedelta(days=90), gettext_noop("90 days"), gettext_noop("in the last 90 days")
    ),
    "year": SpanChoice(
        timedelta(days=365), gettext_noop("One year"), gettext_noop("in the last 365 days")
    ),
}
_LIVE_SPANS: Final = frozenset({"quarter", "hour"})
_SOURCE_NAMES: Final[Mapping[str, str]] = {
    "requests": gettext_noop("Requests"),
    "queries": gettext_noop("Database queries"),
    "commits": gettext_noop("Commits of bookings"),
    "jobs": gettext_noop("Background jobs"),
    "services": gettext_noop("Outside services"),
}
assert set(_SOURCE_NAMES) == set(LATENCY_SOURCES)


class LatencyRow(msgspec.Struct, frozen=True):
    """One route, statement or kind of job."""

    name: str
    href: str
    count: str
    failed: str
    slow: str
    very_slow: str
    mean: str
    p50: str
    p95: str
    p99: str


class DurationStep(msgspec.Struct, frozen=True):
    """The figures of the charts in one step."""

    time: Tick
    count: str
    p50: str
    p95: str


class SlowRow(msgspec.Struct, frozen=True):
    """A slow statement."""

    title: str
    plan: str


class LatencyView(msgspec.Struct, frozen=True):
    """The page."""

    title: str
    path: str
    stream: str
    """Empty where a span is too long to change while one looks."""
    name: str
    all_href: str
    sources: tuple[Choice, ...]
    spans: tuple[Choice, ...]
    sentence: str
    totals: tuple[tuple[str, str, str], ...]
    over_time: LineChart | None
    counts: BarChart | None
    steps: tuple[DurationStep, ...]
    rows: tuple[LatencyRow, ...]
    slow: tuple[SlowRow, ...]


class LatencyPresenter(msgspec.Struct, frozen=True):
    """Presents a report in UTC: an installation serves venues of several zones."""

    text: LocaleFormatter
    report: LatencyReport
    span: str
    objective: Objective | None = None
    """What is promised of the chosen name."""

    def view(self) -> LatencyView:
        _, report = self.text.translations.gettext, self.report
        return LatencyView(
            title=_("Speed"),
            path=LATENCY_PATH,
            stream=f"{LATENCY_PATH}/live" if self.span in _LIVE_SPANS else "",
            name=report.name,
            all_href=self._href(""),
            sources=tuple(
                Choice(word, _(name), word == report.source) for word, name in _SOURCE_NAMES.items()
            ),
            spans=tuple(
                Choice(word, _(span.label), word == self.span) for word, span in SPANS.items()
            ),
            sentence=self._sentence(),
            totals=self._totals(report.total),
            over_time=self._over_time(),
            counts=self._counts(),
            steps=self._steps(),
            rows=tuple(map(self._row, report.by_name)),
            slow=tuple(
                SlowRow(
                    f"{self.text.listed_time(one.at)} · {self.text.latency(one.seconds)} · "
                    f"{one.query}",
                    one.plan,
                )
                for one in report.slow
            ),
        )

    def _href(self, name: str) -> str:
        return with_query(LATENCY_PATH, of=self.report.source, span=self.span, name=name or None)

    def _sentence(self) -> str:
        _, total = self.text.translations.gettext, self.report.total
        when = _(SPANS[self.span].text)
        if not total.count:
            return _("Nothing was measured %(when)s.", when=when)
        return _(
            "95 of 100 took at most %(p95)s %(when)s.", p95=self.text.latency(total.p95), when=when
        )

    def _totals(self, total: Summary) -> tuple[tuple[str, str, str], ...]:
        _, text = self.text.translations.gettext, self.text
        return (
            (_("Count"), text.figure(total.count), ""),
            (_("Failed"), text.figure(total.failed), ""),
            (_("Over half a second"), text.figure(total.slow), ""),
            (_("Half took at most"), text.latency(total.p50), ""),
            (_("95 of 100 at most"), text.latency(total.p95), ""),
            (_("99 of 100 at most"), text.latency(total.p99), ""),
        )

    def _over_time(self) -> LineChart | None:
        _ = self.text.translations.gettext
        steps = self.report.steps
        largest = max((step.quantile(0.95) for step in steps if step.counts), default=0.0)
        unit, factor = ("µs", 1e6) if largest < _MICROSECONDS_BELOW else ("ms", 1e3)

        promised = None if self.objective is None else self.objective.target

        def line(share: float) -> list[int | None]:
            return [round(factor * s.quantile(share)) if s.counts else None for s in steps]

        return line_chart(
            _("Duration over time, in %(unit)s", unit=unit),
            [(_("95 of 100 at most"), line(0.95)), (_("Half took at most"), line(0.5))],
            self._labels(),
            target=None
            if promised is None
            else (self._promise(promised), round(factor * promised)),
        )

    def _promise(self, seconds: float) -> str:
        _ = self.text.translations.gettext
        return _("Objective: %(limit)s", limit=self.text.latency(seconds))

    def _steps(self) -> tuple[DurationStep, ...]:
        """The figures of the charts, of the steps in which something happened."""
        text = self.text
        return tuple(
            DurationStep(
                tick,
                text.figure(step.count),
                text.latency(step.quantile(0.5)),
                text.latency(step.quantile(0.95)),
            )
            for tick, step in zip(self._labels(), self.report.steps, strict=True)
            if step.counts
        )

    def _counts(self) -> BarChart | None:
        text = self.text
        return bar_chart(
            text.translations.gettext("How many, over time"),
            [
                Measure(tick.text, step.count, 0, text.figure(step.count), tick.instant)
                for tick, step in zip(self._labels(), self.report.steps, strict=True)
            ],
        )

    def _labels(self) -> list[Tick]:
        """Times of a day are moments, which the script shows in the viewer's zone."""
        first, step = self.report.since, timedelta(seconds=self.report.step_seconds)
        text = msgspec.structs.replace(self.text, names_zone=False)

        def day(at: datetime) -> str:
            return text.day(text.local(at).date())

        moments = [first + number * step for number in range(len(self.report.steps))]
        if SPANS[self.span].length > timedelta(days=1):
            return [Tick(day(at)) for at in moments]
        return [Tick(text.time(at), at.isoformat()) for at in moments]

    def _row(self, one: Summary) -> LatencyRow:
        text = self.text
        return LatencyRow(
            name=one.name,
            href=self._href(one.name),
            count=text.figure(one.count),
            failed=text.figure(one.failed),
            slow=text.figure(one.slow),
            very_slow=text.figure(one.very_slow),
            mean=text.latency(one.mean),
            p50=text.latency(one.p50),
            p95=text.latency(one.p95),
            p99=text.latency(one.p99),
        )
