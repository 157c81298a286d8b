"""Whether the e-mail of an event is still true of its booking when it is sent."""

from dataclasses import replace
from uuid import UUID

import msgspec
import pytest
from tests.builders.emails import NOW, OFFERING, ORG_ID, a_view

from fullhouse.booking.events import PartyChanged
from fullhouse.booking.model.price_categories import CategoryGuests, stored_guests
from fullhouse.jobs.events import RelayedEvent
from fullhouse.messages.actions.prepare_message import is_still_relevant

ADULTS = (CategoryGuests("adult", "Adult", 1200, 2),)
FAMILY = (CategoryGuests("adult", "Adult", 1200, 1), CategoryGuests("child", "Child", 600, 1))


def changed_to(*guests: CategoryGuests, party: int = 2) -> RelayedEvent:
    event = PartyChanged(
        offering_id=OFFERING.offering_id,
        slots=(UUID(int=5),),
        party=party,
        from_status="confirmed",
        to_status="confirmed",
        booking_version=2,
        from_party=3,
        price=2400,
        currency="USD",
        guests=guests,
    )
    payload = msgspec.to_builtins(event)
    about = (UUID(int=4), payload, "guest", UUID(int=9), NOW)
    return RelayedEvent(1, 1, ORG_ID, PartyChanged.kind(), *about)


@pytest.mark.parametrize(
    ("event", "is_true"),
    [
        (changed_to(*FAMILY), True),
        (changed_to(*ADULTS), False),
        (changed_to(), False),
        (changed_to(*FAMILY, party=3), False),
    ],
)
def test_email_of_a_party_is_of_the_guests_that_come_now(
    event: RelayedEvent, *, is_true: bool
) -> None:
    view = a_view()
    booking = msgspec.structs.replace(view.booking, guests=stored_guests(FAMILY))
    assert is_still_relevant(event, replace(view, booking=booking)) is is_true
