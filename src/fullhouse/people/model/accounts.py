"""Accounts, their sessions, and the texts by which people sign in."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, NewType
from uuid import UUID

import msgspec

from fullhouse.kernel.errors import InvalidInput
from fullhouse.kernel.ids import OrgId
from fullhouse.kernel.text import normalized, one_line, pasted
from fullhouse.people.limits import LOGIN_CHARACTERS_MAX, USER_AGENT_CHARACTERS_MAX
from fullhouse.people.model import AccountId
from fullhouse.people.model.contact import email_address
from fullhouse.people.model.national_id import normalised_national_id
from fullhouse.people.model.roles import Role

SessionId = NewType("SessionId", UUID)

ACCOUNT_CACHE: Final = "account"
"""The name of the cache of profiles, which begins its topics: `account/<id>`."""
EVERY_ACCOUNT: Final = f"{ACCOUNT_CACHE}/*"
"""The topic of what shows in the profiles of many."""

SessionKind = Literal["pages", "api"]
"""Of a browser, by a cookie; or of a program, by a bearer token."""


@dataclass(frozen=True, slots=True)
class AccountSession:
    """A person who is signed in, with the role at the organisation that was asked for."""

    session_id: SessionId
    account_id: AccountId
    name: str
    role: Role | None
    """None for a person who is no member there."""
    is_operator: bool
    kind: SessionKind
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Membership:
    """A business that a person works for."""

    org_id: OrgId
    slug: str
    name: str
    role: Role


@dataclass(frozen=True, slots=True)
class AccountProfile:
    """An account as its owner sees it."""

    account_id: AccountId
    name: str
    email: str | None
    email_verified_at: datetime | None
    locale: str | None
    is_operator: bool
    version: int
    has_password: bool
    is_disabled: bool = False
    has_national_id: bool = False


class SessionClient(msgspec.Struct, frozen=True):
    """Where a session begins: the network address, and the program as it names itself."""

    network: str = ""
    user_agent: str = ""

    @property
    def hash(self) -> bytes:
        """Names the client without saying who it is."""
        return hashlib.sha256(f"{self.network}\n{self.user_agent}".encode()).digest()

    @property
    def shown_agent(self) -> str:
        """The program's name as it may be stored and shown."""
        return one_line(self.user_agent)[:USER_AGENT_CHARACTERS_MAX]


class Login(msgspec.Struct, frozen=True):
    """What somebody typed to sign in: an e-mail address, a national id, or neither."""

    text: str
    """The normalised form, by which failures are counted."""
    email: str | None = None
    national_id: str | None = None


def parse_login(typed: str) -> Login:
    """The login as it is looked up. Never raises: what nobody can have is nobody's login."""
    if len(typed) > LOGIN_CHARACTERS_MAX:
        return Login(hashlib.sha256(typed.encode("utf-8", "surrogatepass")).hexdigest())
    if "@" in typed:
        try:
            email = email_address(typed)
        except InvalidInput:
            return Login(normalized("NFKC", pasted(typed)).casefold())
        return Login(email, email=email)
    national_id = normalised_national_id(typed)
    return Login(national_id, national_id=national_id or None)


def national_id_digest(secret: bytes, national_id: str) -> bytes:
    """The keyed BLAKE2b-256 by which a normalised national id is found."""
    return hashlib.blake2b(national_id.encode(), key=secret, person=b"national-id").digest()[:32]
