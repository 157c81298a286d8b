"""Saving an offering: what is refused, and what its history tells."""

import asyncio
from dataclasses import replace

import pytest
from tests.builders.business import Business, a_member_of_staff, commit, save
from tests.builders.lock_waits import waits_or_ends

from fullhouse.booking import errors
from fullhouse.booking.limits import OFFERINGS_MAX
from fullhouse.booking.model.offering import OfferingId
from fullhouse.bootstrap.application import Application
from fullhouse.kernel.errors import InvalidInput


@pytest.mark.parametrize(
    "terms",
    [
        {"slug": "b"},
        {"slug": "u"},
        {"slug": "Not Plain"},
        {"name": ""},
        {"price_amount": -1},
        {"party_min": 5, "party_max": 4},
        {"hold_seconds": 1},
        {"cancel_fee_percent": 101},
        {"cancel_until_minutes": 1441},
        {"waiting_offer_minutes": 0},
        {"slug": "another-address"},
        # What would do nothing
        {"cancel_fee_percent": 50, "cancel_until_minutes": 60, "cancel_free_until_minutes": 60},
        {"cancel_fee_percent": 50, "price_amount": 0},
        {"book_until_minutes": 11 * 1440, "book_ahead_days": 10},
    ],
)
async def test_what_no_offering_can_be_is_refused_by_its_field(
    app: Application, business: Business, terms: dict[str, object]
) -> None:
    offering = replace(business.offering, **terms)  # type: ignore[arg-type]  # a test's own words
    with pytest.raises(InvalidInput) as refused:
        await commit(
            app,
            app.booking.save_offering,
            offering.org_id,
            offering,
            context=a_member_of_staff(),
        )
    assert refused.value.details["field"] in {*terms, "party_max"}


async def test_two_offerings_cannot_have_the_same_address(
    app: Application, business: Business
) -> None:
    twin = replace(business.offering, offering_id=OfferingId(app.ids.uuid()))
    with pytest.raises(errors.OfferingSlugTaken):
        await commit(app, app.booking.save_offering, twin.org_id, twin, context=a_member_of_staff())


async def test_an_organisation_has_so_many_offerings_also_of_those_added_at_once(
    app: Application, business: Business
) -> None:
    org_id = business.org_id
    async with app.database.unrestricted.transaction() as session:
        await session.connection.execute(
            "INSERT INTO offering SELECT (jsonb_populate_record(offering, jsonb_build_object("
            " 'offering_id', gen_random_uuid(), 'slug', 'more-' || n))).*"
            " FROM offering, generate_series(1, $2) AS n WHERE org_id = $1",
            org_id,
            OFFERINGS_MAX - 2,
        )

    async def add(slug: str) -> str:
        new = replace(business.offering, offering_id=OfferingId(app.ids.uuid()), slug=slug)
        try:
            await commit(app, app.booking.save_offering, org_id, new, context=a_member_of_staff())
        except errors.TooManyOfferings as refused:
            return f"refused at {refused.limit}"
        return "added"

    async with asyncio.TaskGroup() as group:
        both = [group.create_task(add(slug)) for slug in ("one", "other")]
    assert sorted(one.result() for one in both) == ["added", f"refused at {OFFERINGS_MAX}"]
    dearer = replace(business.offering, price_amount=1500)
    await commit(app, app.booking.save_offering, org_id, dearer, context=a_member_of_staff())


async def test_of_two_offerings_added_at_once_one_has_the_slug(
    app: Application, business: Business
) -> None:
    one, other = (
        replace(business.offering, offering_id=OfferingId(app.ids.uuid()), slug="one")
        for _ in range(2)
    )

    async def second() -> str:
        try:
            await save(app, other)
        except errors.OfferingSlugTaken:
            return "taken"
        return "added"

    async with app.unit_of_work(a_member_of_staff(), business.org_id) as uow:
        await app.booking.save_offering(uow, one)
        task = asyncio.create_task(second())
        await waits_or_ends(app, task)
    assert await task == "taken"


async def test_a_change_tells_what_was_and_what_is(app: Application, business: Business) -> None:
    dearer = replace(business.offering, price_amount=1500)
    saved = await commit(
        app, app.booking.save_offering, dearer.org_id, dearer, context=a_member_of_staff()
    )
    assert saved.version == business.offering.version + 1
    (event,) = await app.bookings.history(business.org_id, business.offering.offering_id)
    assert event.kind == "OfferingChanged"
    assert event.payload["before"] == {"price_amount": 1200, "version": 1}
    assert event.payload["after"] == {"price_amount": 1500, "version": 2}


async def test_no_smallest_party_is_larger_than_every_coming_slot(
    app: Application, business: Business
) -> None:
    await business.a_slot(capacity=4)
    fitting = replace(business.offering, party_min=4)
    saved = await save(app, fitting)
    with pytest.raises(InvalidInput) as refused:
        await save(app, replace(saved, party_min=5))
    assert refused.value.field == "party_min"
