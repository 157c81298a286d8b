"""What the guest is told when something cannot be done, and what would work instead. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import singledispatch
from typing import Final

from fullhouse.booking import errors
from fullhouse.booking.model.slot import Alternative
from fullhouse.booking.model.urls import SlotUrls
from fullhouse.entrypoints.web.statuses import status_name
from fullhouse.entrypoints.web.views import Link, Note
from fullhouse.kernel.errors import FullhouseError, TransientError
from fullhouse.localisation.formatter import LocaleFormatter
from fullhouse.localisation.translations import gettext_noop

_ALTERNATIVES_SHOWN: Final = 3


@dataclass(frozen=True, slots=True)
class Refused:
    """A refusal, with what the guest had wanted."""

    formatter: LocaleFormatter
    error: FullhouseError
    starts_at: datetime
    party: int
    urls: SlotUrls


def is_told(error: FullhouseError) -> bool:
    """Whether the page can go on with a note; other errors have a page of their own."""
    return isinstance(error, errors.BookingError | errors.PartyNotAdmitted | TransientError)


def note_of(refused: Refused) -> Note:
    """The note about a refusal, in the language of the page."""
    return _note(refused.error, refused)


@singledispatch
def _note(_error: FullhouseError, refused: Refused) -> Note:
    return Note(
        "bad",
        refused.formatter.translations.gettext(
            "That did not work, and nothing was booked. Please try again."
        ),
    )


@_note.register
def _slot_full(error: errors.SlotFull, refused: Refused) -> Note:
    _ = refused.formatter.translations.gettext
    time = refused.formatter.time(refused.starts_at)
    happened = (
        _(
            "%(time)s no longer has room for %(party)s.",
            time=time,
            party=refused.formatter.people(refused.party),
        )
        if error.remaining > 0
        else _("%(time)s has just been taken.", time=time)
    )
    return _with_alternatives(refused, happened, error.alternatives)


@_note.register
def _slot_closed(error: errors.SlotClosed, refused: Refused) -> Note:
    happened = refused.formatter.translations.gettext(
        "%(time)s is closed. %(reason)s",
        time=refused.formatter.time(refused.starts_at),
        reason=error.reason or "",
    ).strip()
    return _with_alternatives(refused, happened, error.alternatives)


@_note.register
def _slot_past(_error: errors.SlotPast, refused: Refused) -> Note:
    time = refused.formatter.date_time(refused.starts_at)
    return Note(
        "warn",
        refused.formatter.translations.gettext("%(time)s can no longer be booked.", time=time),
    )


@_note.register
def _hold_expired(error: errors.HoldHasExpired, refused: Refused) -> Note:
    _ = refused.formatter.translations.gettext
    happened = (
        _("Your places are no longer held.")
        if error.expires_at is None
        else _(
            "Your places were held until %(time)s and have been given back.",
            time=refused.formatter.time(error.expires_at),
        )
    )
    return Note("warn", happened, _("They may still be free: choose your time again."))


@_note.register
def _possible_duplicate(_error: errors.PossibleDuplicate, refused: Refused) -> Note:
    """Says that there is one, and not which: whoever types an address need not be its owner."""
    _ = refused.formatter.translations.gettext
    return Note(
        "info",
        _("There is already a booking near this time for this e-mail address."),
        _(
            "Its ticket is in your mail. If you want this one as well, tick "
            "the box and confirm again."
        ),
    )


@_note.register
def _too_late_to_cancel(error: errors.TooLateToCancel, refused: Refused) -> Note:
    return _until(
        refused,
        error.until,
        gettext_noop(
            "This booking could be cancelled until %(until)s. Please call us if you cannot come."
        ),
    )


@_note.register
def _too_late_to_move(error: errors.TooLateToMove, refused: Refused) -> Note:
    return _until(refused, error.until, gettext_noop("The time could be changed until %(until)s."))


@_note.register
def _too_late_to_undo(_error: errors.TooLateToUndo, refused: Refused) -> Note:
    return _warning(
        refused, gettext_noop("Undoing is possible for a minute. That minute has passed.")
    )


@_note.register
def _already_cancelled(_error: errors.AlreadyCancelled, refused: Refused) -> Note:
    return _warning(refused, gettext_noop("This booking is cancelled."))


@_note.register
def _already_checked_in(_error: errors.AlreadyCheckedIn, refused: Refused) -> Note:
    return _status(refused, "checked_in")


@_note.register
def _wrong_status(error: errors.WrongStatus, refused: Refused) -> Note:
    return _status(refused, error.booking_status)


@_note.register
def _changed_meanwhile(_error: errors.ChangedMeanwhile, refused: Refused) -> Note:
    return _warning(
        refused,
        gettext_noop("This booking was changed a moment ago. Please look at it again."),
    )


@_note.register
def _transient(_error: TransientError, refused: Refused) -> Note:
    return _warning(
        refused,
        gettext_noop(
            "So many people are booking just now that we could not take this one. "
            "Nothing was booked. Please try again in a moment."
        ),
    )


def _warning(refused: Refused, message: str) -> Note:
    return Note("warn", refused.formatter.translations.gettext(message))


def _until(refused: Refused, until: datetime | None, message: str) -> Note:
    _ = refused.formatter.translations.gettext
    return Note("warn", _(message, until=refused.formatter.date_time(until or refused.starts_at)))


def _status(refused: Refused, status: str) -> Note:
    translations = refused.formatter.translations
    text = translations.gettext(
        "This cannot be done any more: the booking is %(status)s.",
        status=status_name(status, translations),
    )
    return Note("warn", text)


def _with_alternatives(
    refused: Refused, happened: str, alternatives: Sequence[Alternative]
) -> Note:
    """What happened, and the times near it that still fit."""
    shown = sorted(alternatives[:_ALTERNATIVES_SHOWN], key=lambda one: one.starts_at)
    return Note("warn", happened, _others(refused, shown), _links(refused, shown))


def _others(refused: Refused, found: list[Alternative]) -> str:
    _ = refused.formatter.translations.gettext
    people = _party_words(refused)
    if not found:
        return _(
            "No other time near it has room for %(party)s. You can join the waiting list.",
            party=people,
        )
    times = refused.formatter.listing([_time(refused, one) for one in found])
    return refused.formatter.translations.ngettext(
        "%(times)s still has room for %(party)s.",
        "%(times)s still have room for %(party)s.",
        len(found),
        times=times,
        party=people,
    )


def _links(refused: Refused, found: list[Alternative]) -> tuple[Link, ...]:
    formatter = refused.formatter
    return tuple(
        Link(
            _time(refused, one),
            refused.urls.slot(formatter.local(one.starts_at).date(), one.slot_id),
            name=formatter.date_time(one.starts_at),
        )
        for one in found
    )


def _time(refused: Refused, one: Alternative) -> str:
    """The time alone on the same day, with its day on another."""
    formatter = refused.formatter
    same = formatter.local(one.starts_at).date() == formatter.local(refused.starts_at).date()
    return formatter.time(one.starts_at) if same else formatter.date_time(one.starts_at)


def _party_words(refused: Refused) -> str:
    return refused.formatter.number(refused.party)
