"""Judges a history: what was acknowledged is stored, and nobody was told what was not true."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from uuid import UUID

from tests.history.records import Call, History

from fullhouse.booking.limits import UNDO_PLACES_SECONDS, UNDO_SECONDS

RESOLVED_SECONDS_MAX = 60.0


def complaints(history: History) -> list[str]:
    """Everything in the history that breaks a promise, in words; empty when all is well."""
    return [
        complaint
        for check in (
            unresolved,
            lost,
            doubled,
            told_two_things,
            refused_and_stored,
            cancelled_and_live,
            undo_refused,
            oversold,
            refused_without_reason,
        )
        for complaint in check(history)
    ]


def unresolved(history: History) -> Iterator[str]:
    """Asking again with the same key must tell within a minute what came of it."""
    for call in history.calls:
        if call.outcome == "unknown":
            yield f"{call.act} by {call.customer} was never resolved ({call.code})"
        elif call.first_outcome == "unknown" and call.seconds > RESOLVED_SECONDS_MAX:
            yield f"{call.act} by {call.customer} took {call.seconds:.0f} s to be resolved"


def lost(history: History) -> Iterator[str]:
    """Acknowledged ⊆ stored."""
    stored = {booking.ref: booking for booking in history.stored}
    gone = {call.ref for call in history.of("cancel") if call.outcome != "fail"} - undone(history)
    for call in history.of("book"):
        if call.outcome == "ok" and call.ref not in stored:
            yield f"{call.ref} was acknowledged to {call.customer} and is lost"
        elif call.outcome == "ok" and not stored[call.ref].live and call.ref not in gone:
            yield f"{call.ref} of {call.customer} has ended and nobody cancelled it"


def doubled(history: History) -> Iterator[str]:
    """One request, however often it was sent, is one booking."""
    counts = Counter(booking.customer for booking in history.stored)
    for customer, count in counts.items():
        if count > 1:
            yield f"{customer} has {count} bookings from one request"


def told_two_things(history: History) -> Iterator[str]:
    """A repeat hears what the first one heard."""
    for call in history.calls:
        if call.refs is not None and len(call.refs) > 1:
            yield f"{call.customer} was told of {', '.join(sorted(call.refs))} for one request"


def refused_and_stored(history: History) -> Iterator[str]:
    """Who was refused has nothing."""
    stored = {booking.customer: booking for booking in history.stored if booking.live}
    for call in history.of("book"):
        if call.outcome == "fail" and call.customer in stored:
            yield f"{call.customer} was refused and has {stored[call.customer].ref}"


def undone(history: History) -> set[str]:
    """Bookings that were cancelled and restored."""
    return {call.ref for call in history.of("undo") if call.outcome == "ok"}


def undo_refused(history: History) -> Iterator[str]:
    """The places of a cancelled booking are kept for it: within the minute undo is not refused."""
    cancelled = {call.ref: call for call in history.of("cancel")}
    for call in history.of("undo"):
        seconds = call.ended - cancelled[call.ref].began
        if call.outcome == "fail" and seconds < UNDO_SECONDS:
            yield f"{call.ref} could not be restored after {seconds:.0f} s ({call.code})"


def cancelled_and_live(history: History) -> Iterator[str]:
    live = {booking.ref for booking in history.stored if booking.live}
    for call in history.of("cancel"):
        if call.outcome == "ok" and call.ref in live - undone(history):
            yield f"{call.ref} was cancelled and is live"


def oversold(history: History) -> Iterator[str]:
    taken = Counter[UUID]()
    for booking in history.stored:
        if booking.live:
            taken[booking.slot] += booking.party
    for slot, places in taken.items():
        if places > history.capacity[slot]:
            yield f"slot {slot} has {history.capacity[slot]} places and {places} are taken"


def refused_without_reason(history: History) -> Iterator[str]:
    """A refusal as full must be right at some instant of the call.

    At most so many places can have been taken then as were asked for before the call's end and not
    surely given back before its beginning, which those of a cancelled booking are once undo has
    ended: if even with all of those there was room, the refusal was never true. This is the side of
    linearizability that sums up to a bound; the other side, selling more than there is, is
    `oversold`.
    """
    asked: dict[UUID, list[Call]] = defaultdict(list)
    given_back = {
        call.ref: call.ended + UNDO_PLACES_SECONDS
        for call in history.of("cancel")
        if call.outcome == "ok" and call.ref not in undone(history)
    }
    for call in history.of("book"):
        if call.outcome != "fail":
            asked[call.slot].append(call)
    for refused in history.of("book"):
        if refused.code != "slot_full":
            continue
        taken = sum(
            call.party
            for call in asked[refused.slot]
            if call.began < refused.ended and given_back.get(call.ref, float("inf")) > refused.began
        )
        if taken + refused.party <= history.capacity[refused.slot]:
            yield f"{refused.customer} was told that slot {refused.slot} is full; it never was"
