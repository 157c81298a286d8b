"""The history block of admin pages."""

import pytest

import fullhouse.booking.events
import fullhouse.people.events
import fullhouse.scheduling.events
from fullhouse.booking.model.event_texts import EVENT_TEXTS
from fullhouse.kernel.events import Event

PARTS = (fullhouse.booking.events, fullhouse.people.events, fullhouse.scheduling.events)
ELSEWHERE = {
    *("CapacityChanged", "SlotOffSchedule"),
    "ScheduleEnded",
    *("VenueClosed", "VenueReopened", "ClosuresImported"),
    *("OrganisationCreated", "OrganisationChanged", "PictureAdded", "PictureRemoved"),
    *("ApiKeyIssued", "ApiKeyRevoked", "RoleGranted", "SignInLinkIssued"),
    *(
        "AccountSignedIn",
        "AccountSignedOut",
        "PasswordChanged",
        "EmailChanged",
        "AccountAdded",
        "OperatorChanged",
        "AccountChanged",
        "AccountDeleted",
        "MemberInvited",
        "InvitationRevoked",
        "InvitationAccepted",
        "MemberRemoved",
        "SecondFactorAdded",
        "SecondFactorRemoved",
        "RecoveryCodesRenewed",
        "RefreshTokenReused",
        "SessionsEnded",
        "AccountDisabled",
        "AccountEnabled",
        "NationalIdChanged",
    ),
}
"""The subject of these is neither a booking nor an offering, which alone show a history."""


def kinds() -> list[str]:
    """Of every event that a part declares, but for their bases."""
    declared = [
        event
        for part in PARTS
        for event in vars(part).values()
        if isinstance(event, type) and issubclass(event, Event) and event is not Event
    ]
    return [event.kind() for event in declared if not event.__subclasses__()]


@pytest.mark.parametrize("kind", kinds())
def test_every_event_of_a_history_has_a_sentence(kind: str) -> None:
    assert (kind in EVENT_TEXTS) is (kind not in ELSEWHERE)
