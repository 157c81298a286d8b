"""Save an offering: add it, or change what it says of itself, its price and its policy."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Final

from fullhouse.booking import errors, events
from fullhouse.booking.catalogue import lock_offering, offering_by_slug
from fullhouse.booking.limits import (
    ANSWERS_ASKED_MAX,
    BOOK_AHEAD_DAYS_MAX,
    CHOICES_MIN,
    HOLD_SECONDS_MAX,
    HOLD_SECONDS_MIN,
    OFFERINGS_MAX,
    PARTY_MAX,
    POLICY_MINUTES_MAX,
    PRICE_AMOUNT_MAX,
    PRICE_CATEGORIES_MAX,
    QUESTIONS_MAX,
)
from fullhouse.booking.model.offering import Offering
from fullhouse.booking.model.offering_pictures import picture_fault, pictures_of_offering
from fullhouse.booking.model.price_categories import category_fault
from fullhouse.booking.model.questions import question_fault
from fullhouse.booking.ports import MaterialisePort
from fullhouse.kernel.errors import InvalidInput, VersionConflict
from fullhouse.people.errors import UnknownVenue
from fullhouse.people.limits import NAME_CHARACTERS_MAX
from fullhouse.people.model import VenueId, is_slug
from fullhouse.people.model.translated_texts import OfLanguage, check_languages
from fullhouse.people.reads.organisations import organisation_by_id, venue_by_id
from fullhouse.people.updates import check_picture, locked_organisation
from fullhouse.storage.unit_of_work import UnitOfWork

_MINUTES_PER_DAY: Final = 24 * 60
ADDRESSES_OF_PAGES: Final = frozenset(
    {"b", "d", "u", "w", "new", "pictures", "terms", "privacy", "imprint"}
)
"""What stands where a slug would: a booking, an entry of a waiting list, pictures, e-mails."""
_CATEGORIES: Final = {
    "price_categories": f"Send at most {PRICE_CATEGORIES_MAX} price categories, each with an id and"
    " a name of its own.",
    "price_categories.price_amount": "The first price category must cost something when another"
    " does. Send one that pays as the first.",
    "price_unit": "Guests pay by price category only where the price is for each person.",
    "price_amount": "With price categories, send the price of the first one as `price_amount`.",
}
_QUESTIONS: Final = {
    "questions": f"Send at most {QUESTIONS_MAX} questions, each with an id of its own.",
    "questions.choices": f"Send at least {CHOICES_MIN} different choices with a question of the"
    " kind choice, and none with another.",
    "questions.per": f"The largest party would be asked for more than {ANSWERS_ASKED_MAX} answers."
    " Ask fewer questions of each person, or admit smaller parties.",
}


@dataclass(frozen=True, slots=True)
class SaveOffering:
    """Adds an offering, or writes all of it. Bookings keep the price at which they were made."""

    materialise: MaterialisePort

    async def __call__(
        self, uow: UnitOfWork, offering: Offering, *, expected_version: int | None = None
    ) -> Offering:
        """The offering as it is stored; its version is 1 when it is new.

        Its slots follow when it is sold for another time ahead, or takes place elsewhere. Raises
        `InvalidInput`, `TooManyOfferings`, `UnknownVenue`, `OfferingSlugTaken`, and
        `VersionConflict` when the offering was changed since `expected_version`.
        """
        check(offering)
        check_effects(offering)
        org_id, offering_id = offering.org_id, offering.offering_id
        venue = await venue_by_id(uow.session, org_id, VenueId(offering.venue_id))
        if venue is None:
            raise UnknownVenue
        before = await lock_offering(uow.session, org_id, offering_id)
        if before is not None and before.slug != offering.slug:
            raise InvalidInput("An offering keeps its address.", field="slug")
        stored = before.version if before else 0
        if expected_version is not None and expected_version != stored:
            raise VersionConflict(version=stored)
        if before is None:
            await _check_number(uow)
        namesake = await offering_by_slug(uow.session, org_id, offering.slug)
        if namesake is not None and namesake.offering_id != offering_id:
            raise errors.OfferingSlugTaken
        if replace(offering, version=stored) == before:
            return before
        await check_translations(uow, before, offering)
        await _check_pictures(uow, before, offering)
        after = replace(offering, version=stored + 1)
        await uow.session.execute("booking.write_offering", **asdict(after))
        kind = events.OfferingAdded if before is None else events.OfferingChanged
        was, now = difference(before, after)
        uow.record(offering_id, kind(offering_id=offering_id, before=was, after=now))
        if before is not None:
            await _check_party(uow, before, after)
            await self._move_slots(uow, before, after)
        return after

    async def _move_slots(self, uow: UnitOfWork, before: Offering, after: Offering) -> None:
        """Raises `InvalidInput` where the schedules cannot take place like that."""
        moved = {
            "book_ahead_days": before.book_ahead_days != after.book_ahead_days,
            "venue": before.venue_id != after.venue_id,
        }
        if not any(moved.values()):
            return
        try:
            await self.materialise(uow, [after.offering_id])
        except InvalidInput as error:
            field = next(name for name, has_changed in moved.items() if has_changed)
            message = f"The schedules do not allow this. {error}"
            raise InvalidInput(message, field=field) from error


async def _check_number(uow: UnitOfWork) -> None:
    """Raise `TooManyOfferings` for one more than there can be.

    Those that are added at once go on one after the other: each knows the number and the slugs
    of those before it.
    """
    await locked_organisation(uow.session, uow.org_id)
    known = await uow.session.fetch_value("booking.count_offerings", int, org_id=uow.org_id)
    if (known or 0) >= OFFERINGS_MAX:
        raise errors.TooManyOfferings(limit=OFFERINGS_MAX)


def difference(
    before: Offering | None, after: Offering
) -> tuple[Mapping[str, object], Mapping[str, object]]:
    """What changed, each with its value before and after; of a new one, all there is."""
    own = {"org_id", "offering_id"}
    now = {name: value for name, value in asdict(after).items() if name not in own}
    if before is None:
        return {}, now
    was = asdict(before)
    changed = sorted(name for name, value in now.items() if was[name] != value)
    return {name: was[name] for name in changed}, {name: now[name] for name in changed}


def check(offering: Offering) -> None:
    """Raise `InvalidInput` for what no offering can be; the database holds the same rules."""
    wrong = {
        "slug": not is_slug(offering.slug) or offering.slug in ADDRESSES_OF_PAGES,
        "name": not 1 <= len(offering.name) <= NAME_CHARACTERS_MAX,
        "price_amount": not 0 <= offering.price_amount <= PRICE_AMOUNT_MAX,
        "party_max": not 1 <= offering.party_min <= offering.party_max <= PARTY_MAX,
        "hold_seconds": not HOLD_SECONDS_MIN <= offering.hold_seconds <= HOLD_SECONDS_MAX,
        "cancel_fee_percent": not 0 <= offering.cancel_fee_percent <= 100,  # noqa: PLR2004 - a percentage
        "cancel_until_minutes": not 0
        <= offering.cancel_until_minutes
        <= offering.cancel_free_until_minutes
        <= POLICY_MINUTES_MAX,
        "move_until_minutes": not 0 <= offering.move_until_minutes <= POLICY_MINUTES_MAX,
        "book_ahead_days": not 1 <= offering.book_ahead_days <= BOOK_AHEAD_DAYS_MAX,
        "book_until_minutes": not 0 <= offering.book_until_minutes <= POLICY_MINUTES_MAX,
        "waiting_offer_minutes": not 0 < offering.waiting_offer_minutes <= POLICY_MINUTES_MAX,
    }
    for field, is_wrong in wrong.items():
        if is_wrong:
            value = getattr(offering, field)
            raise InvalidInput(
                f"{value!r} cannot be the {field} of an offering. Send another value.", field=field
            )


def check_effects(offering: Offering) -> None:
    """Raise `InvalidInput` for a setting that could never take effect beside the others."""
    if (problem := picture_fault(offering)) is not None:
        raise InvalidInput(problem, field="more_pictures")
    fault = question_fault(offering.questions, party_max=offering.party_max)
    if fault is not None:
        raise InvalidInput(_QUESTIONS[fault], field=fault)
    fault = category_fault(
        offering.price_categories,
        price_amount=offering.price_amount,
        is_per_person=offering.price_unit == "person",
    )
    if fault is not None:
        raise InvalidInput(_CATEGORIES[fault], field=fault)
    if offering.book_until_minutes >= (offering.book_ahead_days + 1) * _MINUTES_PER_DAY:
        detail = "Booking would end before it opens. Send fewer minutes, or more days ahead."
        raise InvalidInput(detail, field="book_until_minutes")
    if not offering.cancel_fee_percent:
        return
    if not offering.price_amount:
        detail = "Without a price there is nothing to charge a share of. Send 0 percent."
        raise InvalidInput(detail, field="cancel_fee_percent")
    if offering.cancel_until_minutes == offering.cancel_free_until_minutes:
        detail = (
            "Nobody could cancel with this fee: cancelling ends when it ceases to be free. Send 0"
            " percent, or let cancelling end later."
        )
        raise InvalidInput(detail, field="cancel_fee_percent")


async def _check_pictures(uow: UnitOfWork, before: Offering | None, after: Offering) -> None:
    """Raise `InvalidInput` for a picture that is chosen anew and not there."""
    stored = {one.name for one in pictures_of_offering(before)} if before else set()
    for one in pictures_of_offering(after):
        if one.name not in stored:
            field = "picture" if one.name == after.picture else "more_pictures"
            await check_picture(uow.session, uow.org_id, one.name, field=field)


async def check_translations(uow: UnitOfWork, before: Offering | None, after: Offering) -> None:
    """Raise `InvalidInput` for languages that the business has not, beside those there were."""
    used = _translations(after)
    if not any(used.values()):
        return
    organisation = await organisation_by_id(uow.session, uow.org_id)
    stored = _translations(before) if before else {}
    known = {one.language for texts in stored.values() for group in texts for one in group}
    allowed = {*known, *(organisation.languages if organisation else ())}
    for field, texts in used.items():
        for group in texts:
            check_languages(group, sorted(allowed), field=field)


def _translations(offering: Offering) -> Mapping[str, Sequence[Sequence[OfLanguage]]]:
    """All translations by the field of a request that has them."""
    return {
        "translations": [offering.translations] if offering.translations else [],
        "questions.translations": [q.translations for q in offering.questions if q.translations],
        "more_pictures.translations": [
            one.translations for one in offering.more_pictures if one.translations
        ],
        "price_categories.translations": [
            one.translations for one in offering.price_categories if one.translations
        ],
    }


async def _check_party(uow: UnitOfWork, before: Offering, after: Offering) -> None:
    """Raise `InvalidInput` when no coming slot has places for the smallest party any more."""
    if after.party_min <= before.party_min:
        return
    largest = await uow.session.fetch_value(
        "booking.largest_slot",
        int,
        org_id=after.org_id,
        offering_id=after.offering_id,
        now=uow.now,
    )
    if largest is not None and largest < after.party_min:
        detail = f"No coming time has more than {largest} places. Send a smaller party."
        raise InvalidInput(detail, field="party_min")
