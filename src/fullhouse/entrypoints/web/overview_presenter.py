"""Presenter of the overview: today, what needs a decision, the week, what was before. Pure."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Final

import msgspec

from fullhouse.booking.model.sales import YEAR, GuestsOfDay, Share
from fullhouse.booking.model.urls import admin_path
from fullhouse.entrypoints.web.views import Link
from fullhouse.localisation.formatter import LocaleFormatter
from fullhouse.localisation.translations import ngettext_noop
from fullhouse.messages.model import UnsentStatus
from fullhouse.messages.model.channel_texts import CHANNEL_NAMES
from fullhouse.messages.reads import FailingChannel
from fullhouse.resilience.consistency_reads import Troubles
from fullhouse.scheduling.model.slot_planning import OFF_SCHEDULE_REASON
from fullhouse.scheduling.model.slot_review import SlotNeedingReview

WEEK_DAYS: Final = 7

_CLOSED: Final = ngettext_noop(
    "%(n)s closed time still has guests: %(guests)s, on %(day)s.",
    "%(n)s closed times still have guests: %(guests)s, the first on %(day)s.",
)
_OFF_SCHEDULE: Final = ngettext_noop(
    "%(n)s time with guests is in no schedule any more: %(guests)s, on %(day)s.",
    "%(n)s times with guests are in no schedule any more: %(guests)s, the first on %(day)s.",
)


class OverviewFacts(msgspec.Struct, frozen=True):
    """What the overview is made from."""

    today: date
    guests: GuestsOfDay
    shares: Mapping[date, Share]
    """Of the coming week, and of the days that today is compared with."""
    booked: Mapping[date, int]
    waiting_that_fit: int
    review: Sequence[SlotNeedingReview]
    unsent: Mapping[UnsentStatus, int]
    failing: Sequence[FailingChannel] = ()
    troubles: Troubles = Troubles()
    """Nothing for those who cannot do anything about it."""


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
            decisions=tuple(self._decisions(facts)),
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

    def _decisions(self, facts: OverviewFacts) -> list[Decision]:
        """The most urgent first."""
        found = [*self._broken(facts), *self._slots(facts.review)]
        found += [self._failing_channel(channel) for channel in facts.failing]
        ngettext = self.formatter.translations.ngettext
        if facts.waiting_that_fit:
            text = ngettext(
                "%(n)s party on the waiting list could have places.",
                "%(n)s parties on the waiting list could have places.",
                facts.waiting_that_fit,
            )
            found.append(self._decision(text, "waiting-list"))
        count = sum(facts.unsent.values())
        if count:
            text = ngettext(
                "%(n)s e-mail of the last two weeks was not sent, or came back.",
                "%(n)s e-mails of the last two weeks were not sent, or came back.",
                count,
            )
            status = max(facts.unsent, key=lambda one: facts.unsent[one])
            found.append(self._decision(text, "messages", status=status))
        return found

    def _broken(self, facts: OverviewFacts) -> Iterator[Decision]:
        """What the installation could not do, or found to be wrong, by itself."""
        ngettext = self.formatter.translations.ngettext
        if facts.troubles.inconsistent:
            text = ngettext(
                "%(n)s record contradicts itself. A broken booking cannot be changed until "
                "it is repaired.",
                "%(n)s records contradict themselves. A broken booking cannot be changed until "
                "it is repaired.",
                facts.troubles.inconsistent,
            )
            yield self._decision(text, "inconsistencies")
        if facts.troubles.failed_jobs:
            text = ngettext(
                "%(n)s job has failed for good.",
                "%(n)s jobs have failed for good.",
                facts.troubles.failed_jobs,
            )
            yield self._decision(text, "dead-letters")

    def _slots(self, review: Sequence[SlotNeedingReview]) -> list[Decision]:
        """Times that guests have booked although they are closed, or in no schedule any more."""
        booked = [slot for slot in review if slot.booked]
        off = [slot for slot in booked if slot.reason == OFF_SCHEDULE_REASON]
        closed = [slot for slot in booked if slot.reason != OFF_SCHEDULE_REASON]
        return [
            self._booked_slots(slots, texts)
            for slots, texts in ((closed, _CLOSED), (off, _OFF_SCHEDULE))
            if slots
        ]

    def _failing_channel(self, channel: FailingChannel) -> Decision:
        _ = self.formatter.translations.gettext
        name = _(CHANNEL_NAMES[channel.channel])
        when = self.formatter.listed_time(channel.failing_since)
        text = _("%(channel)s: fails since %(time)s.", channel=name, time=when)
        return self._decision(text, f"channels/{channel.channel}")

    def _booked_slots(self, slots: Sequence[SlotNeedingReview], texts: tuple[str, str]) -> Decision:
        day = self.formatter.local(slots[0].starts_at).date()
        text = self.formatter.translations.ngettext(
            *texts,
            len(slots),
            guests=self.formatter.people(sum(slot.booked for slot in slots)),
            day=self.formatter.short_date(day),
        )
        return self._decision(text, "today", date=day.isoformat())

    def _decision(self, text: str, name: str, **query: str) -> Decision:
        _ = self.formatter.translations.gettext
        return Decision(text, Link(_("Look at it"), admin_path(self.org, name, **query), name=text))

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
