"""What several actions share: rows locked for a change, names of pictures, opened sessions."""

from collections.abc import Sequence
from datetime import timedelta

from msgspec import Struct

from fullhouse.kernel.errors import InvalidInput
from fullhouse.kernel.ids import Ids, OrgId
from fullhouse.people.errors import AlreadySetUp, NotSignedIn, UnknownOrganisation, UnknownVenue
from fullhouse.people.events import AccountSignedIn
from fullhouse.people.limits import (
    ACCESS_TOKEN_SECONDS,
    API_SESSION_IDLE_DAYS,
    PAGES_SESSION_HOURS,
)
from fullhouse.people.model import AccountId, Organisation, Venue, VenueId, hash_token
from fullhouse.people.model.access_tokens import TokenPair
from fullhouse.people.model.accounts import SessionClient, SessionId
from fullhouse.people.model.picture import Picture, is_built_in_picture, is_picture_name
from fullhouse.people.model.translated_texts import check_languages
from fullhouse.storage.database import Session
from fullhouse.storage.unit_of_work import UnitOfWork


async def locked_organisation(session: Session, org_id: OrgId) -> Organisation:
    """Raises `UnknownOrganisation`."""
    found = await session.fetch_one("people.lock_organisation", Organisation, org_id=org_id)
    if found is None:
        raise UnknownOrganisation
    return found


async def locked_venue(session: Session, org_id: OrgId, venue_id: VenueId) -> Venue:
    """Raises `UnknownVenue`."""
    found = await session.fetch_one("people.lock_venue", Venue, org_id=org_id, venue_id=venue_id)
    if found is None:
        raise UnknownVenue(venue=venue_id)
    return found


async def check_picture(session: Session, org_id: OrgId, name: str | None, *, field: str) -> None:
    """Raise `InvalidInput` for a name that no picture has, of the organisation or built in."""
    if not name or is_built_in_picture(name):
        return
    found = None
    if is_picture_name(name):
        found = await session.fetch_one("people.picture_by_name", Picture, org_id=org_id, name=name)
    if found is None:
        raise InvalidInput("There is no picture of that name. Send the picture first.", field=field)


async def check_venue_texts(uow: UnitOfWork, before: Venue | None, after: Venue) -> None:
    """Raise `InvalidInput` for languages that the business has not, beside those there were."""
    if after.translations:
        organisation = await locked_organisation(uow.session, uow.org_id)
        known = [one.language for one in before.translations] if before else []
        allowed = [*known, *organisation.languages]
        check_languages(after.translations, allowed, field="translations")


async def lock_set_up(session: Session) -> None:
    """Wait for others who set the installation up. Raises `AlreadySetUp`."""
    await session.execute("people.lock_set_up")
    if await session.fetch_value("people.has_organisation", bool):
        raise AlreadySetUp


class AccountRow(Struct, frozen=True):
    """An account, locked until the transaction ends."""

    account_id: AccountId


async def locked_owners(
    session: Session, org_id: OrgId, *, without: AccountId | None = None
) -> Sequence[AccountId]:
    """The owners who can sign in, perhaps but for one; they stay so until the transaction ends."""
    owners = await session.fetch("people.lock_owners", AccountRow, org_id=org_id)
    return [one.account_id for one in owners if one.account_id != without]


class OpenedSession(Struct, frozen=True):
    """A new session of a browser, with the token that only its holder gets."""

    session_id: SessionId
    account_id: AccountId
    token: str


class OpenedApiSession(Struct, frozen=True):
    """A new session of a program, with its first tokens."""

    session_id: SessionId
    account_id: AccountId
    tokens: TokenPair


async def open_pages_session(
    uow: UnitOfWork,
    account_id: AccountId,
    client: SessionClient,
    *,
    ids: Ids,
    with_code: bool = False,
) -> OpenedSession:
    """Open a session of a browser. `ids` must draw from the system's randomness.

    Raises `NotSignedIn` for an account that is disabled: nobody gets in, whatever they have shown.
    """
    opened = OpenedSession(SessionId(ids.uuid()), account_id, ids.secret())
    added = await uow.session.execute(
        "people.add_account_session",
        session_id=opened.session_id,
        account_id=account_id,
        kind="pages",
        token_hash=hash_token(opened.token),
        now=uow.now,
        expires_at=uow.now + timedelta(hours=PAGES_SESSION_HOURS),
        network=client.network,
        user_agent=client.shown_agent,
        token_expires_at=None,
        second_factor_at=uow.now if with_code else None,
    )
    if not added:
        raise NotSignedIn
    uow.record(account_id, AccountSignedIn())
    return opened


async def open_api_session(
    uow: UnitOfWork,
    account_id: AccountId,
    client: SessionClient,
    *,
    ids: Ids,
    tokens: TokenPair,
    with_code: bool,
) -> OpenedApiSession:
    """Open a session of a program with its first tokens; raises as above."""
    opened = OpenedApiSession(SessionId(ids.uuid()), account_id, tokens)
    added = await uow.session.execute(
        "people.add_account_session",
        session_id=opened.session_id,
        account_id=account_id,
        kind="api",
        token_hash=hash_token(tokens.access),
        now=uow.now,
        expires_at=uow.now + timedelta(days=API_SESSION_IDLE_DAYS),
        network=client.network,
        user_agent=client.shown_agent,
        token_expires_at=uow.now + timedelta(seconds=ACCESS_TOKEN_SECONDS),
        second_factor_at=uow.now if with_code else None,
    )
    if not added:
        raise NotSignedIn
    await uow.session.execute(
        "people.add_refresh_token",
        token_hash=hash_token(tokens.refresh),
        session_id=opened.session_id,
    )
    uow.record(account_id, AccountSignedIn())
    return opened
