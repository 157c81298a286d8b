"""The checker of histories is right about good ones, and red on every planted bug."""

from collections.abc import Callable
from dataclasses import replace
from uuid import UUID

import pytest
from tests.history.checker import complaints
from tests.history.records import Call, History, Stored

SLOT = UUID(int=1)


def a_booking(number: int, *, party: int = 2, began: float = 0.0, ended: float = 1.0) -> Call:
    ref = f"R{number}"
    return Call(
        "book", f"guest-{number}", SLOT, party, began, ended, "ok", ref, "created", "ok", {ref}
    )


def a_refusal(number: int, *, party: int = 2, began: float = 2.0, ended: float = 3.0) -> Call:
    guest = f"guest-{number}"
    return Call("book", guest, SLOT, party, began, ended, "fail", "", "slot_full", "fail")


def a_cancellation(of: Call, *, began: float = 4.0, ended: float = 5.0) -> Call:
    return replace(of, act="cancel", began=began, ended=ended, code="ok")


def stored(call: Call, *, live: bool = True) -> Stored:
    return Stored(call.ref, call.customer, call.slot, call.party, live)


FIRST, SECOND, THIRD = a_booking(1), a_booking(2), a_booking(3)


def a_good_history() -> History:
    """Four places: two parties of two get them, a third is refused, one of the two cancels."""
    return History(
        calls=(FIRST, SECOND, a_refusal(4), a_cancellation(SECOND)),
        stored=(stored(FIRST), stored(SECOND, live=False)),
        capacity={SLOT: 4},
    )


def without_a_booking(good: History) -> History:
    return replace(good, stored=good.stored[1:])


def with_a_booking_ended_by_nobody(good: History) -> History:
    return replace(good, stored=(stored(FIRST, live=False), *good.stored[1:]))


def with_one_request_booked_twice(good: History) -> History:
    again = replace(stored(FIRST), ref="R9", live=False)
    return replace(good, stored=(*good.stored, again))


def with_two_answers_to_one_request(good: History) -> History:
    return replace(good, calls=(replace(FIRST, refs={"R1", "R9"}), *good.calls[1:]))


def with_a_booking_for_who_was_refused(good: History) -> History:
    return replace(good, stored=(*good.stored, Stored("R4", "guest-4", SLOT, 2, live=True)))


def with_a_cancelled_booking_alive(good: History) -> History:
    return replace(good, stored=(stored(FIRST), stored(SECOND)))


def with_more_people_than_places(good: History) -> History:
    more = (*good.calls, THIRD, a_booking(5))
    return replace(good, calls=more, stored=(*good.stored, stored(THIRD), stored(a_booking(5))))


def with_a_refusal_while_there_was_room(good: History) -> History:
    early = a_refusal(6, began=-2.0, ended=-1.0)
    return replace(good, calls=(*good.calls, early))


def with_a_refusal_after_places_came_back(good: History) -> History:
    late = a_refusal(7, began=76.0, ended=77.0)
    return replace(good, calls=(*good.calls, late))


def with_an_undo_refused_in_time(good: History) -> History:
    undo = replace(a_cancellation(SECOND), act="undo", outcome="fail", code="slot_full")
    return replace(good, calls=(*good.calls, replace(undo, began=30.0, ended=31.0)))


def with_an_unknown_left_alone(good: History) -> History:
    return replace(good, calls=(*good.calls, Call("book", "guest-8", SLOT, 2, 0.0, 90.0)))


def with_an_unknown_resolved_too_late(good: History) -> History:
    slow = replace(FIRST, first_outcome="unknown", ended=61.5)
    return replace(good, calls=(slow, *good.calls[1:]))


def test_nothing_is_said_about_a_good_history() -> None:
    assert complaints(a_good_history()) == []


@pytest.mark.parametrize(
    ("plant", "word"),
    [
        (without_a_booking, "is lost"),
        (with_a_booking_ended_by_nobody, "nobody cancelled it"),
        (with_one_request_booked_twice, "2 bookings from one request"),
        (with_two_answers_to_one_request, "for one request"),
        (with_a_booking_for_who_was_refused, "was refused and has R4"),
        (with_a_cancelled_booking_alive, "was cancelled and is live"),
        (with_more_people_than_places, "4 places and 6 are taken"),
        (with_a_refusal_while_there_was_room, "it never was"),
        (with_a_refusal_after_places_came_back, "it never was"),
        (with_an_undo_refused_in_time, "could not be restored"),
        (with_an_unknown_left_alone, "never resolved"),
        (with_an_unknown_resolved_too_late, "took 62 s"),
    ],
)
def test_each_planted_bug_turns_the_checker_red(
    plant: Callable[[History], History], word: str
) -> None:
    found = complaints(plant(a_good_history()))
    assert any(word in complaint for complaint in found), found


def test_a_refusal_while_a_cancelled_booking_keeps_its_places_is_right() -> None:
    good = a_good_history()
    meanwhile = a_refusal(9, began=70.0, ended=71.0)
    assert complaints(replace(good, calls=(*good.calls, meanwhile))) == []


def test_a_cancellation_that_was_undone_leaves_the_booking_alive() -> None:
    good = a_good_history()
    undo = replace(a_cancellation(SECOND), act="undo", began=30.0, ended=31.0)
    restored = replace(good, calls=(*good.calls, undo), stored=(stored(FIRST), stored(SECOND)))
    assert complaints(restored) == []
    assert complaints(replace(restored, stored=good.stored)) != []


def test_a_refusal_during_a_cancellation_may_be_right() -> None:
    """While places come back, both answers are true at some instant."""
    good = a_good_history()
    during = a_refusal(9, began=4.2, ended=4.8)
    assert complaints(replace(good, calls=(*good.calls, during))) == []
