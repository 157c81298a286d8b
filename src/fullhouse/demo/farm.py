"""The data of the demo farm Bouquet Garden: venue, offerings, schedules and terms."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

from fullhouse.booking.model.offering import Offering, OfferingId
from fullhouse.booking.model.price_categories import PriceCategory
from fullhouse.booking.model.questions import Question
from fullhouse.demo import german
from fullhouse.kernel.ids import OrgId, derived_id
from fullhouse.people.model import NewOrganisation, NewVenue, VenueId
from fullhouse.scheduling.actions.close_venue import NewClosure
from fullhouse.scheduling.model.schedule import ScheduleSpec

SLUG: Final = "bouquet-garden"
MORNING: Final = "sunflower-morning"
EVENING: Final = "evening-walk"
PICNIC: Final = "picnic"
WORKSHOP: Final = "arranging-workshop"
SEASON_DAYS: Final = 42

OWNER: Final = "Rosa Whitfield"
"""Who runs the farm, as its history names her."""

GARDEN: Final = NewOrganisation(
    slug=SLUG,
    name="Bouquet Garden",
    tagline="Eleven acres of sunflowers to walk in, and to take home by the armful.",
    email="hello@bouquet-garden.example",
    phone="+16305550142",
    locale="en",
    currency="USD",
    languages=(german.LANGUAGE,),
    translations=(german.GARDEN,),
    accent="#b45309",
    cover="bouquet-garden",
)

FARM: Final = NewVenue(
    name="The farm at Blackberry Creek",
    zone="America/Chicago",
    country="US",
    subdivision="IL",
    address="44W210 Meadow Road, Elburn, IL 60119",
    latitude=41.8842,
    longitude=-88.4756,
    directions=(
        "From Route 47, turn west onto Meadow Road and follow it for a mile and a half, past the "
        "grain silo. Parking is on the grass behind the red barn, and free. The Metra station in "
        "Elburn is ten minutes away by taxi."
    ),
    translations=(german.FARM,),
)


@dataclass(frozen=True, slots=True)
class SchedulePattern:
    """One schedule without its dates: weekdays, times of day, duration and capacity."""

    days: str
    hours: str
    minutes: str
    duration_minutes: int
    capacity: int
    closed_on_holidays: bool = False

    @property
    def rule(self) -> str:
        """The recurrence rule without its end."""
        return f"FREQ=WEEKLY;BYDAY={self.days};BYHOUR={self.hours};BYMINUTE={self.minutes}"

    def shape(self, opens_on: date, last_day: date) -> ScheduleSpec:
        """The schedule from the first day of the season to the last."""
        return ScheduleSpec(
            starts_at=datetime.combine(opens_on, time()),
            rule=f"{self.rule};UNTIL={last_day:%Y%m%d}",
            duration_minutes=self.duration_minutes,
            capacity=self.capacity,
            closed_on_holidays=self.closed_on_holidays,
        )


SCHEDULE_PATTERNS: Final[Mapping[str, tuple[SchedulePattern, ...]]] = {
    MORNING: (
        SchedulePattern("MO,TU,WE,TH,FR", "8,9,10,11,12,13", "0,30", 30, 28),
        SchedulePattern("SA,SU", "8,9,10,11,12,13", "0,30", 30, 60),
    ),
    EVENING: (SchedulePattern("TH,FR,SA,SU", "17,18,19", "0,30", 30, 24),),
    PICNIC: (SchedulePattern("FR,SA,SU", "11,14", "30", 120, 36, closed_on_holidays=True),),
    WORKSHOP: (
        SchedulePattern("WE", "18", "0", 120, 10, closed_on_holidays=True),
        SchedulePattern("SA,SU", "10,14", "0", 120, 12, closed_on_holidays=True),
    ),
}


def offerings(org_id: OrgId, venue_id: VenueId) -> tuple[Offering, ...]:
    """The offerings, in the order of the page."""

    def offering(slug: str, position: int, **more: object) -> Offering:
        given: dict[str, object] = {
            "org_id": org_id,
            "offering_id": OfferingId(derived_id("demo", str(org_id), slug)),
            "venue_id": venue_id,
            "slug": slug,
            "picture": slug,
            "currency": GARDEN.currency,
            "position": position,
            **_TERMS,
            **more,
        }
        return Offering(**given)  # type: ignore[arg-type]  # the terms are those of an offering

    return (
        offering(MORNING, 0, **_MORNING),
        offering(EVENING, 1, **_EVENING),
        offering(PICNIC, 2, **_PICNIC),
        offering(WORKSHOP, 3, **_WORKSHOP),
    )


def pattern_of(slug: str, rule: str) -> SchedulePattern | None:
    """The pattern of an offering with this rule, ignoring its end; None when there is none."""
    without_end = rule.partition(";UNTIL=")[0]
    return next(
        (pattern for pattern in SCHEDULE_PATTERNS[slug] if pattern.rule == without_end), None
    )


def wedding(opens_on: date) -> NewClosure:
    """The closure of one afternoon for a wedding, two weeks after the opening."""
    day = opens_on + timedelta(days=(3 - opens_on.weekday()) % 7 + 14)
    return NewClosure(
        starts_at=datetime.combine(day, time(14)),
        ends_at=datetime.combine(day + timedelta(days=1), time()),
        reason="Closed for a wedding",
    )


_TERMS: Final[Mapping[str, object]] = {
    "kind": "timed_entry",
    "price_unit": "person",
    "party_min": 1,
    "how_to_pay": "Pay at the gate when you arrive, in cash or by card.",
    "party_max": 8,
    "hold_seconds": 600,
    "book_ahead_days": 90,
    "book_until_minutes": 0,
    "cancel_free_until_minutes": 24 * 60,
    "cancel_until_minutes": 2 * 60,
    "cancel_fee_percent": 50,
    "move_until_minutes": 2 * 60,
    "waiting_offer_minutes": 30,
    "published": True,
}
_MORNING: Final[Mapping[str, object]] = {
    "name": "Sunflower morning",
    "summary": "Walk the field while it is cool, and cut a bouquet of five stems.",
    "description": (
        "Come any time in your half hour and stay as long as you like. Clippers and water are "
        "in the barn; closed shoes are a good idea. Children under three come in free and need "
        "no place. The paths are mown grass, and wheelchairs manage them when it is dry."
    ),
    "what_to_bring": "Closed shoes, and a hat when the sun is out.",
    "price_amount": 1200,
    "translations": (german.MORNING,),
}
_EVENING: Final[Mapping[str, object]] = {
    "name": "Evening walk",
    "summary": "The last light over the field, with lanterns along the path home.",
    "description": (
        "The long loop, about a mile, at the hour that photographers come for. There is cider at "
        "the gate. Dogs are welcome on a lead. Bring a sweater: the creek cools the air."
    ),
    "what_to_bring": "A sweater: the creek cools the air.",
    "price_amount": 1600,
    "price_categories": (
        PriceCategory(
            id="adult", name="Adult", price_amount=1600, translations=german.category("Erwachsene")
        ),
        PriceCategory(
            id="child",
            name="Child (3 to 12)",
            price_amount=800,
            translations=german.category("Kinder (3 bis 12)"),
        ),
        PriceCategory(
            id="senior",
            name="Senior (65 and over)",
            price_amount=1200,
            translations=german.category("Ab 65 Jahren"),
        ),
    ),
    "translations": (german.EVENING,),
}
_PICNIC: Final[Mapping[str, object]] = {
    "kind": "timed_entry",
    "name": "Picnic in the field",
    "summary": "A blanket, a full basket and two hours under the oak, for up to six.",
    "description": (
        "Bread from Elburn, cheese, fruit and lemonade, and a jar of flowers for the table you "
        "do not have. One price for the group. Tell us at the gate if somebody eats no dairy. "
        "In rain the blankets move into the barn."
    ),
    "how_to_pay": "One bill for the group, at the gate when you arrive, in cash or by card.",
    "translations": (german.PICNIC,),
    "price_amount": 6800,
    "price_unit": "group",
    "party_min": 2,
    "party_max": 6,
    "book_until_minutes": 12 * 60,
    "cancel_free_until_minutes": 48 * 60,
    "cancel_until_minutes": 24 * 60,
    "move_until_minutes": 24 * 60,
    "waiting_offer_minutes": 60,
}
_WORKSHOP: Final[Mapping[str, object]] = {
    "name": "Flower arranging workshop",
    "summary": "Two hours at the long table with Rosa: a vase to keep, and how to fill it.",
    "description": (
        "You cut your own stems, then learn to build a bouquet that stands for a week. Aprons, "
        "vases and coffee are ours. For beginners, and from twelve years up."
    ),
    "questions": (
        Question(
            id="allergies",
            text="Is anybody allergic to a flower?",
            hint="We leave it out of the buckets.",
            translations=(german.ALLERGIES,),
        ),
        Question(
            id="left-handed",
            text="Are you left-handed?",
            kind="yes_no",
            per="person",
            translations=(german.LEFT_HANDED,),
        ),
    ),
    "translations": (german.WORKSHOP,),
    "price_amount": 6500,
    "party_max": 4,
    "book_until_minutes": 3 * 60,
    "cancel_free_until_minutes": 72 * 60,
    "cancel_until_minutes": 24 * 60,
    "move_until_minutes": 24 * 60,
    "waiting_offer_minutes": 120,
}
