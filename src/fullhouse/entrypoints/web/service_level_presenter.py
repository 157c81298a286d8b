"""Presenter of a month's service level: one sentence, objectives, minutes lost, alerts. Pure."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Final

import msgspec

from fullhouse.booking.model.urls import SERVICE_LEVEL_CSV_PATH, SERVICE_LEVEL_PATH, with_query
from fullhouse.entrypoints.web.views import Choice
from fullhouse.localisation.formatter import LocaleFormatter
from fullhouse.observability.objectives import Objective
from fullhouse.observability.service_level import (
    NOT_WATCHED,
    LostTime,
    PlannedTime,
    ServiceLevel,
)
from fullhouse.resilience.mode_texts import MODE_NAMES
from fullhouse.resilience.operating_mode import OperatingMode

_MONTHS_SHOWN: Final = 14
"""As long as hours are kept."""


class ObjectiveRow(msgspec.Struct, frozen=True):
    """An objective: what came of it, and what was promised."""

    name: str
    value: str
    promised: str
    verdict: str
    is_missed: bool


class LostRow(msgspec.Struct, frozen=True):
    """Minutes lost; `rule` and `why` as alerts have them, in English."""

    since: str
    minutes: str
    rule: str
    why: str


class ServiceLevelView(msgspec.Struct, frozen=True):
    """The page."""

    title: str
    path: str
    csv_href: str
    months: tuple[Choice, ...]
    sentence: str
    planned_sentence: str
    span: str
    is_known: bool
    objectives: tuple[ObjectiveRow, ...]
    lost: tuple[LostRow, ...]
    planned: tuple[LostRow, ...]
    alerts: tuple[tuple[str, str, str], ...]


class ServiceLevelPresenter(msgspec.Struct, frozen=True):
    """Presents a month in UTC: an installation serves venues of several zones."""

    text: LocaleFormatter
    level: ServiceLevel
    now: datetime

    def view(self) -> ServiceLevelView:
        _, level = self.text.translations.gettext, self.level
        return ServiceLevelView(
            title=_("Service level"),
            path=SERVICE_LEVEL_PATH,
            csv_href=with_query(SERVICE_LEVEL_CSV_PATH, month=_word(level.month)),
            months=tuple(
                Choice(_word(month), self.text.month(month), month == level.month)
                for month in self._months()
            ),
            sentence=self._sentence(),
            planned_sentence=self._planned_sentence(),
            span=_(
                "Known from %(since)s to %(until)s.",
                since=self.text.listed_time(level.since),
                until=self.text.listed_time(level.until),
            ),
            is_known=level.minutes > 0,
            objectives=tuple(self._objectives()),
            lost=tuple(map(self._lost, level.lost)),
            planned=tuple(map(self._planned, level.planned)),
            alerts=tuple(
                (each.rule, self.text.figure(each.count), self._minutes(each.minutes))
                for each in level.alerts
            ),
        )

    def _months(self) -> Iterator[date]:
        """The latest months, and the one that is shown."""
        month = self.now.date().replace(day=1)
        for _number in range(_MONTHS_SHOWN):
            yield month
            month = (month - timedelta(days=1)).replace(day=1)
        if self.level.month <= month:
            yield self.level.month

    def _sentence(self) -> str:
        text, level = self.text.translations, self.level
        month = self.text.month(level.month)
        if not level.minutes and not level.is_over:
            return text.gettext(
                "Nothing is known of %(month)s yet: it begins with the first full hour.",
                month=month,
            )
        if not level.minutes:
            return text.gettext("Nothing is known of %(month)s.", month=month)
        if not level.minutes_lost:
            return text.gettext("In %(month)s guests could book all the time.", month=month)
        lost = round(level.minutes_lost)
        if not lost:
            return text.gettext("In %(month)s guests could not book for some seconds.", month=month)
        return text.ngettext(
            "In %(month)s guests could not book for %(n)s minute.",
            "In %(month)s guests could not book for %(n)s minutes.",
            lost,
            month=month,
        )

    def _planned_sentence(self) -> str:
        minutes = round(self.level.minutes_planned)
        if not minutes:
            return ""
        return self.text.translations.ngettext(
            "This leaves out %(n)s minute that was announced.",
            "This leaves out %(n)s minutes that were announced.",
            minutes,
        )

    def _planned(self, one: PlannedTime) -> LostRow:
        return LostRow(
            since=self.text.listed_time(one.since),
            minutes=self._minutes(one.minutes),
            rule=self.text.translations.gettext(MODE_NAMES[OperatingMode(one.mode)]),
            why=one.reason,
        )

    def _objectives(self) -> Iterator[ObjectiveRow]:
        _ = self.text.translations.gettext
        verdicts = {True: _("Kept"), False: _("Missed"), None: _("Nothing was measured")}
        for each in self.level.results:
            yield ObjectiveRow(
                name=_(each.objective.text),
                value="-" if each.value is None else self._value(each.objective, each.value),
                promised=self._value(each.objective, each.objective.target),
                verdict=verdicts[each.is_met],
                is_missed=each.is_met is False,
            )

    def _value(self, objective: Objective, value: float) -> str:
        if objective.unit == "share":
            return self.text.share(value)
        return self.text.latency(value)

    def _lost(self, lost: LostTime) -> LostRow:
        _ = self.text.translations.gettext
        is_unwatched = lost.reason == NOT_WATCHED
        return LostRow(
            since=self.text.listed_time(lost.since),
            minutes=self._minutes(lost.minutes),
            rule=_("Not watched") if is_unwatched else lost.reason,
            why=_("It was stopped, or its machine was.") if is_unwatched else lost.summary,
        )

    def _minutes(self, minutes: float) -> str:
        return self.text.figure(round(minutes, 1))


def _word(month: date) -> str:
    """As the address has it."""
    return f"{month:%Y-%m}"
