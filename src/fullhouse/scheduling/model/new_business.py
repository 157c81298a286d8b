"""A new business as its owner says it in a few steps, and what is made of it. Pure.

Each step is a struct of what is typed there. `new_business` puts them together, and names the field
of what is wrong.
"""

from datetime import date, datetime, time
from typing import Annotated, Final, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from msgspec import Meta, Struct
from typing_extensions import override

from fullhouse.booking.limits import (
    BOOK_AHEAD_DAYS_DEFAULT,
    CAPACITY_MAX,
    HOLD_SECONDS_DEFAULT,
    PRICE_AMOUNT_MAX,
    WAITING_OFFER_MINUTES_DEFAULT,
)
from fullhouse.booking.model.offering import Offering, OfferingId
from fullhouse.kernel.currencies import parse_currency
from fullhouse.kernel.errors import InvalidInput
from fullhouse.kernel.text import one_line
from fullhouse.kernel.zones import is_zone
from fullhouse.localisation.territories import countries
from fullhouse.people.limits import EMAIL_CHARACTERS_MAX, SLUG_CHARACTERS_MAX
from fullhouse.people.model import RESERVED_SLUGS, NewOrganisation, NewVenue, Venue, is_slug
from fullhouse.people.model.contact import email_address
from fullhouse.people.model.slugs import suggested_slug
from fullhouse.scheduling.limits import (
    DURATION_MINUTES_MAX,
    SET_UP_ADDRESS_CHARACTERS_MAX,
    SET_UP_NAME_CHARACTERS_MAX,
)
from fullhouse.scheduling.model.business_templates import TEMPLATES, BusinessKind
from fullhouse.scheduling.model.schedule import ScheduleSpec
from fullhouse.scheduling.model.weekly_hours import Weekday, WeeklyHours

_DAY_MINUTES: Final = 24 * 60
_CANCEL_UNTIL_MINUTES: Final = 120
_FIRST_OFFERING: Final = "visit"
"""The address of an offering whose name has no Latin letters."""

ShortName = Annotated[str, Meta(min_length=1, max_length=SET_UP_NAME_CHARACTERS_MAX)]
Chosen = Annotated[str, Meta(min_length=1, max_length=64)]
"""One of the values that a list offers."""


class SetUpStep(Struct, frozen=True, kw_only=True):
    """What is typed in one step."""

    def check(self) -> None:
        """Raise `InvalidInput` for what its fields cannot be together."""


class BusinessStep(SetUpStep, frozen=True, kw_only=True):
    """What the business is, and what it is called; without a slug one is made of the name."""

    kind: BusinessKind = "farm"
    name: ShortName
    slug: Annotated[str, Meta(max_length=SLUG_CHARACTERS_MAX)] = ""
    country: Chosen

    @property
    def address(self) -> str:
        """Raises `InvalidInput` for none, and for one that the installation answers at."""
        slug = self.slug or suggested_slug(self.name)
        if not is_slug(slug) or slug in RESERVED_SLUGS:
            raise InvalidInput("Use small letters, digits and dashes.", field="slug")
        return slug

    @override
    def check(self) -> None:
        _line(self.name, "name")
        _ = self.address
        if self.country not in countries():
            raise InvalidInput("Choose a country.", field="country")


class PlaceStep(SetUpStep, frozen=True, kw_only=True):
    """Where the business is, and what it charges in."""

    address: Annotated[str, Meta(max_length=SET_UP_ADDRESS_CHARACTERS_MAX)] = ""
    zone: Chosen
    currency: Chosen
    locale: Literal["en", "en-US", "en-GB", "de"]

    @override
    def check(self) -> None:
        if not is_zone(self.zone):
            raise InvalidInput("Choose a time zone.", field="zone")
        parse_currency(self.currency)


class OfferingStep(SetUpStep, frozen=True, kw_only=True):
    """What guests book first, and when it takes place each week."""

    offering: ShortName
    price_amount: Annotated[int, Meta(ge=0, le=PRICE_AMOUNT_MAX)]
    places: Annotated[int, Meta(ge=1, le=CAPACITY_MAX)]
    duration_minutes: Annotated[int, Meta(ge=1, le=DURATION_MINUTES_MAX)]
    weekdays: tuple[Weekday, ...]
    first_time: time
    last_time: time
    every_minutes: Annotated[int, Meta(ge=1, le=_DAY_MINUTES)]

    @override
    def check(self) -> None:
        _line(self.offering, "offering")
        self.hours(date.min).spec()

    def hours(self, first_day: date) -> WeeklyHours:
        """Its hours from a day on."""
        return WeeklyHours(
            weekdays=self.weekdays,
            first_time=self.first_time,
            last_time=self.last_time,
            every_minutes=self.every_minutes,
            duration_minutes=self.duration_minutes,
            places=self.places,
            first_day=first_day,
        )


class OwnerStep(SetUpStep, frozen=True, kw_only=True):
    """Who runs the business. The password is no part of it: it is never shown again."""

    owner: ShortName
    email: Annotated[str, Meta(min_length=1, max_length=EMAIL_CHARACTERS_MAX)]

    @override
    def check(self) -> None:
        _line(self.owner, "owner")
        email_address(self.email)


class SetUpSteps(Struct, frozen=True, kw_only=True):
    """All steps."""

    business: BusinessStep
    place: PlaceStep
    offering: OfferingStep
    owner: OwnerStep


class NewOwner(Struct, frozen=True):
    """Her account."""

    name: str
    email: str
    password_hash: str


class NewBusiness(Struct, frozen=True):
    """Everything that a business begins with, but its owner."""

    kind: BusinessKind
    organisation: NewOrganisation
    venue: NewVenue
    step: OfferingStep
    schedule: ScheduleSpec

    def offering(self, venue: Venue, offering_id: UUID) -> Offering:
        """The first offering, on the terms that the form of offerings has at first."""
        step, name = self.step, one_line(self.step.offering)
        return Offering(
            org_id=venue.org_id,
            offering_id=OfferingId(offering_id),
            venue_id=venue.venue_id,
            slug=suggested_slug(name) or _FIRST_OFFERING,
            kind="timed_entry",
            name=name,
            summary="",
            description="",
            picture=None,
            price_amount=step.price_amount,
            price_unit="person",
            currency=self.organisation.currency,
            party_min=1,
            party_max=min(step.places, TEMPLATES[self.kind].party_max),
            hold_seconds=HOLD_SECONDS_DEFAULT,
            book_ahead_days=BOOK_AHEAD_DAYS_DEFAULT,
            book_until_minutes=0,
            cancel_free_until_minutes=_DAY_MINUTES,
            cancel_until_minutes=_CANCEL_UNTIL_MINUTES,
            cancel_fee_percent=0,
            move_until_minutes=_DAY_MINUTES,
            waiting_offer_minutes=WAITING_OFFER_MINUTES_DEFAULT,
            published=True,
            position=0,
        )


def new_business(steps: SetUpSteps, *, now: datetime) -> NewBusiness:
    """Put the steps together; the schedules begin today. Raises `InvalidInput`."""
    business, place, offering = steps.business, steps.place, steps.offering
    for step in (business, place, offering):
        step.check()
    name = one_line(business.name)
    organisation = NewOrganisation(
        slug=business.address,
        name=name,
        currency=place.currency,
        email=email_address(steps.owner.email),
        locale=place.locale,
    )
    venue = NewVenue(
        name=name, zone=place.zone, country=business.country, address=one_line(place.address)
    )
    today = now.astimezone(ZoneInfo(place.zone)).date()
    return NewBusiness(business.kind, organisation, venue, offering, offering.hours(today).spec())


def new_owner(owner: OwnerStep, password_hash: str) -> NewOwner:
    """Raises `InvalidInput`."""
    return NewOwner(_line(owner.owner, "owner"), email_address(owner.email), password_hash)


def _line(text: str, field: str) -> str:
    line = one_line(text)
    if not line:
        raise InvalidInput("Send a text that can be seen.", field=field)
    return line
