"""What the guest is told when something cannot be done, and what would work instead. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from fullhouse.booking import errors
from fullhouse.booking.ports import Alternative
from fullhouse.entrypoints.web.addresses import SlotAddress
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
    address: SlotAddress


def is_told(error: FullhouseError) -> bool:
    """Whether the page can go on with a note; other errors have a page of their own."""
    return isinstance(error, errors.BookingError | errors.PartyNotAdmitted | TransientError)


def note_of(refused: Refused) -> Note:
    """The refusal in words."""
    for kind, note in _NOTES:
        if isinstance(refused.error, kind):
            return note(refused)
    return Note(
        "bad",
        refused.formatter.translations.gettext(
            "That did not work, and nothing was booked. Please try again."
        ),
    )


def _taken(refused: Refused) -> Note:
    """What was taken meanwhile, and the times near it that still fit."""
    _ = refused.formatter.translations.gettext
    facts = refused.error.facts
    time = refused.formatter.time(refused.starts_at)
    remaining = facts.get("remaining")
    people = refused.formatter.people(refused.party)
    happened = (
        _("%(time)s no longer has room for %(party)s.", time=time, party=people)
        if isinstance(remaining, int) and remaining > 0
        else _("%(time)s has just been taken.", time=time)
    )
    found = _alternatives(refused)
    return Note("warn", happened, _others(refused, found), _links(refused, found))


def _closed(refused: Refused) -> Note:
    _ = refused.formatter.translations.gettext
    reason = str(refused.error.facts.get("reason") or "")
    happened = _(
        "%(time)s is closed. %(reason)s",
        time=refused.formatter.time(refused.starts_at),
        reason=reason,
    ).strip()
    found = _alternatives(refused)
    return Note("warn", happened, _others(refused, found), _links(refused, found))


def _past(refused: Refused) -> Note:
    time = refused.formatter.date_time(refused.starts_at)
    return Note(
        "warn",
        refused.formatter.translations.gettext("%(time)s can no longer be booked.", time=time),
    )


def _expired(refused: Refused) -> Note:
    _ = refused.formatter.translations.gettext
    until = refused.error.facts.get("expires_at")
    said = (
        _(
            "Your places were held until %(time)s and have been given back.",
            time=refused.formatter.time(until),
        )
        if isinstance(until, datetime)
        else _("Your places are no longer held.")
    )
    return Note("warn", said, _("They may still be free: choose your time again."))


def _duplicate(refused: Refused) -> Note:
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


def _too_late_to_cancel(refused: Refused) -> Note:
    return _too_late(
        refused,
        gettext_noop(
            "This booking could be cancelled until %(until)s. Please call us if you cannot come."
        ),
    )


def _too_late_to_move(refused: Refused) -> Note:
    return _too_late(refused, gettext_noop("The time could be changed until %(until)s."))


def _too_late(refused: Refused, message: str) -> Note:
    _ = refused.formatter.translations.gettext
    until = _instant(refused.error.facts.get("until")) or refused.starts_at
    return Note("warn", _(message, until=refused.formatter.date_time(until)))


def _fixed(message: str) -> Callable[[Refused], Note]:
    """A note that takes no values."""

    def note(refused: Refused) -> Note:
        return Note("warn", refused.formatter.translations.gettext(message))

    return note


def _status(refused: Refused) -> Note:
    translations, status = refused.formatter.translations, refused.error.facts.get("status", "")
    text = translations.gettext(
        "This cannot be done any more: the booking is %(status)s.",
        status=status_name(str(status), translations),
    )
    return Note("warn", text)


_NOTES: Final[Sequence[tuple[type[FullhouseError], Callable[[Refused], Note]]]] = (
    (errors.SlotFull, _taken),
    (errors.SlotClosed, _closed),
    (errors.SlotPast, _past),
    (errors.HoldExpired, _expired),
    (errors.PossibleDuplicate, _duplicate),
    (errors.TooLateToCancel, _too_late_to_cancel),
    (errors.TooLateToMove, _too_late_to_move),
    (
        errors.TooLateToUndo,
        _fixed(gettext_noop("Undoing is possible for a minute. That minute has passed.")),
    ),
    (errors.AlreadyCancelled, _fixed(gettext_noop("This booking is cancelled."))),
    (
        errors.ChangedMeanwhile,
        _fixed(gettext_noop("This booking was changed a moment ago. Please look at it again.")),
    ),
    (errors.AlreadyCheckedIn, _status),
    (errors.WrongStatus, _status),
    (
        TransientError,
        _fixed(
            gettext_noop(
                "So many people are booking just now that we could not take this one. "
                "Nothing was booked. Please try again in a moment."
            )
        ),
    ),
)


def _alternatives(refused: Refused) -> list[Alternative]:
    found = refused.error.facts.get("alternatives")
    if not isinstance(found, Sequence):
        return []
    return sorted(
        [one for one in found if isinstance(one, Alternative)][:_ALTERNATIVES_SHOWN],
        key=lambda one: one.starts_at,
    )


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
            refused.address.slot(formatter.local(one.starts_at).date(), one.slot_id),
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


def _instant(value: object) -> datetime | None:
    """An instant, as the ledger's facts carry it: a datetime, or its ISO 8601 spelling."""
    if isinstance(value, datetime):
        return value
    try:
        return datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
