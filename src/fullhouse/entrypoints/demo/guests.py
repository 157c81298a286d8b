"""Who comes to the farm: people who never were, at addresses that nobody can have."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Final

from fullhouse.booking.model.requests import Customer

_NAMES: Final = Path(__file__).with_name("names.toml")
_HAVE_A_PHONE: Final = 0.7
_SPEAK_GERMAN: Final = 0.03
_SOURCES: Final[tuple[tuple[Mapping[str, str] | None, int], ...]] = (
    (None, 46),
    ({"utm_source": "instagram", "utm_medium": "social", "utm_campaign": "first-bloom"}, 22),
    ({"utm_source": "google", "utm_medium": "organic"}, 14),
    ({"utm_source": "newsletter", "utm_medium": "email", "utm_campaign": "season-opens"}, 11),
    ({"utm_source": "elburn-herald", "utm_medium": "referral"}, 7),
)


@dataclass(frozen=True, slots=True)
class Guest:
    """Who books, in which language, and how they found the farm."""

    customer: Customer
    locale: str
    source: Mapping[str, str] | None


@dataclass(frozen=True, slots=True)
class Townsfolk:
    """The names that guests are given."""

    given: tuple[str, ...]
    family: tuple[str, ...]

    def guest(self, random: Random, number: int) -> Guest:
        """Another guest; `number` keeps their address their own.

        example.org is nobody's by RFC 2606, and 555-01xx are the numbers of films and books.
        """
        given, family = random.choice(self.given), random.choice(self.family)
        address = f"{given}.{family}{number}".lower().replace("'", "")
        area = random.choice(("312", "630", "773", "815", "847"))
        digits = f"+1{area}5550{random.randrange(100, 200)}"
        sources, weights = zip(*_SOURCES, strict=True)
        return Guest(
            Customer(
                name=f"{given} {family}",
                email=f"{address}@example.org",
                phone=digits if random.random() < _HAVE_A_PHONE else "",
            ),
            locale="de" if random.random() < _SPEAK_GERMAN else "en",
            source=random.choices(sources, weights)[0],
        )


def townsfolk() -> Townsfolk:
    """The names from their file."""
    names = tomllib.loads(_NAMES.read_text("utf-8"))
    return Townsfolk(tuple(names["given"]), tuple(names["family"]))
