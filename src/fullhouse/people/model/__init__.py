"""Organisations, venues and API keys; of secrets only the hashes."""

import hashlib
import re
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Final, NewType
from uuid import UUID

import msgspec

from fullhouse.kernel.ids import OrgId
from fullhouse.people.limits import SLUG_CHARACTERS_MAX
from fullhouse.people.model.roles import ApiKeyScope
from fullhouse.people.model.translated_texts import (
    OrganisationTexts,
    VenueTexts,
    of_language,
)

VenueId = NewType("VenueId", UUID)
KeyId = NewType("KeyId", UUID)
AccountId = NewType("AccountId", UUID)

API_KEY_PREFIX: Final = "fh_"
"""What every API key starts with, so that a scanner finds one that was published by mistake."""

SLUG: Final = r"^[a-z0-9]+(-[a-z0-9]+)*$"
"""The form of a slug; the database holds the same rule as a named constraint."""

RESERVED_SLUGS: Final = frozenset(
    {
        *(
            "account",
            "accounts",
            "admin",
            "api",
            "auth",
            "docs",
            "domains",
            "circuits",
            "database",
            "flags",
            "latency",
            "mode",
            "operations",
            "optimisations",
            "alerts",
            "livez",
            "metrics",
            "readyz",
            "schema",
            "service-level",
        ),
        "static",
        *("confirm-email", "enter", "forgotten", "invitation", "leave", "reset", "set-up"),
        *("sign-in", "sign-up"),
    }
)
"""Addresses that the installation itself answers at, by themselves or below `/admin`."""

_SLUG = re.compile(SLUG)
_KEY: Final = "language"


@dataclass(frozen=True, slots=True)
class Organisation:
    """A business with its own pages, staff and data."""

    org_id: OrgId
    slug: str
    name: str
    tagline: str
    email: str
    phone: str
    locale: str
    currency: str
    accent: str | None
    cover: str | None
    created_at: datetime
    logo: str | None = None
    terms: str = ""
    """Terms, privacy and imprint are texts, or links to texts elsewhere."""
    privacy: str = ""
    imprint: str = ""
    consent: str = ""
    """A sentence above the button that books."""
    cover_alt: str = ""
    """What the cover shows, for those who cannot see it; empty for one that only decorates."""
    version: int = 1
    """Grows with each change."""
    languages: tuple[str, ...] = ()
    """Beside that of `locale`: those into which it translates what guests read."""
    sender_name: str = ""
    """What its e-mails are from, where that is not its name."""
    reply_to: str = ""
    """Where answers to its e-mails go, where that is not its own address."""
    domain: str = ""
    """Its own, as `domain_name` writes it."""
    domain_confirmed_at: datetime | None = None
    """Since when it is served at its own domain."""
    translations: tuple[OrganisationTexts, ...] = ()
    """Its texts in its further languages."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "languages", tuple(self.languages))  # a row has a list
        kind = tuple[OrganisationTexts, ...]  # and JSON
        texts = msgspec.convert(self.translations, kind, from_attributes=True)
        object.__setattr__(self, "translations", texts)

    def text_language(self, language: str) -> str:
        """The language in which its texts are shown; empty for the main one."""
        return language if language in self.languages else ""

    def in_language(self, language: str) -> "Organisation":
        """The business as guests read it; `""`, and what is not translated, is the main language.

        For showing alone: it is not the one that is stored.
        """
        own = of_language(self.translations, language) if language else None
        texts = msgspec.structs.asdict(own) if own else {}
        return replace(self, **{name: one for name, one in texts.items() if one and name != _KEY})

    @property
    def sender(self) -> str:
        """The name in the From of its e-mails; their address is the installation's."""
        return self.sender_name or self.name

    @property
    def answers_to(self) -> str:
        """The address in the Reply-To of its e-mails; empty for none."""
        return self.reply_to or self.email


@dataclass(frozen=True, slots=True)
class NewOrganisation:
    """What an organisation says of itself at first; `currency` is ISO 4217, `locale` BCP 47."""

    slug: str
    name: str
    currency: str
    tagline: str = ""
    email: str = ""
    phone: str = ""
    locale: str = "en"
    accent: str | None = None
    cover: str | None = None
    languages: tuple[str, ...] = ()
    translations: tuple[OrganisationTexts, ...] = ()


@dataclass(frozen=True, slots=True)
class Venue:
    """A place with a time zone of its own, in which its schedules are read."""

    org_id: OrgId
    venue_id: VenueId
    name: str
    zone: str
    address: str
    country: str
    subdivision: str | None
    latitude: float | None
    longitude: float | None
    directions: str
    version: int = 1
    """Grows with each change."""
    translations: tuple[VenueTexts, ...] = ()
    """Its texts in the further languages of the organisation."""

    def __post_init__(self) -> None:
        kind = tuple[VenueTexts, ...]  # a row has JSON
        texts = msgspec.convert(self.translations, kind, from_attributes=True)
        object.__setattr__(self, "translations", texts)

    def in_language(self, language: str) -> "Venue":
        """The venue as guests read it; `""`, and what is not translated, is the main language."""
        own = of_language(self.translations, language) if language else None
        texts = msgspec.structs.asdict(own) if own else {}
        return replace(self, **{name: one for name, one in texts.items() if one and name != _KEY})


@dataclass(frozen=True, slots=True)
class NewVenue:
    """`zone` is an IANA name, `country` ISO 3166-1, `subdivision` the rest of 3166-2."""

    name: str
    zone: str
    country: str
    address: str = ""
    subdivision: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    directions: str = ""
    translations: tuple[VenueTexts, ...] = ()


@dataclass(frozen=True, slots=True)
class ApiKey:
    """An API key as it is listed: its secret was shown once and is not stored."""

    org_id: OrgId
    key_id: KeyId
    name: str
    scope: ApiKeyScope
    created_at: datetime
    last_used_at: datetime | None
    """Within a minute; `None` for a key that was never used."""
    revoked_at: datetime | None


def changed_fields(before: Organisation | Venue, after: Organisation | Venue) -> tuple[str, ...]:
    """The names of what differs, beside the version."""
    was, is_now = asdict(before), asdict(after)
    return tuple(name for name in is_now if name != "version" and was[name] != is_now[name])


def is_slug(text: str) -> bool:
    return len(text) <= SLUG_CHARACTERS_MAX and _SLUG.fullmatch(text) is not None


def hash_token(secret: str) -> bytes:
    """SHA-256: enough for secrets of 256 random bits, which nobody can guess one by one."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()
