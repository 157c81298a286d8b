"""The policy of an offering in sentences, as the owner reads it who sets it. Pure."""

from datetime import timedelta
from typing import Final

from fullhouse.booking.model.offering import Offering
from fullhouse.localisation.formatter import LocaleFormatter
from fullhouse.localisation.translations import Translations

_HOUR: Final = 60
_DAY: Final = 24 * _HOUR


def minutes_text(minutes: int, formatter: LocaleFormatter) -> str:
    """`30 minutes`, `1 hour 30 minutes`."""
    return formatter.exact_duration(timedelta(minutes=minutes))


def seconds_text(seconds: int, formatter: LocaleFormatter) -> str:
    """`10 minutes`, `90 seconds` as `1 minute 30 seconds`."""
    return formatter.exact_duration(timedelta(seconds=seconds))


def before_start_text(minutes: int, formatter: LocaleFormatter) -> str:
    """`1 day before the start`; no minutes are the start itself."""
    gettext = formatter.translations.gettext
    if not minutes:
        return gettext("the start")
    return gettext("%(time)s before the start", time=minutes_text(minutes, formatter))


def days_ahead_text(days: int, formatter: LocaleFormatter) -> str:
    """`90 days ahead`."""
    return formatter.translations.ngettext("%(n)s day ahead", "%(n)s days ahead", days)


def policy_sentences(offering: Offering, formatter: LocaleFormatter) -> tuple[str, ...]:
    """`Guests can cancel free of charge until 24 hours before the start. After that, …`."""
    translations = formatter.translations
    _, ngettext = translations.gettext, translations.ngettext
    return (
        ngettext(
            "Guests can book from %(n)s day ahead until %(until)s.",
            "Guests can book from %(n)s days ahead until %(until)s.",
            offering.book_ahead_days,
            until=_before(offering.book_until_minutes, translations),
        ),
        _cancelling(offering, formatter),
        _("Within an hour of booking, guests can always cancel free of charge."),
        _(
            "Guests can change the time until %(until)s.",
            until=_before(offering.move_until_minutes, translations),
        ),
    )


def _cancelling(offering: Offering, formatter: LocaleFormatter) -> str:
    _ = formatter.translations.gettext
    free, until = offering.cancel_free_until_minutes, offering.cancel_until_minutes
    end = _before(until, formatter.translations)
    percent = offering.cancel_fee_percent if offering.price_amount else 0
    if not percent or free == until:
        return _("Guests can cancel free of charge until %(until)s, and not after that.", until=end)
    return _(
        "Guests can cancel free of charge until %(free)s. After that, until %(until)s, "
        "they pay a fee of %(share)s of the price.",
        free=_before(free, formatter.translations),
        until=end,
        share=formatter.percent(percent),
    )


def _before(minutes: int, translations: Translations) -> str:
    """`24 hours before the start`, exactly: in days from two on where it is a whole number."""
    ngettext = translations.ngettext
    if not minutes:
        return translations.gettext("the start")
    if minutes % _DAY == 0 and minutes > _DAY:
        return ngettext(
            "%(n)s day before the start", "%(n)s days before the start", minutes // _DAY
        )
    if minutes % _HOUR == 0:
        return ngettext(
            "%(n)s hour before the start", "%(n)s hours before the start", minutes // _HOUR
        )
    return ngettext("%(n)s minute before the start", "%(n)s minutes before the start", minutes)
