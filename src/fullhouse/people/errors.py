"""Errors of organisations, venues, keys, links and sessions."""

from uuid import UUID

from fullhouse.kernel.context import Permission
from fullhouse.kernel.errors import FullhouseError, InvalidInput, NotFound, TransientError
from fullhouse.localisation.translations import gettext_noop
from fullhouse.people.model.picture import PictureProblem


class PeopleError(FullhouseError):
    """A rule about organisations, accounts, keys or sessions does not allow this."""

    code = "people_error"
    message = (
        "This is not possible for this person or organisation. Check their rights and try again."
    )


class OrganisationSlugTaken(PeopleError):
    """Another organisation already has this address."""

    code = "slug_taken"
    message = "Another organisation has this address. Choose another."
    slug: str


class DomainTaken(PeopleError):
    """Another business is served at this domain."""

    code = "domain_taken"
    message = "Another business has this domain. Remove it there first."
    domain: str


class AlreadySetUp(PeopleError):
    """The installation has a business already; another one is made by its operator."""

    code = "already_set_up"
    message = "This installation has a business already. Sign in, or ask who runs it for another."


class UnknownOrganisation(NotFound):
    """No organisation has this slug or id."""

    code = "unknown_organisation"
    message = "There is no organisation with this slug. Check its spelling."


class UnknownVenue(NotFound):
    """The organisation has no such venue."""

    code = "unknown_venue"
    message = "There is no such venue. Choose one that the list of venues has."
    venue: UUID | None = None


class TooManyVenues(InvalidInput):
    """The organisation has as many venues as it can, which is `limit`."""

    code = "too_many_venues"
    message = "You have as many venues as you can. Change one that you do not need any more."
    field: str = "name"
    limit: int


class UnknownPicture(NotFound):
    """The organisation has no picture of that name."""

    code = "unknown_picture"
    message = "There is no such picture. Choose one that the list of pictures has."


class TooManyViews(PeopleError):
    """The list has as many saved views as it may."""

    code = "too_many_views"
    message = "This list has as many saved views as it may. Remove one of them first."


class PictureInvalid(InvalidInput):
    """The file is no picture that can be shown."""

    code = "picture_invalid"
    message = "This file is no picture. Send a JPEG, PNG, WebP, AVIF or GIF file."
    field: str = "body"
    problem: PictureProblem = "unreadable"


class PictureInUse(PeopleError):
    """The picture is shown: by an offering, or as cover or logo."""

    code = "picture_in_use"
    message = "This picture is shown on your pages. Remove it from them first."


class TooManyPictures(InvalidInput):
    """The organisation keeps as many pictures as it can, which is `limit`, or as many bytes."""

    code = "too_many_pictures"
    message = "You keep as many pictures as you can. Remove one first."
    field: str = "body"
    limit: int


class UnknownApiKey(NotFound):
    """The organisation has no such key."""

    code = "unknown_api_key"
    message = "There is no such key. Choose one that the list of keys has."


class NotSignedIn(PeopleError):
    """The request needs a valid API key or session."""

    code = "not_signed_in"
    message = "Sign in, or send your API key: Authorization: Bearer fh_…."


class WrongCredentials(PeopleError):
    """The password is not the one of this login, or nobody has this login."""

    code = "wrong_credentials"
    message = "Login or password is wrong. Check both, or reset your password."


class SignInLocked(PeopleError, TransientError):
    """There were too many failed attempts; a one-time link or a reset by e-mail still works."""

    code = "locked"
    message = (
        "There were too many wrong attempts. Wait as long as Retry-After says, or reset your "
        "password by e-mail."
    )
    retry_after_seconds: int


class SignInBusy(PeopleError, TransientError):
    """More people sign in than passwords can be verified at once."""

    code = "sign_in_busy"
    message = "Very many people are signing in. Wait as long as Retry-After says, and try again."
    retry_after_seconds: int


class SecondFactorRequired(PeopleError):
    """The password is right, and the person has a second factor: send its code as well."""

    code = "second_factor_required"
    message = "Send the code of your authenticator app, or a recovery code, as code."


class SecondFactorExists(PeopleError):
    """The person has a second factor already."""

    code = "second_factor_exists"
    message = "You have a second factor already. Remove it first."


class WrongCode(PeopleError):
    """The code is not the one of now, or was used before."""

    code = "wrong_code"
    message = "This code is wrong or was used before. Wait for the next one."


class SessionEnded(PeopleError):
    """The refresh token is none, its session has ended, or it was used before."""

    code = "session_ended"
    message = "This session has ended. Sign in again."


class UnknownMember(NotFound):
    """The organisation has no such member."""

    code = "unknown_member"
    message = "Nobody of that id works for this business. Check the list of its members."


class UnknownInvitation(NotFound):
    """The organisation has no such invitation that is open."""

    code = "unknown_invitation"
    message = "This invitation was accepted or taken back. Check the list of open ones."


class LastOwner(PeopleError):
    """Nobody else owns the business."""

    code = "last_owner"
    message = "A business needs an owner. Make somebody else an owner first."


class NotSignedInYet(PeopleError):
    """The person was invited and has not joined, so there are no sessions to end."""

    code = "not_signed_in_yet"
    message = gettext_noop("Who was only invited has no access yet. Remove the invitation instead.")


class LastOperator(PeopleError):
    """Nobody else runs the installation by pages."""

    code = "last_operator"
    message = gettext_noop(
        "Nobody else runs this installation. Make somebody else an operator first."
    )


class UnknownAccount(NotFound):
    """No account has this e-mail address or id."""

    code = "unknown_account"
    message = gettext_noop("There is no account with this e-mail address. Check its spelling.")


class AccountIsDisabled(PeopleError):
    """The account is disabled, so no link may lead into it."""

    code = "account_is_disabled"
    message = "This account is disabled. Ask the operator, or use `fullhouse account enable`."


class AlreadyMember(PeopleError):
    """Somebody with this address works for the business already."""

    code = "already_member"
    message = "Somebody with this e-mail address works here already. Check the list of members."


class TooManyInvitations(PeopleError):
    """As many invitations are open as may be, which is `limit`."""

    code = "too_many_invitations"
    message = "Too many invitations are open. Remove some of them first."
    limit: int


class InvitedTooOften(PeopleError):
    """As many invitations were sent within a day as may be, which is `limit`."""

    code = "invited_too_often"
    message = "So many invitations were sent within a day. Wait until tomorrow to send the next."
    limit: int


class TooManyApiKeys(PeopleError):
    """As many keys are valid as may be, which is `limit`."""

    code = "too_many_api_keys"
    message = "Too many API keys are valid. End those that nobody uses first."
    limit: int


class EmailTaken(PeopleError):
    """Another account has this e-mail address."""

    code = "email_taken"
    message = "Another account has this e-mail address. Use another one."


class NationalIdTaken(PeopleError):
    """Another account has this national ID."""

    code = "national_id_taken"
    message = gettext_noop("Another account has this national ID. Check its digits.")


class AccountInUse(PeopleError):
    """The person works for these businesses, or runs the installation."""

    code = "account_in_use"
    message = "This account still works for a business or runs the installation. End that first."
    businesses: tuple[str, ...] = ()


class NotPermitted(PeopleError):
    """The key or account is valid, and has not the `permission` that this needs."""

    code = "not_permitted"
    message = "This key or account may not do that. Use one with the permission that is named."
    permission: Permission


class SignInLinkSpent(PeopleError):
    """The link was used before, has expired, or does not exist; a new link helps."""

    code = "sign_in_link_spent"
    message = "This link has been used or has expired. Ask for a new one."
