"""Generated customers of the demo: invented names, reserved e-mail domains and phone numbers."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Final

from fullhouse.booking.model.requests import Customer
from fullhouse.people.model.contact import INVENTED_DOMAIN

_NAMES: Final = Path(__file__).with_name("names.toml")
_PHONE_SHARE: Final = 0.7
_GERMAN_SHARE: Final = 0.03
_SOURCES: Final[tuple[tuple[Mapping[str, str] | None, int], ...]] = (
    (None, 46),
    ({"utm_source": "instagram", "utm_medium": "social", "utm_campaign": "first-bloom"}, 22),
    ({"utm_source": "google", "utm_medium": "organic"}, 14),
    ({"utm_source": "newsletter", "utm_medium": "email", "utm_campaign": "season-opens"}, 11),
    ({"utm_source": "elburn-herald", "utm_medium": "referral"}, 7),
)


@dataclass(frozen=True, slots=True)
class DemoCustomer:
    """A customer with language and marketing source."""

    details: Customer
    locale: str
    source: Mapping[str, str] | None


@dataclass(frozen=True, slots=True)
class CustomerGenerator:
    """Draws customers from lists of names."""

    given: tuple[str, ...]
    family: tuple[str, ...]

    def generate(self, random: Random, number: int) -> DemoCustomer:
        """Draw a customer; `number` makes the e-mail address unique.

        RFC 2606 reserves the domain, so no e-mail leaves, even with a mail server; the numbers
        555-01xx are reserved for fiction.
        """
        given, family = random.choice(self.given), random.choice(self.family)
        address = f"{given}.{family}{number}".lower().replace("'", "")
        area = random.choice(("312", "630", "773", "815", "847"))
        digits = f"+1{area}5550{random.randrange(100, 200)}"
        sources, weights = zip(*_SOURCES, strict=True)
        return DemoCustomer(
            Customer(
                name=f"{given} {family}",
                email=f"{address}@{INVENTED_DOMAIN}",
                phone=digits if random.random() < _PHONE_SHARE else "",
            ),
            locale="de" if random.random() < _GERMAN_SHARE else "en",
            source=random.choices(sources, weights)[0],
        )


def load_customer_generator() -> CustomerGenerator:
    """Read the names from their file."""
    names = tomllib.loads(_NAMES.read_text("utf-8"))
    return CustomerGenerator(tuple(names["given"]), tuple(names["family"]))
