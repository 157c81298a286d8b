"""Texts of schedules: one said in a sentence, and what a change of it comes to. Pure."""

from collections.abc import Sequence
from datetime import date, datetime, time
from itertools import groupby
from typing import Final
from zoneinfo import ZoneInfo

from fullhouse.localisation.formatter import LocaleFormatter
from fullhouse.scheduling.materialisation import MaterialisationResult
from fullhouse.scheduling.model.schedule import PlannedSlot, ScheduleSpec
from fullhouse.scheduling.model.slot_review import SlotNeedingReview
from fullhouse.scheduling.model.wall_time import instant_from
from fullhouse.scheduling.model.weekly_hours import WEEKDAYS, WeeklyHours, weekly_hours_of

_DAYS_IN_FULL: Final = 4
_WORKDAYS: Final = WEEKDAYS[:5]


def schedule_sentence(spec: ScheduleSpec, formatter: LocaleFormatter) -> str:
    """`Every Saturday and Sunday, 08:00 - 13:30, each 30 minutes, 60 places, from 1 June 2027 …`.

    A schedule that says more was made by a program.
    """
    hours, _ = weekly_hours_of(spec), formatter.translations.gettext
    if hours is None and spec.rule:
        return _("Made by a program: %(rule)s", rule=spec.rule.replace(";", "; "))
    starts_at = instant_from(spec.starts_at, formatter.zone)
    places = formatter.translations.ngettext("%(n)s place", "%(n)s places", spec.capacity)
    if hours is None:
        return _("Once, %(time)s, %(places)s", time=formatter.date_time(starts_at), places=places)
    parts = [
        _("Every %(days)s", days=_days(hours, formatter)),
        _times(hours, formatter),
        places,
        _span(hours, formatter),
    ]
    if spec.closed_on_holidays:
        parts.append(_("not on public holidays"))
    if spec.rdates:
        parts.append(_("also %(times)s", times=_listed(spec.rdates, formatter)))
    if spec.exdates:
        parts.append(_("except %(times)s", times=_listed(spec.exdates, formatter)))
    return ", ".join(parts)


def change_lines(
    done: MaterialisationResult, booked: Sequence[SlotNeedingReview], formatter: LocaleFormatter
) -> tuple[str, ...]:
    """What becomes of the slots, and of those that are sold: `booked` no longer fit."""
    ngettext = formatter.translations.ngettext
    lines = [
        ngettext("%(n)s time is new.", "%(n)s times are new.", done.created),
        ngettext(
            "%(n)s time that no one has booked is removed.",
            "%(n)s times that no one has booked are removed.",
            done.dropped,
        ),
    ]
    counts = [done.created, done.dropped]
    if done.kept_capacity:
        counts.append(done.kept_capacity)
        lines.append(
            ngettext(
                "%(n)s time has sold more places than that, and keeps them.",
                "%(n)s times have sold more places than that, and keep them.",
                done.kept_capacity,
            )
        )
    if booked:
        times = ", ".join(formatter.date_time(slot.starts_at) for slot in booked[:_DAYS_IN_FULL])
        counts.append(len(booked))
        lines.append(
            ngettext(
                "%(n)s time with bookings no longer fits: %(times)s. It keeps its guests, and is "
                "closed to new ones.",
                "%(n)s times with bookings no longer fit: %(times)s. They keep their guests, and "
                "are closed to new ones.",
                len(booked),
                times=times,
            )
        )
    said = tuple(line for count, line in zip(counts, lines, strict=True) if count)
    return said or (formatter.translations.gettext("No time changes."),)


def day_rows(
    slots: Sequence[PlannedSlot], formatter: LocaleFormatter
) -> list[tuple[str, str, str]]:
    """Each coming day with its times and places; the first days with all their times."""
    rows = []
    days = groupby(slots, key=lambda slot: formatter.local(slot.starts_at).date())
    for number, (day, found) in enumerate(days):
        of_day = list(found)
        times = [formatter.time(slot.starts_at) for slot in of_day]
        if number >= _DAYS_IN_FULL and len(times) > 1:
            times = [f"{times[0]} \N{EN DASH} {times[-1]}"]
        places = sum(slot.capacity for slot in of_day if slot.state == "open")
        rows.append((formatter.long_date(day), ", ".join(times), str(places)))
    return rows


def _days(hours: WeeklyHours, formatter: LocaleFormatter) -> str:
    _ = formatter.translations.gettext
    if len(hours.weekdays) == len(WEEKDAYS):
        return _("day")
    if hours.weekdays == _WORKDAYS:
        return _("day from Monday to Friday")
    return formatter.listing([formatter.weekday(WEEKDAYS.index(day)) for day in hours.weekdays])


def _times(hours: WeeklyHours, formatter: LocaleFormatter) -> str:
    _, day = formatter.translations.gettext, hours.first_day
    first, last = (_instant(day, at, formatter.zone) for at in (hours.first_time, hours.last_time))
    if first == last:
        return formatter.time(first)
    return _(
        "%(times)s, each %(every)s",
        times=f"{formatter.time(first)} \N{EN DASH} {formatter.time(last)}",
        every=formatter.translations.ngettext("%(n)s minute", "%(n)s minutes", hours.every_minutes),
    )


def _span(hours: WeeklyHours, formatter: LocaleFormatter) -> str:
    _ = formatter.translations.gettext
    first = formatter.full_date(hours.first_day)
    if hours.last_day is None:
        return _("from %(first)s on", first=first)
    return _("from %(first)s to %(last)s", first=first, last=formatter.full_date(hours.last_day))


def _listed(walls: Sequence[datetime], formatter: LocaleFormatter) -> str:
    return formatter.listing(
        [formatter.date_time(instant_from(wall, formatter.zone)) for wall in walls]
    )


def _instant(day: date, at: time, zone: ZoneInfo) -> datetime:
    return instant_from(datetime.combine(day, at), zone)
