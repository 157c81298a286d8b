"""Limits that are counted before a row is added: two requests at once do not both find room."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import NamedTuple

import pytest
from tests.builders.accounts import a_person
from tests.builders.business import Business, a_member_of_staff
from tests.builders.lock_waits import waits_or_ends
from tests.builders.schedules import wall

from fullhouse.bootstrap.application import Application
from fullhouse.kernel.context import RequestContext
from fullhouse.messages.actions.change_webhooks import ChangeWebhooks, EndpointSpec
from fullhouse.messages.actions.render_example import EmailExample
from fullhouse.messages.actions.send_channel_test import RequestChannelTest
from fullhouse.messages.actions.send_test_email import RequestTestEmail
from fullhouse.messages.errors import TooManyWebhooks
from fullhouse.people.actions.save_view import save_view
from fullhouse.people.errors import (
    InvitedTooOften,
    TooManyApiKeys,
    TooManyInvitations,
    TooManyPictures,
    TooManyVenues,
    TooManyViews,
)
from fullhouse.people.model import NewVenue, VenueId
from fullhouse.people.model.picture import EncodedPicture, Picture
from fullhouse.people.model.roles import account_principal
from fullhouse.people.model.saved_view import SavedView
from fullhouse.people.reads.organisations import organisation_by_id, venue_by_id
from fullhouse.scheduling.actions.close_venue import NewClosure
from fullhouse.scheduling.errors import TooManyClosures
from fullhouse.storage.unit_of_work import UnitOfWork


class Addition(NamedTuple):
    """What is counted by which limit, and how one more is added; each has a number of its own."""

    limit: str
    add: Callable[[Application, Business, UnitOfWork, int], Awaitable[object]]


async def _key(app: Application, _: Business, uow: UnitOfWork, number: int) -> object:
    return await app.people.issue_api_key(uow, name=f"Key {number}", scope="read")


async def _invitation(app: Application, _: Business, uow: UnitOfWork, number: int) -> object:
    return await app.people.invite_member(uow, email=f"nina{number}@example.org", role="staff")


async def _link(app: Application, _: Business, uow: UnitOfWork, number: int) -> object:
    email = f"nina{number}@example.org"
    return await app.people.invite_member.by_hand(uow, email=email, role="staff")


async def _view(_: Application, __: Business, uow: UnitOfWork, number: int) -> object:
    await save_view(uow, "bookings", SavedView(f"View {number}", ""))
    return None


async def _picture(app: Application, _: Business, uow: UnitOfWork, number: int) -> Picture:
    return await app.people.add_picture(uow, EncodedPicture(b"card", b"%d" % number, 9, 9))


async def _venue(app: Application, _: Business, uow: UnitOfWork, number: int) -> object:
    return await app.people.add_venue(uow, NewVenue(f"Field {number}", "UTC", "US"))


async def _closure(app: Application, business: Business, uow: UnitOfWork, number: int) -> object:
    first = wall("2027-06-14T09:00") + number * timedelta(days=1)
    new = NewClosure(first, first + timedelta(hours=1), "Storm")
    return await app.scheduling.close_venue(uow, VenueId(business.offering.venue_id), new)


async def _webhook(app: Application, _: Business, uow: UnitOfWork, number: int) -> object:
    return await ChangeWebhooks(app.ids, app.sealer).add(
        uow, EndpointSpec(f"https://{number}.example.org")
    )


async def _test_email(_: Application, business: Business, uow: UnitOfWork, number: int) -> object:
    organisation = await organisation_by_id(uow.session, business.org_id)
    venue = await venue_by_id(uow.session, business.org_id, VenueId(business.offering.venue_id))
    assert organisation is not None
    assert venue is not None
    language = ("en", "de")[number]
    example = EmailExample("ticket", language, organisation, business.offering, venue)
    return await RequestTestEmail()(uow, example)


async def _channel_test(app: Application, _: Business, uow: UnitOfWork, number: int) -> object:
    return await RequestChannelTest(app.ids)(uow, ("make", "sms")[number])


ADDITIONS = {
    "API keys": Addition("people.actions.issue_api_key.API_KEYS_VALID_MAX", _key),
    "invitations": Addition("people.actions.invite_member.INVITATIONS_OPEN_MAX", _link),
    "invitations of a day": Addition(
        "people.actions.invite_member.INVITATIONS_A_DAY_MAX", _invitation
    ),
    "saved views": Addition("people.actions.save_view.SAVED_VIEWS_MAX", _view),
    "pictures": Addition("people.actions.add_picture.PICTURES_PER_ORGANISATION_MAX", _picture),
    "venues": Addition("people.actions.add_venue.VENUES_MAX", _venue),
    "closures": Addition("scheduling.materialisation.CLOSURES_PER_VENUE_MAX", _closure),
    "webhooks": Addition("messages.actions.change_webhooks.WEBHOOK_ENDPOINTS_MAX", _webhook),
    "tests of e-mails": Addition(
        "messages.actions.send_test_email.TEST_EMAILS_PER_HOUR_MAX", _test_email
    ),
    "tests of channels": Addition(
        "messages.actions.send_channel_test.CHANNEL_TESTS_PER_HOUR_MAX", _channel_test
    ),
}
REFUSALS = (
    InvitedTooOften,
    TooManyApiKeys,
    TooManyClosures,
    TooManyInvitations,
    TooManyPictures,
    TooManyVenues,
    TooManyViews,
    TooManyWebhooks,
)
_VENUES_FOUND = 1


@pytest.fixture
async def owner(app: Application, business: Business) -> RequestContext:
    """One with an address, of a business with a telephone and both channels."""
    account_id = await a_person(app, business.org_id)
    async with app.database.unrestricted.transaction() as session:
        await session.connection.execute(
            "INSERT INTO message_channel"
            " (org_id, channel, url, is_enabled, kinds, acknowledge_minutes)"
            " SELECT $1, unnest('{make,sms}'::text[]), 'https://example.org', true, '{}', 0",
            business.org_id,
        )
        await session.connection.execute("UPDATE organisation SET phone = '+14155550100'")
    return RequestContext(account_principal(account_id, "owner"), app.ids.uuid())


@pytest.mark.parametrize("what", ADDITIONS)
async def test_two_requests_at_once_do_not_pass_a_limit(
    app: Application,
    business: Business,
    owner: RequestContext,
    monkeypatch: pytest.MonkeyPatch,
    what: str,
) -> None:
    """The second waits for the first, or is done before it: then it did not count the first."""
    limit, add = ADDITIONS[what]
    most = 1 + (_VENUES_FOUND if what == "venues" else 0)
    monkeypatch.setattr(f"fullhouse.{limit}", most)

    async def second() -> str:
        try:
            async with app.unit_of_work(owner, business.org_id) as uow:
                return "added" if await add(app, business, uow, 1) != "too_many" else "refused"
        except REFUSALS:
            return "refused"

    async with app.unit_of_work(owner, business.org_id) as uow:
        assert await add(app, business, uow, 0) != "too_many"
        other = asyncio.create_task(second())
        await waits_or_ends(app, other)
    assert await other == "refused"


async def test_deleted_pictures_make_room_and_count_as_kept_until_then(
    app: Application, business: Business, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Adding and deleting again and again keeps no more bytes than the limit."""
    monkeypatch.setattr("fullhouse.people.actions.add_picture.PICTURES_PER_ORGANISATION_MAX", 2)
    for number in range(5):
        async with app.unit_of_work(a_member_of_staff(), business.org_id) as uow:
            added = await _picture(app, business, uow, number)
            await app.people.remove_picture(uow, added.name)
        async with app.database.unrestricted.session() as session:
            assert await session.connection.fetchval("SELECT count(*) FROM picture") <= 2
