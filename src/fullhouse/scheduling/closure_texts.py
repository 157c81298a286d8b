"""Texts of closures: when, what is offered, and how far the guests are told. Pure."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from fullhouse.localisation.formatter import LocaleFormatter
from fullhouse.localisation.translations import gettext_noop
from fullhouse.people.model.contact import phone_text
from fullhouse.scheduling.model.closure_notices import ClosureGuest, ListedClosure
from fullhouse.scheduling.model.wall_time import instant_from

REMEDIES: Final = (
    ("move", gettext_noop("Another time, or cancel without a fee")),
    ("cancel", gettext_noop("We cancel their bookings, without a fee")),
    ("cancel_with_fee", gettext_noop("We cancel their bookings, with the usual fee")),
    ("nobody", gettext_noop("Nothing: tell nobody")),
)
LINES_OF_REMEDIES: Final[Mapping[str, str]] = {
    "move": gettext_noop(
        "Each gets an e-mail with your sentence and a link. They can choose another time or "
        "cancel without a fee for 14 days. The first leaves after a minute; until then you can "
        "undo all of it."
    ),
    "cancel": gettext_noop(
        "Their bookings are cancelled without a fee, each with an e-mail that has your sentence. "
        "The first leaves after a minute; until then you can undo all of it."
    ),
    "cancel_with_fee": gettext_noop(
        "Their bookings are cancelled with the fee of the offering, each with an e-mail that has "
        "your sentence. The first leaves after a minute; until then you can undo all of it."
    ),
    "nobody": gettext_noop("They get no e-mail. Their tickets say that you are closed."),
}


def closure_time(row: ListedClosure, formatter: LocaleFormatter) -> str:
    """Its days, and its hours unless it closes whole days; a recurring one says so."""
    starts_at, ends_at = row.starts_at, row.ends_at
    first, last = starts_at.date(), (ends_at - timedelta.resolution).date()
    if starts_at.time() == ends_at.time() == starts_at.min.time():
        days = [formatter.long_date(day) for day in dict.fromkeys((first, last))]
        text = " \N{EN DASH} ".join(days)
    else:
        begin, end = (instant_from(wall, formatter.zone) for wall in (starts_at, ends_at))
        text = f"{formatter.long_date(first)}, {formatter.time_range(begin, end)}"
    if row.recurrence is None:
        return text
    return formatter.translations.gettext("%(time)s, again and again", time=text)


def told_text(row: ListedClosure, formatter: LocaleFormatter) -> str:
    """How far the guests are told, and what they have done."""
    translations = formatter.translations
    if not row.tells:
        return translations.gettext("no one to tell")
    parts = [translations.gettext("%(told)s of %(n)s told", told=row.told, n=row.tells)]
    if row.moved:
        parts.append(translations.gettext("%(n)s moved", n=row.moved))
    if row.left:
        parts.append(translations.gettext("%(n)s cancelled", n=row.left))
    return ", ".join(parts)


def guest_state(guest: ClosureGuest, formatter: LocaleFormatter) -> str:
    """What became of one guest of a closed time."""
    _ = formatter.translations.gettext
    match guest.status:
        case "due":
            return _("is told at %(time)s", time=formatter.time(guest.due_at))
        case "over":
            return _("need not be told")
        case _told if guest.booking_status == "cancelled":
            text = _("told, cancelled")
        case _told if guest.booking_starts_at != guest.starts_at:
            time = formatter.date_time(guest.booking_starts_at)
            text = _("told, moved to %(time)s", time=time)
        case _told if not guest.customer_email:
            phone = phone_text(guest.customer_phone)
            text = _("no e-mail address, please call %(phone)s", phone=phone)
        case _:
            text = _("told, no answer yet")
    return text
