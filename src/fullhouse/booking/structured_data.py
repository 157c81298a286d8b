"""Structured data of pages that may be found: JSON-LD in the terms of schema.org. Pure."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from fullhouse.booking.limits import EVENTS_DESCRIBED_MAX
from fullhouse.booking.model.offering import Offering
from fullhouse.kernel.currencies import minor_unit_digits
from fullhouse.kernel.money import Money
from fullhouse.people.model import Organisation, Venue

_CONTEXT: Final = "https://schema.org"
_AVAILABLE: Final = f"{_CONTEXT}/InStock"

JsonLd = Mapping[str, object]


class BookableTime(msgspec.Struct, frozen=True):
    """When an offering takes place: the part of a slot that does not change as it is sold."""

    offering: Offering
    starts_at: datetime
    ends_at: datetime


def business_data(organisation: Organisation, *, url: str, image: str) -> str:
    """The business as a `LocalBusiness`."""
    return _document({**_business(organisation, url), "image": image})


@lru_cache(EVENTS_DESCRIBED_MAX)
def event_data(
    venue: Venue, organisation: Organisation, event: BookableTime, *, url: str, image: str
) -> str:
    """A time of an offering as an `Event`. Kept, since a page shows the same one to many."""
    offering = event.offering
    price = offering.price_of(1)
    return _document(
        {
            "@type": "Event",
            "name": offering.name,
            "description": offering.summary,
            "image": image,
            "startDate": _local(event.starts_at, venue),
            "endDate": _local(event.ends_at, venue),
            "eventStatus": f"{_CONTEXT}/EventScheduled",
            "eventAttendanceMode": f"{_CONTEXT}/OfflineEventAttendanceMode",
            "location": {
                "@type": "Place",
                "name": venue.name,
                "address": {
                    "@type": "PostalAddress",
                    "streetAddress": venue.address,
                    "addressCountry": venue.country,
                },
            },
            "organizer": _business(organisation, ""),
            "offers": {
                "@type": "Offer",
                "price": _decimal(price),
                "priceCurrency": price.currency,
                "availability": _AVAILABLE,
                "url": url,
            },
        }
    )


def _local(instant: datetime, venue: Venue) -> str:
    """ISO 8601 in the zone of the venue, with its offset."""
    return instant.astimezone(ZoneInfo(venue.zone)).isoformat(timespec="seconds")


def _decimal(price: Money) -> str:
    """`12.00`, as schema.org wants it in every language."""
    return str(Decimal(price.amount).scaleb(-minor_unit_digits(price.currency)))


def _business(organisation: Organisation, url: str) -> JsonLd:
    return {
        "@type": "LocalBusiness",
        "name": organisation.name,
        "description": organisation.tagline,
        "url": url,
        "telephone": organisation.phone,
        "email": organisation.email,
    }


def _document(data: JsonLd) -> str:
    """JSON that cannot end the element it stands in."""
    text = msgspec.json.encode({"@context": _CONTEXT, **_filled(data)}).decode()
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _filled(data: JsonLd) -> JsonLd:
    """Without the fields of which nothing is known."""
    return {
        name: _filled(value) if isinstance(value, Mapping) else value
        for name, value in data.items()
        if value not in ("", None)
    }
