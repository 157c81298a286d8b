"""The calendar of an offering for one party: a month of days, a day of times. Pure."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Final, assert_never
from uuid import UUID

import msgspec

from fullhouse.booking.model.slot import Slot
from fullhouse.booking.party_availability import (
    AvailabilityView,
    DayState,
    day_summary,
    next_month,
    percent,
    weeks_of,
)
from fullhouse.entrypoints.web.views import DayCell, Link, Month, SlotRow
from fullhouse.localisation.formatter import LocaleFormatter
from fullhouse.localisation.translations import ngettext_noop, pgettext_noop

_LEFT: Final = ngettext_noop("%(n)s left", "%(n)s left")
_LAST_LEFT: Final = ngettext_noop("only %(n)s left", "only %(n)s left")
_TOO_FEW_LEFT: Final = ngettext_noop(
    "only %(n)s left, too few for %(party)s", "only %(n)s left, too few for %(party)s"
)
_TOO_FEW_WAITING: Final = ngettext_noop(
    "only %(n)s left · waiting list for %(party)s", "only %(n)s left · waiting list for %(party)s"
)
_LIVE_TEXTS: Final = {
    "left": _LEFT,
    "last": _LAST_LEFT,
    "too-few": _TOO_FEW_WAITING,
    "changed": ngettext_noop("%(time)s: %(n)s place left.", "%(time)s: %(n)s places left."),
}

_DAY_LABELS: Final[dict[DayState, str]] = {
    "few": pgettext_noop("day", "few"),
    "full": pgettext_noop("day", "full"),
    "closed": pgettext_noop("day", "closed"),
}


class MonthLinks(msgspec.Struct, frozen=True):
    """The URLs of days and of other months."""

    day: Callable[[date], str]
    month: Callable[[date], str]


def month_view(
    availability: AvailabilityView, month: date, *, chosen: date, last: date, links: MonthLinks
) -> Month:
    """Build the month that begins at `month`; `last` is the last day of the calendar."""
    _ = availability.formatter.translations.gettext
    formatter = availability.formatter
    by_day = availability.by_day
    weeks = weeks_of(availability, month)
    earlier, later = (month - timedelta(days=1)).replace(day=1), next_month(month)
    return Month(
        title=_month_title(formatter, month, max(day for day in weeks[-1] if day)),
        weekdays=formatter.weekdays,
        weeks=tuple(
            tuple(
                None
                if day is None
                else _day_cell(
                    availability, day, by_day.get(day, []), chosen=chosen, href=links.day
                )
                for day in week
            )
            for week in weeks
        ),
        earlier=Link(
            "", links.month(earlier), _("Previous month, %(month)s", month=formatter.month(earlier))
        )
        if month > availability.today
        else None,
        later=Link("", links.month(later), _("Next month, %(month)s", month=formatter.month(later)))
        if later <= last
        else None,
    )


def _month_title(formatter: LocaleFormatter, month: date, last: date) -> str:
    """`November 2026`, or `November 2026, December 2026` with weeks of the next month."""
    title = formatter.month(month)
    return title if last < next_month(month) else f"{title}, {formatter.month(last)}"


def slot_row(
    availability: AvailabilityView, slot: Slot, *, href: str, waits: bool = True
) -> SlotRow:
    """A time with its remaining places; with `waits` a full one links to its waiting list."""
    formatter, state = availability.formatter, availability.state(slot)
    return SlotRow(
        slot_id=str(slot.slot_id),
        time=formatter.time(slot.starts_at),
        left=remaining_text(availability, slot, waits=waits),
        percent=percent(slot.remaining, slot.capacity),
        state=state,
        price=availability.price,
        price_for=availability.price_for,
        capacity=slot.capacity,
        href=href if availability.has_room(slot) or (state == "full" and waits) else "",
    )


def slot_rows(
    availability: AvailabilityView,
    day: date,
    href: Callable[[date, UUID], str],
    *,
    waits: bool = True,
) -> tuple[SlotRow, ...]:
    """The times of a day, without past ones."""
    return tuple(
        slot_row(availability, slot, href=href(day, slot.slot_id), waits=waits)
        for slot in availability.on(day)
        if availability.state(slot) != "past"
    )


def remaining_text(availability: AvailabilityView, slot: Slot, *, waits: bool = True) -> str:
    """`12 left`, `only 2 left`, `sold out · join the waiting list`."""
    translations, left = availability.formatter.translations, slot.remaining
    match availability.state(slot):
        case "closed":
            text = slot.reason or translations.gettext("closed")
        case "past":
            text = translations.gettext("past")
        case "full" if left:
            people = availability.formatter.people(availability.party)
            texts = _TOO_FEW_WAITING if waits else _TOO_FEW_LEFT
            text = translations.ngettext(*texts, left, party=people)
        case "full" if waits:
            text = translations.gettext("sold out · join the waiting list")
        case "full":
            text = translations.gettext("sold out")
        case "few":
            text = translations.ngettext(*_LAST_LEFT, left)
        case "free":
            text = translations.ngettext(*_LEFT, left)
        case unknown:
            assert_never(unknown)
    return text


def live_texts(availability: AvailabilityView) -> tuple[tuple[str, str], ...]:
    """The same texts for `fullhouse.js`, which updates them as places are sold.

    Texts with a number come in each plural form of the language, named as in `left-one`.
    """
    translations = availability.formatter.translations
    texts = [
        ("full", translations.gettext("sold out · join the waiting list")),
        ("changed-full", translations.gettext("%(time)s is sold out now.", time="{time}")),
    ]
    people = availability.formatter.people(availability.party)
    for name, messages in _LIVE_TEXTS.items():
        forms = translations.plural_forms(*messages, party=people, time="{time}")
        texts.extend((f"{name}-{form}", text) for form, text in forms.items())
    return tuple(texts)


def _day_cell(
    availability: AvailabilityView,
    day: date,
    slots: list[Slot],
    *,
    chosen: date,
    href: Callable[[date], str],
) -> DayCell:
    summary = day_summary(availability, day, slots)
    state, left = summary.state, summary.left
    label = _DAY_LABELS.get(state)
    return DayCell(
        number=day.day,
        name=_day_name(availability, day, state, left=left, slots=slots),
        state=state,
        label=availability.formatter.translations.pgettext("day", label) if label else "",
        percent=percent(left, summary.capacity),
        href="" if state in {"none", "past"} else href(day),
        current=day == chosen,
        today=day == availability.today,
    )


def _day_name(
    availability: AvailabilityView, day: date, state: DayState, *, left: int, slots: list[Slot]
) -> str:
    """Describe the day and its state for screen readers."""
    translations = availability.formatter.translations
    name = availability.formatter.long_date(day)
    match state:
        case "free":
            text = translations.ngettext(
                "%(day)s, %(n)s place left", "%(day)s, %(n)s places left", left, day=name
            )
        case "few":
            text = translations.ngettext(
                "%(day)s, only %(n)s place left", "%(day)s, only %(n)s places left", left, day=name
            )
        case "full":
            text = translations.gettext("%(day)s, sold out, waiting list", day=name)
        case "closed":
            reason = next((slot.reason for slot in slots if slot.reason), None)
            reason = reason or translations.gettext("closed")
            text = translations.gettext("%(day)s, closed: %(reason)s", day=name, reason=reason)
        case "none":
            text = translations.gettext("%(day)s, no times", day=name)
        case "past":
            text = translations.gettext("%(day)s, past", day=name)
        case unknown:
            assert_never(unknown)
    return text
