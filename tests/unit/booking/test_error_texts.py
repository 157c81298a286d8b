"""Errors of bookings in plain words: what happened, what can be done, and where."""

from datetime import UTC, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from fullhouse.booking import errors
from fullhouse.booking.error_texts import ErrorContext, ErrorText, error_text, has_error_text
from fullhouse.booking.model.slot import Alternative, SlotId
from fullhouse.booking.model.urls import OfferingUrls
from fullhouse.kernel.errors import FullhouseError, InvalidInput, TransientError
from fullhouse.localisation.formatter import formatter_for

START = datetime(2027, 6, 19, 8, 0, tzinfo=UTC)
SLOT = SlotId(UUID(int=7))


def text_of(error: FullhouseError, *, sends_email: bool = True) -> ErrorText:
    formatter = formatter_for("en", ZoneInfo("Europe/London"), country="GB", now=START)
    urls = OfferingUrls("meadow", "sunflowers")
    return error_text(ErrorContext(formatter, error, START, 3, urls, sends_email))


def said(error: FullhouseError, *, sends_email: bool = True) -> str:
    text = text_of(error, sends_email=sends_email)
    return f"{text.text} {text.more}".strip()


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (errors.TooManyHolds(retry_after_seconds=61), "or try again in 2 minutes."),
        (errors.ClientWaitsAlready(), "Someone on your network is already on the waiting list"),
        (errors.SlotPast(), "Sat 19 June, 09:00 can no longer be booked."),
        (errors.HoldHasExpired(), "Your places were released. They may still be available"),
        (errors.HoldHasExpired(expires_at=START), "Your reservation ran out at 09:00"),
        (errors.TooManyBookings(bookings_max=5), "Change one of them with the link in its ticket"),
        (errors.TooLateToCancel(until=START), "could be cancelled until Sat 19 June, 09:00"),
        (errors.TooLateToMove(until=START), "too late to change the time"),
        (errors.TooLateToReduce(until=START), "too late to reduce the number of people"),
        (errors.TooLateToAnswer(until=START), "too late to change your answers"),
        (errors.TooLateToUndo(), "It's too late to undo this."),
        (errors.CancelledByStaff(), "This booking was cancelled by the business."),
        (errors.AlreadyCancelled(), "This booking is cancelled."),
        (errors.AlreadyCheckedIn(), "The status of the booking: Arrived."),
        (errors.WrongStatus(booking_status="no_show"), "The status of the booking: No-show."),
        (
            errors.NotArrivalTime(starts_at=START),
            "This ticket is for Saturday 19 June 2027, 09:00.",
        ),
        (errors.ChangedMeanwhile(), "This booking was changed a moment ago."),
        (TransientError(), "Too many people are booking right now."),
        (InvalidInput(field="slot"), "That did not work, and nothing was booked."),
    ],
)
def test_each_error_is_a_sentence(error: FullhouseError, sentence: str) -> None:
    assert sentence in said(error)


def test_time_that_opens_later_says_on_which_day() -> None:
    error = errors.SlotNotOpen(opens_at=START - timedelta(days=30))
    assert said(error) == "Booking for Saturday 19 June 2027 opens on Thursday 20 May 2027."


@pytest.mark.parametrize(("remaining", "why"), [(2, "no longer has room"), (0, "just been taken")])
def test_full_time_names_three_others_and_leads_there(remaining: int, why: str) -> None:
    others = tuple(
        Alternative(SLOT, START + timedelta(hours=n), START + timedelta(hours=n + 1), 9)
        for n in (30, 2, 1, 3)
    )
    text = text_of(errors.SlotFull(slot=SLOT, remaining=remaining, alternatives=others))
    assert why in text.text
    assert text.more == "10:00, 11:00 and Sun 20 June, 15:00 still have room for three."
    assert [link.text for link in text.links] == ["10:00", "11:00", "Sun 20 June, 15:00"]
    assert f"slot={SLOT}" in text.links[0].href


def test_full_time_without_others_leads_to_the_waiting_list() -> None:
    error = errors.SlotClosed(slot=SLOT, reason="Rain.")
    assert said(error) == (
        "09:00 is closed. Rain. No other time nearby is available for three. You can join the "
        "waiting list."
    )


@pytest.mark.parametrize(
    ("error", "with_email", "without"),
    [
        (errors.PossibleDuplicate(), "(see your e-mail)", "around this time. If you want"),
        (errors.AlreadyWaiting(), "We'll e-mail you", "Look again at the page"),
    ],
)
def test_no_email_is_promised_where_none_is_sent(
    error: FullhouseError, with_email: str, without: str
) -> None:
    assert with_email in said(error)
    assert without in said(error, sends_email=False)
    assert "e-mail you" not in said(error, sends_email=False)


def test_error_that_has_a_page_of_its_own_has_no_text() -> None:
    assert not has_error_text(errors.UnknownBooking())
    assert has_error_text(errors.TooLateToUndo())
