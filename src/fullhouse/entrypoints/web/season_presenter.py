"""Presenter of the season: places, money and pace of a span of days, by day and offering. Pure."""

from datetime import date, timedelta
from typing import Final

import msgspec

from fullhouse.booking.model.sales import (
    Days,
    FigureTotals,
    SeasonFacts,
    Share,
    days_of,
    figures_by,
    shares_by_day,
)
from fullhouse.booking.model.urls import admin_path
from fullhouse.booking.season_texts import pace_text, season_totals
from fullhouse.entrypoints.web.views import Choice, Link
from fullhouse.kernel.money import Money
from fullhouse.localisation.formatter import LocaleFormatter
from fullhouse.numerics.charts import (
    BarChart,
    LineChart,
    Measure,
    Tick,
    bar_chart,
    line_chart,
)

PACE_POINTS: Final = 40
"""The most points of a line of the pace."""


class FigureRow(msgspec.Struct, frozen=True):
    """The figures of a day or of an offering."""

    name: str
    href: str
    sold: str
    capacity: str
    percent: int
    percent_text: str
    amount: str
    waiting: str


class SeasonView(msgspec.Struct, frozen=True):
    """The page."""

    title: str
    path: str
    span: Days
    span_text: str
    offerings: tuple[Choice, ...]
    spans: tuple[Link, ...]
    csv_href: str
    totals: tuple[tuple[str, str, str], ...]
    chart: BarChart | None
    pace: LineChart | None
    pace_text: str
    by_offering: tuple[FigureRow, ...]
    by_day: tuple[FigureRow, ...]


class SeasonPresenter(msgspec.Struct, frozen=True):
    """Presents the facts in the venue's time and the organisation's currency."""

    org: str
    currency: str
    formatter: LocaleFormatter

    def season(self, facts: SeasonFacts) -> SeasonView:
        _ = self.formatter.translations.gettext
        text, offering = self.formatter, facts.offering_id
        chosen = {"offering": str(offering)} if offering else {}
        path = admin_path(self.org, "season")
        span = {"from": facts.span.first.isoformat(), "to": facts.span.last.isoformat()}
        first, last = text.full_date(facts.span.first), text.full_date(facts.span.last)
        return SeasonView(
            title=_("Season"),
            path=path,
            span=facts.span,
            span_text=_("%(first)s to %(last)s", first=first, last=last),
            offerings=tuple(
                Choice(str(one.offering_id), one.name, one.offering_id == offering)
                for one in facts.offerings
            ),
            spans=tuple(
                Link(
                    name,
                    admin_path(self.org, "season", **{"from": one.first, "to": one.last}, **chosen),
                )
                for name, one in self._spans(facts.today)
            ),
            csv_href=admin_path(self.org, "season.csv", **span, **chosen),
            totals=season_totals(facts, text, self.currency),
            chart=self._chart(facts),
            pace=self._pace(facts),
            pace_text=pace_text(facts, text),
            by_offering=self._by_offering(facts),
            by_day=self._by_day(facts),
        )

    def _spans(self, today: date) -> list[tuple[str, Days]]:
        _, weeks = self.formatter.translations.gettext, timedelta(weeks=4)
        year = Days(date(today.year, 1, 1), date(today.year, 12, 31))
        return [
            (_("Last 4 weeks"), Days(today - weeks, today)),
            (_("Next 4 weeks"), Days(today, today + weeks)),
            (_("This year"), year),
        ]

    def _chart(self, facts: SeasonFacts) -> BarChart | None:
        _, shares = self.formatter.translations.gettext, shares_by_day(facts.places)
        measures = [
            Measure(self.formatter.day(day), share.sold, share.capacity, self._said(day, share))
            for day in days_of(facts.span)
            for share in [shares.get(day, Share())]
        ]
        return bar_chart(_("Places sold by day, of the places there are"), measures)

    def _said(self, day: date, share: Share) -> str:
        return self.formatter.translations.gettext(
            "%(day)s: %(sold)s of %(capacity)s",
            day=self.formatter.short_date(day),
            sold=self.formatter.figure(share.sold),
            capacity=self.formatter.figure(share.capacity),
        )

    def _pace(self, facts: SeasonFacts) -> LineChart | None:
        """How much was sold by each day, this season until today and the one before to its end."""
        _ = self.formatter.translations.gettext
        pace = facts.sold_until(PACE_POINTS)
        if pace is None:
            return None
        days, now, before = pace
        return line_chart(
            _("Places sold until each day"),
            [
                (_("This season"), now),
                *([(_("Season before"), before)] if facts.pace_before else []),
            ],
            [Tick(self.formatter.day(day)) for day in days],
        )

    def _by_offering(self, facts: SeasonFacts) -> tuple[FigureRow, ...]:
        found = figures_by(
            facts.places, facts.sales, facts.waiting, key=lambda row: row.offering_id
        )
        return tuple(
            self._row(one.name, "", found[one.offering_id])
            for one in facts.offerings
            if one.offering_id in found
        )

    def _by_day(self, facts: SeasonFacts) -> tuple[FigureRow, ...]:
        found = figures_by(facts.places, facts.sales, facts.waiting, key=lambda row: row.day)
        return tuple(
            self._row(
                self.formatter.short_date(day),
                admin_path(self.org, "today", date=day.isoformat()),
                found[day],
            )
            for day in sorted(found)
        )

    def _row(self, name: str, href: str, figures: FigureTotals) -> FigureRow:
        share, text = figures.share, self.formatter
        return FigureRow(
            name,
            href,
            text.figure(share.sold),
            text.figure(share.capacity),
            share.percent,
            text.percent(share.percent),
            text.money(Money(figures.amount, self.currency)),
            text.figure(figures.waiting) if figures.waiting else "",
        )
