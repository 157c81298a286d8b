"""What can be wrong about people: organisations, venues, keys, links and sessions."""

from fullhouse.kernel.errors import FullhouseError, NotFound


class PeopleError(FullhouseError):
    """Something about who is who does not hold."""

    code = "people_error"


class SlugTaken(PeopleError):
    """Another organisation already has this address."""

    code = "slug_taken"


class UnknownOrganisation(NotFound):
    """No organisation has this slug or id."""

    code = "unknown_organisation"


class UnknownVenue(NotFound):
    """The organisation has no such venue."""

    code = "unknown_venue"


class UnknownApiKey(NotFound):
    """The organisation has no such key."""

    code = "unknown_api_key"


class NotSignedIn(PeopleError):
    """The call needs a key or a session, and came without one that is valid."""

    code = "not_signed_in"


class SignInLinkSpent(PeopleError):
    """The link was used before, has expired, or never was; a new one helps."""

    code = "sign_in_link_spent"
