"""Requests that say what a business and its venues are."""

from dataclasses import replace
from typing import Annotated, ClassVar, Final, Self

from msgspec import Meta, convert, field, structs
from typing_extensions import override

from fullhouse.entrypoints.inputs.fields import (
    Currency,
    Description,
    Locale,
    Name,
    Phone,
    PictureName,
    Summary,
)
from fullhouse.http.operations.bodies import RequestBody
from fullhouse.kernel.typed_text import as_meant
from fullhouse.localisation.translations import LANGUAGES
from fullhouse.people.limits import (
    DOMAIN_CHARACTERS_MAX,
    EMAIL_CHARACTERS_MAX,
    LEGAL_CHARACTERS_MAX,
    NAME_CHARACTERS_MAX,
)
from fullhouse.people.model import NewVenue, Organisation, Venue
from fullhouse.people.model.contact import email_address, phone_number
from fullhouse.people.model.domains import domain_name
from fullhouse.people.model.translated_texts import (
    Language,
    OrganisationTexts,
    VenueTexts,
    cleaned_texts,
)

_ACCENT: Final = "The color of buttons and links, as six hexadecimal digits: #1f6b43."
EmailOrNone = Annotated[str, Meta(max_length=EMAIL_CHARACTERS_MAX)]
SenderName = Annotated[
    str, Meta(max_length=NAME_CHARACTERS_MAX, pattern=r"^[^\x00-\x1f\x7f]*(?!\n)$")
]
LegalText = Annotated[str, Meta(max_length=LEGAL_CHARACTERS_MAX)]

ORGANISATION_EXAMPLE: Final = {
    "name": "Bouquet Garden",
    "tagline": "Cut your own flowers",
    "email": "hello@bouquet-garden.example",
    "phone": "+16305550142",
    "locale": "en-US",
    "accent": "#1f6b43",
    "cover": "bouquet-garden.svg",
    "cover_alt": "Rows of flowers in front of a barn.",
    "logo": "sunflower-morning.svg",
    "terms": "We keep your places for half an hour.",
    "privacy": "We keep your name and address until two years after your visit.",
    "imprint": "Bouquet Garden LLC, Elburn",
    "consent": "By booking you accept our terms.",
    "languages": ["de"],
    "currency": "USD",
    "sender_name": "Ann at Bouquet Garden",
    "reply_to": "ann@bouquet-garden.example",
    "domain": "book.bouquet-garden.example",
    "translations": [],
}
VENUE_DETAILS_EXAMPLE: Final = {
    "name": "North field",
    "country": "US",
    "subdivision": "IL",
    "address": "1 Sunflower Lane, Elgin",
    "latitude": 42.0354,
    "longitude": -88.2826,
    "directions": "Park at the barn; the gate is behind it.",
    "translations": [],
}
VENUE_EXAMPLE: Final = {**VENUE_DETAILS_EXAMPLE, "zone": "America/Chicago"}


class VenueTextsRequest(VenueTexts, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A venue in a further language."""


class VenueDetailsRequest(RequestBody, frozen=True):
    """What can change of a venue. Its time zone stays, since slots and tickets follow it."""

    examples: ClassVar = {"a field": VENUE_DETAILS_EXAMPLE}
    name: Name
    country: Annotated[
        str,
        Meta(pattern="^[A-Z]{2}$", description="Two capital letters, for example US (ISO 3166-1)."),
    ]
    address: Summary = ""
    subdivision: (
        Annotated[
            str,
            Meta(
                pattern="^[A-Z0-9]{1,3}$",
                description="ISO 3166-2 without the country, for example IL.",
            ),
        ]
        | None
    ) = None
    latitude: Annotated[float, Meta(ge=-90, le=90)] | None = None
    longitude: Annotated[float, Meta(ge=-180, le=180)] | None = None
    directions: Description = ""
    translations: tuple[VenueTextsRequest, ...] = ()

    @classmethod
    def of(cls, venue: Venue) -> Self:
        """The request that would make the venue what it is."""
        return convert(venue, cls, from_attributes=True)

    def read_change(self, current: Venue) -> Venue:
        """The venue with these texts."""
        texts = cleaned_texts(VenueTexts, self.translations)
        return replace(current, **{**structs.asdict(as_meant(self)), "translations": texts})


class VenueRequest(VenueDetailsRequest, frozen=True, kw_only=True):
    """A place with its time zone, in which every schedule there is read."""

    examples: ClassVar = {"a field": VENUE_EXAMPLE}
    zone: Annotated[str, Meta(max_length=64, description="IANA, such as `America/Chicago`.")]

    def read(self) -> NewVenue:
        texts = cleaned_texts(VenueTexts, self.translations)
        return NewVenue(**{**structs.asdict(as_meant(self)), "translations": texts})


class VenueFormTexts(VenueTexts, frozen=True, kw_only=True):
    """A venue in one language, as a form has it."""

    language: str = ""


class VenueForm(VenueRequest, frozen=True, kw_only=True):
    """A venue with its texts by language."""

    texts: dict[str, VenueFormTexts] = field(default_factory=dict)

    @override
    @classmethod
    def of(cls, venue: Venue) -> Self:
        texts = convert(venue.translations, tuple[VenueFormTexts, ...], from_attributes=True)
        form = super().of(venue)
        return structs.replace(form, texts={one.language: one for one in texts})

    def request(self) -> VenueRequest:
        """The request of an API that says the same."""
        texts = (structs.replace(one, language=name) for name, one in self.texts.items())
        fields = {name: getattr(self, name) for name in VenueRequest.__struct_fields__}
        fields["translations"] = tuple(texts)
        return convert(fields, VenueRequest, from_attributes=True)


class OrganisationTextsRequest(
    OrganisationTexts, frozen=True, kw_only=True, forbid_unknown_fields=True
):
    """A business in a further language."""


class OrganisationRequest(RequestBody, frozen=True):
    """What a business says of itself. Its slug stays."""

    examples: ClassVar = {"a farm": ORGANISATION_EXAMPLE}
    name: Name
    currency: Currency
    tagline: Summary = ""
    email: EmailOrNone = ""
    phone: Phone = ""
    locale: Locale = "en"
    accent: Annotated[str, Meta(pattern="^#[0-9a-fA-F]{6}$", description=_ACCENT)] | None = None
    cover: PictureName | None = None
    cover_alt: Summary = ""
    logo: PictureName | None = None
    terms: LegalText = ""
    privacy: LegalText = ""
    imprint: LegalText = ""
    consent: Summary = ""
    languages: Annotated[tuple[Language, ...], Meta(max_length=len(LANGUAGES))] = ()
    sender_name: SenderName = ""
    reply_to: EmailOrNone = ""
    domain: Annotated[str, Meta(max_length=DOMAIN_CHARACTERS_MAX)] = ""

    translations: tuple[OrganisationTextsRequest, ...] = ()

    @classmethod
    def of(cls, organisation: Organisation) -> Self:
        """The request that would make the organisation what it is."""
        return convert(organisation, cls, from_attributes=True)

    def read_change(self, current: Organisation) -> Organisation:
        """The organisation with these texts; raises `InvalidInput`."""
        meant = structs.asdict(as_meant(self))
        for name in ("email", "reply_to"):
            text = getattr(self, name)
            meant[name] = email_address(text, field=name) if text.strip() else ""
        meant["translations"] = cleaned_texts(OrganisationTexts, self.translations)
        meant["domain"] = domain_name(self.domain)
        meant["phone"] = phone_number(self.phone)
        return replace(current, **meant)


class OrganisationFormTexts(OrganisationTexts, frozen=True, kw_only=True):
    """A business in one language, as a form has it."""

    language: str = ""


class OrganisationForm(OrganisationRequest, frozen=True, kw_only=True):
    """A business with its texts by language."""

    texts: dict[str, OrganisationFormTexts] = field(default_factory=dict)

    @override
    @classmethod
    def of(cls, organisation: Organisation) -> Self:
        kind = tuple[OrganisationFormTexts, ...]
        texts = convert(organisation.translations, kind, from_attributes=True)
        form = super().of(organisation)
        return structs.replace(form, texts={one.language: one for one in texts})

    def request(self) -> OrganisationRequest:
        """The request of an API that says the same."""
        texts = (structs.replace(one, language=name) for name, one in self.texts.items())
        fields = {name: getattr(self, name) for name in OrganisationRequest.__struct_fields__}
        fields["translations"] = tuple(texts)
        return convert(fields, OrganisationRequest, from_attributes=True)
