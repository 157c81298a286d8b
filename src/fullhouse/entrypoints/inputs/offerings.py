"""Requests that set up offerings, venues, schedules, closures and capacities."""

from collections.abc import Sequence
from typing import Annotated, ClassVar, Final, Self
from uuid import UUID

from msgspec import Meta, convert

from fullhouse.booking.errors import UnknownOffering
from fullhouse.booking.limits import (
    BOOK_AHEAD_DAYS_DEFAULT,
    BOOK_AHEAD_DAYS_MAX,
    CAPACITY_MAX,
    HOLD_SECONDS_DEFAULT,
    HOLD_SECONDS_MAX,
    HOLD_SECONDS_MIN,
    PARTY_MAX,
    PICTURES_PER_OFFERING_MAX,
    POLICY_MINUTES_MAX,
    PRICE_AMOUNT_MAX,
    PRICE_CATEGORIES_MAX,
    QUESTIONS_MAX,
    WAITING_OFFER_MINUTES_DEFAULT,
)
from fullhouse.booking.model.offering import Offering, OfferingId, OfferingKind, PriceUnit
from fullhouse.booking.model.picture import OfferingPicture, PictureTexts, cleaned_picture
from fullhouse.booking.model.price_categories import cleaned_category
from fullhouse.booking.model.question_form import QUESTION_EXAMPLE
from fullhouse.booking.model.questions import cleaned
from fullhouse.booking.model.translated_texts import OfferingTexts
from fullhouse.entrypoints.inputs.fields import (
    LINE,
    Description,
    Name,
    PictureName,
    Slug,
    Summary,
)
from fullhouse.entrypoints.inputs.limits import POSITION_MAX
from fullhouse.entrypoints.inputs.price_categories import PriceCategoryRequest
from fullhouse.entrypoints.inputs.questions import QuestionRequest
from fullhouse.http.operations.bodies import RequestBody
from fullhouse.kernel.ids import OrgId
from fullhouse.kernel.typed_text import as_meant, line_as_meant
from fullhouse.people.model.translated_texts import cleaned_texts
from fullhouse.scheduling.actions.close_venue import NewClosure
from fullhouse.scheduling.limits import (
    CLOSURE_OFFERINGS_MAX,
    DURATION_MINUTES_MAX,
    REASON_CHARACTERS_MAX,
    RULE_CHARACTERS_MAX,
    TIMES_LISTED_MAX,
)
from fullhouse.scheduling.model.closure_notices import ClosureRemedy
from fullhouse.scheduling.model.schedule import ScheduleSpec
from fullhouse.scheduling.model.wall_text import WallTime, wall_text, wall_time

Minutes = Annotated[int, Meta(ge=0, le=POLICY_MINUTES_MAX)]
Places = Annotated[int, Meta(ge=1, le=PARTY_MAX)]
WallTimes = Annotated[tuple[WallTime, ...], Meta(max_length=TIMES_LISTED_MAX)]


OFFERING_EXAMPLE: Final = {
    "venue": "01977f6e-8000-7000-8000-000000000001",
    "name": "Sunflower morning",
    "kind": "timed_entry",
    "summary": "Half an hour among the sunflowers; five stems are yours.",
    "description": "Clippers and water are in the barn. Children under three come in free.",
    "how_to_pay": "Pay at the gate, in cash or by card.",
    "what_to_bring": "Closed shoes.",
    "questions": [QUESTION_EXAMPLE],
    "picture": "sunflower-morning.svg",
    "picture_alt": "A field of sunflowers in the morning sun.",
    "price_unit": "person",
    "price_categories": [
        {"id": "adult", "name": "Adult", "price_amount": 1200, "translations": []},
        {"id": "child", "name": "Child (3 to 12)", "price_amount": 600, "translations": []},
    ],
    "party_min": 1,
    "party_max": 8,
    "hold_seconds": 600,
    "book_ahead_days": 90,
    "book_until_minutes": 15,
    "cancel_free_until_minutes": 1440,
    "cancel_until_minutes": 120,
    "cancel_fee_percent": 50,
    "move_until_minutes": 120,
    "waiting_offer_minutes": 30,
    "published": True,
    "position": 1,
    "translations": [],
    "more_pictures": [
        {"name": "picnic.svg", "alt": "A picnic between the rows.", "translations": []}
    ],
}
SCHEDULE_EXAMPLE: Final = {
    "starts_at": "2027-06-12T08:30",
    "duration_minutes": 30,
    "capacity": 20,
    "rule": "FREQ=WEEKLY;BYDAY=SA,SU;BYHOUR=8,9,10,11;BYMINUTE=0,30;UNTIL=20270801T000000Z",
}
CLOSURE_EXAMPLE: Final = {
    "starts_at": "2027-07-04T00:00",
    "ends_at": "2027-07-05T00:00",
    "reason": "Independence Day",
}


class OfferingTextsRequest(OfferingTexts, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An offering in a further language; a text left out, or empty, is that of the main one."""


class PictureTextsRequest(PictureTexts, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a picture shows, in a further language."""


class OfferingPictureRequest(
    OfferingPicture, frozen=True, kw_only=True, forbid_unknown_fields=True
):
    """A picture that the page of an offering shows beside the first."""

    translations: tuple[PictureTextsRequest, ...] = ()


class OfferingRequest(RequestBody, frozen=True, kw_only=True):
    """An offering without its slug. A field left out takes the value shown as default."""

    examples: ClassVar = {"timed entry": {**OFFERING_EXAMPLE, "price_amount": 1200}}
    venue: UUID
    name: Name
    kind: OfferingKind = "timed_entry"
    summary: Summary = ""
    description: Description = ""
    how_to_pay: Summary = ""
    what_to_bring: Summary = ""
    questions: Annotated[tuple[QuestionRequest, ...], Meta(max_length=QUESTIONS_MAX)] = ()
    picture: PictureName | None = None
    picture_alt: Summary = ""
    price_amount: Annotated[int, Meta(ge=0, le=PRICE_AMOUNT_MAX)]
    price_unit: PriceUnit = "person"
    price_categories: Annotated[
        tuple[PriceCategoryRequest, ...], Meta(max_length=PRICE_CATEGORIES_MAX)
    ] = ()
    party_min: Places = 1
    party_max: Places = 10
    hold_seconds: Annotated[int, Meta(ge=HOLD_SECONDS_MIN, le=HOLD_SECONDS_MAX)] = (
        HOLD_SECONDS_DEFAULT
    )
    book_ahead_days: Annotated[
        int,
        Meta(
            ge=1,
            le=BOOK_AHEAD_DAYS_MAX,
            description="How many days ahead guests may book: a day opens when it is so near.",
        ),
    ] = BOOK_AHEAD_DAYS_DEFAULT
    book_until_minutes: Minutes = 0
    cancel_free_until_minutes: Minutes = 1440
    cancel_until_minutes: Minutes = 120
    cancel_fee_percent: Annotated[int, Meta(ge=0, le=100)] = 0
    move_until_minutes: Minutes = 1440
    waiting_offer_minutes: Annotated[int, Meta(ge=1, le=POLICY_MINUTES_MAX)] = (
        WAITING_OFFER_MINUTES_DEFAULT
    )
    published: bool = True
    position: Annotated[int, Meta(ge=0, le=POSITION_MAX)] = 0
    translations: tuple[OfferingTextsRequest, ...] = ()
    more_pictures: Annotated[
        tuple[OfferingPictureRequest, ...], Meta(max_length=PICTURES_PER_OFFERING_MAX - 1)
    ] = ()

    @classmethod
    def of(cls, offering: Offering, **others: object) -> Self:
        """The request that would make the offering what it is; `others` are fields of a form."""
        names = OfferingRequest.__struct_fields__
        fields = {name: getattr(offering, name) for name in names if name != "venue"}
        fields = {**fields, "venue": offering.venue_id, **others}
        return convert(fields, cls, from_attributes=True)

    def read(self, org_id: OrgId, offering_id: OfferingId, *, slug: str, currency: str) -> Offering:
        names = OfferingRequest.__struct_fields__
        meant = as_meant(self)
        fields = {name: getattr(meant, name) for name in names if name != "venue"}
        fields["questions"] = tuple(map(cleaned, self.questions))
        fields["price_categories"] = tuple(map(cleaned_category, self.price_categories))
        fields["translations"] = cleaned_texts(OfferingTexts, self.translations)
        fields["more_pictures"] = tuple(map(cleaned_picture, self.more_pictures))
        return Offering(
            org_id=org_id,
            offering_id=offering_id,
            slug=slug,
            currency=currency,
            venue_id=self.venue,
            **fields,
        )


class ScheduleRequest(RequestBody, frozen=True):
    """When slots start, how long they are and how many places each has."""

    examples: ClassVar = {"weekend mornings": SCHEDULE_EXAMPLE}
    starts_at: WallTime
    duration_minutes: Annotated[int, Meta(ge=1, le=DURATION_MINUTES_MAX)]
    capacity: Annotated[int, Meta(ge=1, le=CAPACITY_MAX)]
    rule: Annotated[
        str,
        Meta(
            max_length=RULE_CHARACTERS_MAX,
            description="An RFC 5545 recurrence rule; left out, the slot takes place once.",
        ),
    ] = ""
    rdates: WallTimes = ()
    exdates: WallTimes = ()
    closed_on_holidays: Annotated[
        bool, Meta(description="On public holidays its slots are closed.")
    ] = False

    @staticmethod
    def of(spec: ScheduleSpec) -> "ScheduleRequest":
        """The request that would make the schedule what it is."""
        return ScheduleRequest(
            starts_at=wall_text(spec.starts_at),
            duration_minutes=spec.duration_minutes,
            capacity=spec.capacity,
            rule=spec.rule,
            rdates=tuple(map(wall_text, spec.rdates)),
            exdates=tuple(map(wall_text, spec.exdates)),
            closed_on_holidays=spec.closed_on_holidays,
        )

    def read(self) -> ScheduleSpec:
        """Raises `InvalidInput` for a time that no calendar has."""
        return ScheduleSpec(
            starts_at=wall_time(self.starts_at, "starts_at"),
            rule=self.rule,
            duration_minutes=self.duration_minutes,
            capacity=self.capacity,
            rdates=tuple(wall_time(text, "rdates") for text in self.rdates),
            exdates=tuple(wall_time(text, "exdates") for text in self.exdates),
            closed_on_holidays=self.closed_on_holidays,
        )


class ClosureRequest(RequestBody, frozen=True):
    """A venue is closed from `starts_at` until before `ends_at`; customers read the reason."""

    examples: ClassVar = {"a holiday": CLOSURE_EXAMPLE}
    starts_at: WallTime
    ends_at: WallTime
    reason: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=REASON_CHARACTERS_MAX,
            pattern=LINE,
            description="Why it is closed, as one line of text. Guests read it.",
        ),
    ]
    offerings: Annotated[
        tuple[Slug, ...],
        Meta(
            max_length=CLOSURE_OFFERINGS_MAX,
            description="The slugs of the offerings that are closed; without any, the whole venue.",
        ),
    ] = ()
    tell: Annotated[
        ClosureRemedy | None,
        Meta(
            description=(
                "What guests who have booked are offered by e-mail: `move` lets them choose "
                "another time or cancel, without a fee and at any time; `cancel` cancels their "
                "bookings without a fee, `cancel_with_fee` with that of the offering. Null tells "
                "nobody."
            )
        ),
    ] = None

    def read(self, offerings: Sequence[Offering]) -> NewClosure:
        """Raises `InvalidInput` for a time that no calendar has, and `UnknownOffering`."""
        ids = {offering.slug: offering.offering_id for offering in offerings}
        if not ids.keys() >= set(self.offerings):
            raise UnknownOffering
        return NewClosure(
            wall_time(self.starts_at, "starts_at"),
            wall_time(self.ends_at, "ends_at"),
            line_as_meant(self.reason, field="reason"),
            tuple(ids[slug] for slug in self.offerings),
            self.tell,
        )


class CapacityRequest(RequestBody, frozen=True):
    """How many places a slot has from now on."""

    examples: ClassVar = {"more places": {"capacity": 24}}
    capacity: Annotated[int, Meta(ge=0, le=CAPACITY_MAX)]
    expected_capacity: Annotated[int, Meta(ge=0, le=CAPACITY_MAX, examples=[20])] | None = None
