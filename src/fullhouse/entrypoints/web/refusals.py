"""What the guest is told when something cannot be done, and what would work instead. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from fullhouse.booking import errors
from fullhouse.booking.ports import Alternative
from fullhouse.entrypoints.web.addresses import SlotAddress
from fullhouse.entrypoints.web.speech import Speech
from fullhouse.entrypoints.web.views import Link, Note
from fullhouse.kernel.errors import FullhouseError, TransientError

_ALTERNATIVES_SHOWN: Final = 3


@dataclass(frozen=True, slots=True)
class Refused:
    """A refusal, with what the guest had wanted."""

    speech: Speech
    error: FullhouseError
    starts_at: datetime
    party: int
    address: SlotAddress


def is_told(error: FullhouseError) -> bool:
    """Whether the page can go on with a note; other errors have a page of their own."""
    return isinstance(error, errors.BookingError | errors.PartyNotAdmitted | TransientError)


def note_of(refused: Refused) -> Note:
    """The refusal in words."""
    for kind, say in _SAID:
        if isinstance(refused.error, kind):
            return say(refused)
    return Note("bad", refused.speech.words("refusal.not_at_all"))


def _taken(refused: Refused) -> Note:
    """What was taken meanwhile, and the times near it that still fit."""
    words, facts = refused.speech.words, refused.error.facts
    time = refused.speech.time(refused.starts_at)
    remaining = facts.get("remaining")
    people = refused.speech.people(refused.party)
    happened = (
        words("refusal.taken_party", time=time, party=people)
        if isinstance(remaining, int) and remaining > 0
        else words("refusal.taken", time=time)
    )
    found = _alternatives(refused)
    return Note("warn", happened, _others(refused, found), _links(refused, found))


def _closed(refused: Refused) -> Note:
    words = refused.speech.words
    reason = str(refused.error.facts.get("reason") or "")
    happened = words(
        "refusal.closed", time=refused.speech.time(refused.starts_at), reason=reason
    ).strip()
    found = _alternatives(refused)
    return Note("warn", happened, _others(refused, found), _links(refused, found))


def _past(refused: Refused) -> Note:
    time = refused.speech.day_time(refused.starts_at)
    return Note("warn", refused.speech.words("refusal.past", time=time))


def _expired(refused: Refused) -> Note:
    words, until = refused.speech.words, refused.error.facts.get("expires_at")
    said = (
        words("refusal.expired", time=refused.speech.time(until))
        if isinstance(until, datetime)
        else words("step.held_ended")
    )
    return Note("warn", said, words("refusal.expired_again"))


def _duplicate(refused: Refused) -> Note:
    """Says that there is one, and not which: whoever types an address need not be its owner."""
    words = refused.speech.words
    return Note("info", words("refusal.duplicate"), words("refusal.duplicate_help"))


def _too_late_to_cancel(refused: Refused) -> Note:
    return _too_late(refused, "refusal.too_late_cancel")


def _too_late_to_move(refused: Refused) -> Note:
    return _too_late(refused, "refusal.too_late_move")


def _too_late(refused: Refused, phrase: str) -> Note:
    until = _instant(refused.error.facts.get("until")) or refused.starts_at
    return Note("warn", refused.speech.words(phrase, until=refused.speech.day_time(until)))


def _said(tone_and_phrase: str) -> Callable[[Refused], Note]:
    def say(refused: Refused) -> Note:
        return Note("warn", refused.speech.words(tone_and_phrase))

    return say


def _status(refused: Refused) -> Note:
    words, status = refused.speech.words, str(refused.error.facts.get("status", ""))
    key = f"ticket.status_{status}"
    spoken = words(key) if key in words.phrases else status
    return Note("warn", words("refusal.status", status=spoken))


_SAID: Final[Sequence[tuple[type[FullhouseError], Callable[[Refused], Note]]]] = (
    (errors.SlotFull, _taken),
    (errors.SlotClosed, _closed),
    (errors.SlotPast, _past),
    (errors.HoldExpired, _expired),
    (errors.PossibleDuplicate, _duplicate),
    (errors.TooLateToCancel, _too_late_to_cancel),
    (errors.TooLateToMove, _too_late_to_move),
    (errors.TooLateToUndo, _said("refusal.too_late_undo")),
    (errors.AlreadyCancelled, _said("refusal.already_cancelled")),
    (errors.ChangedMeanwhile, _said("refusal.changed")),
    (errors.AlreadyCheckedIn, _status),
    (errors.WrongStatus, _status),
    (TransientError, _said("refusal.busy")),
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
    words, people = refused.speech.words, _party_words(refused)
    if not found:
        return words("refusal.no_others", party=people)
    times = words.listing([_time(refused, one) for one in found])
    phrase = "refusal.other" if len(found) == 1 else "refusal.others"
    return words(phrase, time=times, times=times, party=people)


def _links(refused: Refused, found: list[Alternative]) -> tuple[Link, ...]:
    speech = refused.speech
    return tuple(
        Link(
            _time(refused, one),
            refused.address.slot(speech.local(one.starts_at).date(), one.slot_id),
            name=speech.day_time(one.starts_at),
        )
        for one in found
    )


def _time(refused: Refused, one: Alternative) -> str:
    """The time alone on the same day, with its day on another."""
    speech = refused.speech
    same = speech.local(one.starts_at).date() == speech.local(refused.starts_at).date()
    return speech.time(one.starts_at) if same else speech.day_time(one.starts_at)


def _party_words(refused: Refused) -> str:
    return refused.speech.words.number(refused.party)


def _instant(value: object) -> datetime | None:
    """An instant, as the ledger's facts carry it: a datetime, or its ISO 8601 spelling."""
    if isinstance(value, datetime):
        return value
    try:
        return datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
