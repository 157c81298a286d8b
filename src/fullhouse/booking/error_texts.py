"""Errors of bookings as guests and staff read them: what happened, and what can be done. Pure."""

import math
from collections.abc import Sequence
from datetime import datetime
from functools import singledispatch
from typing import Final, Literal

import msgspec

from fullhouse.booking import errors
from fullhouse.booking.model.slot import Alternative
from fullhouse.booking.model.status_names import status_name
from fullhouse.booking.model.urls import SlotUrls, tickets_path
from fullhouse.kernel.errors import FullhouseError, TransientError
from fullhouse.localisation.formatter import LocaleFormatter
from fullhouse.localisation.translations import gettext_noop

_ALTERNATIVES_SHOWN: Final = 3
QUARANTINED: Final = gettext_noop(
    "This booking cannot be changed at the moment, because its data is being checked. Its places "
    "are kept."
)


class ErrorContext(msgspec.Struct, frozen=True):
    """An error with the request that caused it."""

    formatter: LocaleFormatter
    error: FullhouseError
    starts_at: datetime
    party: int
    urls: SlotUrls
    sends_email: bool


class ErrorLink(msgspec.Struct, frozen=True):
    """A way on; `name` is the accessible name where `text` alone does not suffice."""

    text: str
    href: str
    name: str = ""


class ErrorText(msgspec.Struct, frozen=True):
    """What happened, what can be done, and where."""

    tone: Literal["bad", "warn", "info"]
    text: str
    more: str = ""
    links: tuple[ErrorLink, ...] = ()


def has_error_text(error: FullhouseError) -> bool:
    """Return whether the error has a text; other errors have a page of their own."""
    return isinstance(error, errors.BookingError | errors.PartyNotAdmitted | TransientError)


def error_text(context: ErrorContext) -> ErrorText:
    """The text of an error, in the language of the page."""
    return _text(context.error, context)


@singledispatch
def _text(_error: FullhouseError, context: ErrorContext) -> ErrorText:
    return ErrorText(
        "bad",
        context.formatter.translations.gettext(
            "That did not work, and nothing was booked. Please try again."
        ),
    )


@_text.register
def _too_many_holds(error: errors.TooManyHolds, context: ErrorContext) -> ErrorText:
    minutes = math.ceil(error.retry_after_seconds / 60)
    return ErrorText(
        "warn",
        context.formatter.translations.ngettext(
            "Too many places are reserved from your network. Please book the ones you "
            "have reserved, or try again in %(n)s minute.",
            "Too many places are reserved from your network. Please book the ones you "
            "have reserved, or try again in %(n)s minutes.",
            minutes,
        ),
    )


@_text.register
def _client_waits_already(_error: errors.ClientWaitsAlready, context: ErrorContext) -> ErrorText:
    return ErrorText(
        "warn",
        context.formatter.translations.gettext(
            "Someone on your network is already on the waiting list for this time. "
            "Please choose another time."
        ),
    )


@_text.register
def _slot_full(error: errors.SlotFull, context: ErrorContext) -> ErrorText:
    _ = context.formatter.translations.gettext
    time = context.formatter.time(context.starts_at)
    message = (
        _(
            "%(time)s no longer has room for %(party)s.",
            time=time,
            party=context.formatter.people(context.party),
        )
        if error.remaining > 0
        else _("%(time)s has just been taken.", time=time)
    )
    return _with_alternatives(context, message, error.alternatives)


@_text.register
def _slot_closed(error: errors.SlotClosed, context: ErrorContext) -> ErrorText:
    message = context.formatter.translations.gettext(
        "%(time)s is closed. %(reason)s",
        time=context.formatter.time(context.starts_at),
        reason=error.reason or "",
    ).strip()
    return _with_alternatives(context, message, error.alternatives)


@_text.register
def _slot_past(_error: errors.SlotPast, context: ErrorContext) -> ErrorText:
    time = context.formatter.date_time(context.starts_at)
    return ErrorText(
        "warn",
        context.formatter.translations.gettext("%(time)s can no longer be booked.", time=time),
    )


@_text.register
def _slot_not_open(error: errors.SlotNotOpen, context: ErrorContext) -> ErrorText:
    formatter = context.formatter
    opens_on, day = formatter.local(error.opens_at), formatter.local(context.starts_at)
    return ErrorText(
        "info",
        formatter.translations.gettext(
            "Booking for %(day)s opens on %(opens)s.",
            day=formatter.full_date(day.date()),
            opens=formatter.full_date(opens_on.date()),
        ),
    )


@_text.register
def _hold_expired(error: errors.HoldHasExpired, context: ErrorContext) -> ErrorText:
    _ = context.formatter.translations.gettext
    message = (
        _("Your places were released.")
        if error.expires_at is None
        else _(
            "Your reservation ran out at %(time)s, so the places were released.",
            time=context.formatter.time(error.expires_at),
        )
    )
    return ErrorText("warn", message, _("They may still be available: choose a time again."))


@_text.register
def _possible_duplicate(_error: errors.PossibleDuplicate, context: ErrorContext) -> ErrorText:
    """Names no booking: another person than its owner may have typed the e-mail address."""
    _ = context.formatter.translations.gettext
    again = _("If you want this one as well, tick the box and confirm again.")
    if not context.sends_email:
        return ErrorText("warn", _("You already have a booking around this time."), again)
    return ErrorText(
        "warn",
        _("You already have a booking around this time (see your e-mail)."),
        again,
        (ErrorLink(_("Send me my ticket again"), tickets_path(context.urls.org)),),
    )


@_text.register
def _too_many_bookings(_error: errors.TooManyBookings, context: ErrorContext) -> ErrorText:
    _ = context.formatter.translations.gettext
    return ErrorText(
        "warn",
        _("Many bookings were made with this e-mail address today."),
        _("Change one of them with the link in its ticket, or contact us to book more."),
    )


@_text.register
def _already_waiting(_error: errors.AlreadyWaiting, context: ErrorContext) -> ErrorText:
    """Leads to no entry: another person than its owner may have typed the e-mail address."""
    _ = context.formatter.translations.gettext
    return ErrorText(
        "warn",
        _("This e-mail address is already on the waiting list for this time."),
        _("We'll e-mail you as soon as places become available.")
        if context.sends_email
        else _("Look again at the page that you got when you joined."),
    )


@_text.register
def _too_late_to_cancel(error: errors.TooLateToCancel, context: ErrorContext) -> ErrorText:
    return _until(
        context,
        error.until,
        gettext_noop(
            "This booking could be cancelled until %(until)s. Please call us if you cannot come."
        ),
    )


@_text.register
def _too_late_to_move(error: errors.TooLateToMove, context: ErrorContext) -> ErrorText:
    return _until(
        context,
        error.until,
        gettext_noop("It's too late to change the time: that was possible until %(until)s."),
    )


@_text.register
def _too_many_changes(_error: errors.TooManyChanges, context: ErrorContext) -> ErrorText:
    gettext = context.formatter.translations.gettext
    return ErrorText(
        "warn", gettext("This booking was changed very many times already. Please ask us.")
    )


@_text.register
def _too_late_to_reduce(error: errors.TooLateToReduce, context: ErrorContext) -> ErrorText:
    return _until(
        context,
        error.until,
        gettext_noop(
            "It's too late to reduce the number of people: that was possible until %(until)s."
        ),
    )


@_text.register
def _too_late_to_answer(error: errors.TooLateToAnswer, context: ErrorContext) -> ErrorText:
    return _until(
        context,
        error.until,
        gettext_noop(
            "It's too late to change your answers: that was possible until %(until)s. Please call "
            "us."
        ),
    )


@_text.register
def _too_late_to_undo(_error: errors.TooLateToUndo, context: ErrorContext) -> ErrorText:
    return _warning(context, gettext_noop("It's too late to undo this."))


@_text.register
def _cancelled_by_staff(_error: errors.CancelledByStaff, context: ErrorContext) -> ErrorText:
    return _warning(
        context,
        gettext_noop("This booking was cancelled by the business. Please call us about it."),
    )


@_text.register
def _quarantined(_error: errors.BookingQuarantined, context: ErrorContext) -> ErrorText:
    return _warning(context, QUARANTINED)


@_text.register
def _already_cancelled(_error: errors.AlreadyCancelled, context: ErrorContext) -> ErrorText:
    return _warning(context, gettext_noop("This booking is cancelled."))


@_text.register
def _not_arrival_time(error: errors.NotArrivalTime, context: ErrorContext) -> ErrorText:
    formatter = context.formatter
    text = formatter.translations.gettext(
        "This ticket is for %(day)s, %(time)s.",
        day=formatter.full_date(formatter.local(error.starts_at).date()),
        time=formatter.time(error.starts_at),
    )
    return ErrorText("bad", text)


@_text.register
def _already_checked_in(_error: errors.AlreadyCheckedIn, context: ErrorContext) -> ErrorText:
    return _status(context, "checked_in")


@_text.register
def _wrong_status(error: errors.WrongStatus, context: ErrorContext) -> ErrorText:
    return _status(context, error.booking_status)


@_text.register
def _changed_meanwhile(_error: errors.ChangedMeanwhile, context: ErrorContext) -> ErrorText:
    return _warning(
        context,
        gettext_noop("This booking was changed a moment ago. Please check it again."),
    )


@_text.register
def _transient(_error: TransientError, context: ErrorContext) -> ErrorText:
    return _warning(
        context,
        gettext_noop(
            "Too many people are booking right now. Nothing was booked. Please try "
            "again in a moment."
        ),
    )


def _warning(context: ErrorContext, message: str) -> ErrorText:
    return ErrorText("warn", context.formatter.translations.gettext(message))


def _until(context: ErrorContext, until: datetime | None, message: str) -> ErrorText:
    _ = context.formatter.translations.gettext
    return ErrorText(
        "warn", _(message, until=context.formatter.date_time(until or context.starts_at))
    )


def _status(context: ErrorContext, status: str) -> ErrorText:
    translations = context.formatter.translations
    text = translations.gettext(
        "This is no longer possible. The status of the booking: %(status)s.",
        status=status_name(status, translations),
    )
    return ErrorText("warn", text)


def _with_alternatives(
    context: ErrorContext, message: str, alternatives: Sequence[Alternative]
) -> ErrorText:
    """The message, and up to three times nearby with room."""
    shown = sorted(
        alternatives[:_ALTERNATIVES_SHOWN], key=lambda alternative: alternative.starts_at
    )
    return ErrorText("warn", message, _alternatives_text(context, shown), _links(context, shown))


def _alternatives_text(context: ErrorContext, alternatives: list[Alternative]) -> str:
    _ = context.formatter.translations.gettext
    people = _party_text(context)
    if not alternatives:
        return _(
            "No other time nearby is available for %(party)s. You can join the waiting list.",
            party=people,
        )
    times = context.formatter.listing([_time(context, alternative) for alternative in alternatives])
    return context.formatter.translations.ngettext(
        "%(times)s still has room for %(party)s.",
        "%(times)s still have room for %(party)s.",
        len(alternatives),
        times=times,
        party=people,
    )


def _links(context: ErrorContext, alternatives: list[Alternative]) -> tuple[ErrorLink, ...]:
    formatter = context.formatter
    return tuple(
        ErrorLink(
            _time(context, alternative),
            context.urls.slot(formatter.local(alternative.starts_at).date(), alternative.slot_id),
            name=formatter.date_time(alternative.starts_at),
        )
        for alternative in alternatives
    )


def _time(context: ErrorContext, alternative: Alternative) -> str:
    """The time alone on the same day, with its day on another."""
    formatter = context.formatter
    return formatter.time_on(formatter.local(context.starts_at).date(), alternative.starts_at)


def _party_text(context: ErrorContext) -> str:
    return context.formatter.number(context.party)
