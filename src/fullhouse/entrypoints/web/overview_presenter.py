"""Presenter of the overview: today, what needs a decision, the week, what was before. Pure."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Final

import msgspec

from fullhouse.booking.model.sales import YEAR, GuestsOfDay, Share
from fullhouse.booking.model.urls import admin_path
from fullhouse.entrypoints.web.views import Link
from fullhouse.localisation.formatter import LocaleFormatter
from fullhouse.messages.needs import Need, NeedFacts, needs

WEEK_DAYS: Final = 7


class OverviewFacts(msgspec.Struct, frozen=True):
    """What the overview is made from."""

    today: date
    guests: GuestsOfDay
    shares: Mapping[date, Share]
    """Of the coming week, and of the days that today is compared with."""
    booked: Mapping[date, int]
    needs: NeedFacts


class DayBar(msgspec.Struct, frozen=True):
    """The places of a day."""

    name: str
    href: str
    percent: int
    text: str


class Decision(msgspec.Struct, frozen=True):
    """Something that somebody must decide on, and where."""

    text: str
    link: Link


class FigureBefore(msgspec.Struct, frozen=True):
    """A figure of today, of last week and of last season."""

    label: str
    today: str
    last_week: str
    last_season: str


class Overview(msgspec.Struct, frozen=True):
    """The page."""

    title: str
    sentence: str
    decisions: tuple[Decision, ...]
    week: tuple[DayBar, ...]
    comparisons: tuple[FigureBefore, ...]
    days: tuple[tuple[str, str], ...]
    """Which days are compared: what they are, and their dates."""


class OverviewPresenter(msgspec.Struct, frozen=True):
    """Presents the facts in the venue's time."""

    org: str
    formatter: LocaleFormatter
    now: datetime

    def overview(self, facts: OverviewFacts) -> Overview:
        _, today = self.formatter.translations.gettext, facts.today
        before = [today - timedelta(weeks=1), today - YEAR]
        return Overview(
            title=_("Overview"),
            sentence=self._sentence(facts),
            decisions=tuple(map(self._decision, needs(facts.needs, self.formatter))),
            week=tuple(self._bar(facts, today + timedelta(days=n)) for n in range(WEEK_DAYS)),
            comparisons=(
                self._comparison(
                    _("Guests of the day"),
                    {day: share.sold for day, share in facts.shares.items()},
                    [today, *before],
                ),
                self._comparison(_("Places booked that day"), facts.booked, [today, *before]),
            ),
            days=(
                (_("Today"), self.formatter.day(today)),
                (_("Last week"), self.formatter.day(before[0])),
                (_("Last season"), f"{self.formatter.day(before[1])} {before[1].year}"),
            ),
        )

    def _sentence(self, facts: OverviewFacts) -> str:
        """How many come today, or else when somebody comes next."""
        _, guests = self.formatter.translations.gettext, facts.guests
        day = self.formatter.long_date(facts.today)
        if guests.expected and not guests.arrived:
            return _(
                "%(day)s: %(guests)s are expected. %(percent)s of the places are sold.",
                day=day,
                guests=self.formatter.people(guests.expected),
                percent=self.formatter.percent(facts.shares.get(facts.today, Share()).percent),
            )
        if guests.expected:
            return _(
                "%(day)s: %(guests)s are expected, %(arrived)s of them have arrived. "
                "%(percent)s of the places are sold.",
                day=day,
                guests=self.formatter.people(guests.expected),
                arrived=self.formatter.figure(guests.arrived),
                percent=self.formatter.percent(facts.shares.get(facts.today, Share()).percent),
            )
        coming = [day for day, share in facts.shares.items() if day > facts.today and share.sold]
        if coming:
            return _(
                "%(day)s: no one is expected. The next guests come on %(next)s.",
                day=day,
                next=self.formatter.long_date(min(coming)),
            )
        return _("%(day)s: no one is expected today or in the coming week.", day=day)

    def _decision(self, need: Need) -> Decision:
        _, path = self.formatter.translations.gettext, admin_path(self.org, need.page, **need.query)
        return Decision(need.text, Link(_("Look at it"), path, name=need.text))

    def _bar(self, facts: OverviewFacts, day: date) -> DayBar:
        _ = self.formatter.translations.gettext
        share = facts.shares.get(day)
        text = (
            _(
                "%(sold)s of %(capacity)s · %(percent)s",
                sold=self.formatter.figure(share.sold),
                capacity=self.formatter.figure(share.capacity),
                percent=self.formatter.percent(share.percent),
            )
            if share and share.capacity
            else _("nothing on sale")
        )
        return DayBar(
            self.formatter.short_date(day),
            admin_path(self.org, "today", date=day.isoformat()),
            share.percent if share else 0,
            text,
        )

    def _comparison(
        self, label: str, figures: Mapping[date, int], days: Sequence[date]
    ) -> FigureBefore:
        counted = Counter(figures)
        today, week, season = (self.formatter.figure(counted[day]) for day in days)
        return FigureBefore(label, today, week, season)
