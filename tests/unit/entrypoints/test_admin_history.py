"""The history block of admin pages."""

import pytest

from fullhouse.booking.events import HISTORY_EVENTS, OfferingAdded, OfferingChanged
from fullhouse.entrypoints.web.admin.history import EVENT_TEXTS
from fullhouse.kernel.events import Event


@pytest.mark.parametrize("event", [*HISTORY_EVENTS, OfferingAdded, OfferingChanged])
def test_every_event_of_a_history_has_a_sentence(event: type[Event]) -> None:
    assert event.kind() in EVENT_TEXTS
