"""What happened to a booking, in a sentence for each kind of event."""

from collections.abc import Mapping
from typing import Final

from fullhouse.booking import events

_TEXTS: Final[Mapping[str, str]] = {
    events.BookingInitiated.kind(): "Places were held.",
    events.Booked.kind(): "The booking was made.",
    events.BookingFailed.kind(): "A booking was tried and could not be made.",
    events.Rescheduled.kind(): "The booking was moved.",
    events.PartyChanged.kind(): "The guests were changed.",
    events.Cancelled.kind(): "The booking was cancelled.",
    events.PlacesReleased.kind(): "The places of the cancelled booking were released.",
    events.BookingRestored.kind(): "The cancellation was undone.",
    events.CheckedIn.kind(): "The party arrived.",
    events.CheckInUndone.kind(): "The check-in was undone.",
    events.NoShow.kind(): "The party did not come.",
    events.HoldReleased.kind(): "The held places were given back.",
    events.HoldExpired.kind(): "The hold ran out.",
    events.PlaceOffered.kind(): "Places that became free were offered.",
    events.TicketRequested.kind(): "The ticket was sent again.",
    events.ContactChanged.kind(): "The contact details were changed.",
    events.AnswersChanged.kind(): "The answers to questions were changed.",
    events.BookingNoted.kind(): "Staff changed their note.",
    events.GuestWrittenTo.kind(): "The business wrote to the guest.",
    events.ReminderDue.kind(): "The guest was reminded.",
    events.ThanksDue.kind(): "The guest was thanked, and asked how it was.",
    events.VisitRated.kind(): "The guest rated the visit.",
    events.EmailBounced.kind(): "An e-mail to the guest came back.",
    events.BookingLinkRenewed.kind(): "The link was renewed; earlier ones ended.",
    events.TimeClosed.kind(): "The guest was told that the time is closed.",
    events.TimeReopened.kind(): "The guest was told that the time takes place after all.",
}


def history_text(kind: str) -> str:
    """The sentence of a kind of event; the kind itself when a newer program has written it."""
    return _TEXTS.get(kind, kind)
