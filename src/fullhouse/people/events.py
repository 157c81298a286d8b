"""The facts this part writes, each in the transaction of its change."""

from typing import Final, Literal

PeopleEvent = Literal[
    "OrganisationCreated",
    "VenueAdded",
    "ApiKeyIssued",
    "ApiKeyRevoked",
    "SignInLinkIssued",
    "StaffSignedIn",
    "StaffSignedOut",
]

BY_OPERATOR: Final = "operator"
"""The actor of what is done at the command line of the installation."""
