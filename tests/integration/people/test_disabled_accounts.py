"""Accounts that are disabled, and sessions that somebody else ended, open nothing."""

import asyncio
from collections.abc import Coroutine
from datetime import timedelta

import pytest
from tests.builders.account_emails import sent_account_emails, token_in
from tests.builders.accounts import HOME, PASSWORD, a_person, a_sign_in
from tests.builders.business import Business, a_business

from fullhouse.bootstrap.application import Application
from fullhouse.kernel.clock import ManualClock
from fullhouse.kernel.context import OPERATOR, RequestContext
from fullhouse.kernel.ids import INSTALLATION, OrgId
from fullhouse.people.errors import (
    AccountIsDisabled,
    LastOperator,
    LastOwner,
    NotSignedIn,
    SessionEnded,
    SignInLinkSpent,
    UnknownMember,
    WrongCredentials,
)
from fullhouse.people.model import AccountId
from fullhouse.people.model.account_acts import AccountAct
from fullhouse.people.model.accounts import AccountSession, SessionClient, SessionKind, parse_login
from fullhouse.people.password_check import Guess
from fullhouse.people.reads.sessions import account_session, memberships_of
from fullhouse.people.updates import OpenedApiSession

NINA = "nina@example.org"
Sessions = tuple[tuple[str, SessionKind], ...]


def context(app: Application) -> RequestContext:
    return RequestContext(OPERATOR, app.ids.uuid())


async def disable(app: Application, account_id: AccountId) -> None:
    async with app.unit_of_work(context(app), INSTALLATION) as uow:
        await app.people.operate_account(uow, account_id, AccountAct.DISABLE)


async def enable(app: Application, account_id: AccountId) -> None:
    async with app.unit_of_work(context(app), INSTALLATION) as uow:
        await app.people.operate_account(uow, account_id, AccountAct.ENABLE)


async def end_sessions_at(app: Application, org_id: OrgId, account_id: AccountId) -> None:
    async with app.unit_of_work(context(app), org_id) as uow:
        await app.people.change_team.end_sessions(uow, account_id)


async def make_operator(app: Application, account_id: AccountId) -> None:
    async with app.unit_of_work(context(app), INSTALLATION) as uow:
        await app.people.set_operator(uow, account_id, is_operator=True)


async def a_program(app: Application) -> OpenedApiSession:
    guess = Guess(login=parse_login("rosa@example.org"), password=PASSWORD, network=HOME)
    return await app.accounts.sign_in.program(
        guess, SessionClient(HOME, "a till"), code="", context=context(app)
    )


async def opened(
    app: Application, token: str, org_id: OrgId = INSTALLATION, *, kind: SessionKind = "pages"
) -> AccountSession | None:
    async with app.database.session() as session:
        return await account_session(session, token, org_id, kind=kind, now=app.clock.now())


async def events_of(app: Application, account_id: AccountId) -> list[str]:
    async with app.database.unrestricted.session() as session:
        rows = await session.connection.fetch(
            "SELECT kind FROM event WHERE subject = $1 ORDER BY seq", account_id
        )
    return [row["kind"] for row in rows]


@pytest.fixture
async def rosa(app: Application, business: Business) -> AccountId:
    """She works for a business that Nina owns."""
    await a_person(app, business.org_id, email=NINA, name="Nina")
    return await a_person(app, business.org_id, role="staff")


async def test_account_that_is_disabled_opens_nothing_and_its_owner_is_told(
    app: Application, business: Business, rosa: AccountId
) -> None:
    browser, program = await a_sign_in(app), await a_program(app)
    async with app.unit_of_work(context(app), INSTALLATION) as uow:
        await app.accounts.request_password_reset(uow, parse_login("rosa@example.org"))
    (reset,) = await sent_account_emails(app)
    async with app.unit_of_work(context(app), business.org_id) as uow:
        link = await app.people.issue_sign_in_link(uow, rosa)
    await disable(app, rosa)
    await disable(app, rosa)  # it stays so, and nobody is told twice
    (told,) = await sent_account_emails(app)
    assert (told.recipient, told.subject) == ("rosa@example.org", "Your account was disabled")
    for state in ("disabled", "enabled"):
        if state == "enabled":
            await enable(app, rosa)
        assert await opened(app, browser.session.token) is None, state
        assert await opened(app, program.tokens.access, kind="api") is None, state
        with pytest.raises(SessionEnded):
            await app.accounts.refresh_session(
                program.tokens.refresh, SessionClient(HOME, "a till"), context=context(app)
            )
        hashed = await app.accounts.hash_new_password("a lantern in the old barn")
        with pytest.raises(SignInLinkSpent):
            async with app.unit_of_work(context(app), INSTALLATION) as uow:
                await app.accounts.reset_password(uow, token_in(reset), hashed)
        with pytest.raises(SignInLinkSpent):
            async with app.unit_of_work(context(app), business.org_id) as uow:
                await app.people.redeem_sign_in_link(uow, link.token)
    assert await opened(app, (await a_sign_in(app)).session.token) is not None
    assert [one.subject for one in await sent_account_emails(app)] == ["Your account works again"]
    kinds = await events_of(app, rosa)
    assert [kind for kind in kinds if kind.startswith("Account")] == [
        "AccountSignedIn",
        "AccountSignedIn",
        "AccountDisabled",
        "AccountEnabled",
        "AccountSignedIn",
    ]


async def test_no_way_in_opens_a_session_of_an_account_that_is_disabled(
    app: Application, business: Business, rosa: AccountId
) -> None:
    await disable(app, rosa)
    with pytest.raises(WrongCredentials):
        await a_sign_in(app)
    with pytest.raises(WrongCredentials):
        await a_program(app)
    with pytest.raises(AccountIsDisabled):
        async with app.unit_of_work(context(app), business.org_id) as uow:
            await app.people.issue_sign_in_link(uow, rosa)
    async with app.database.unrestricted.session() as session:
        await session.connection.execute(
            "INSERT INTO sign_in_link (org_id, token_hash, account_id, expires_at)"
            " VALUES ($1, sha256('made before'), $2, $3)",
            business.org_id,
            rosa,
            app.clock.now() + timedelta(hours=1),
        )
    with pytest.raises(NotSignedIn):
        async with app.unit_of_work(context(app), business.org_id) as uow:
            await app.people.redeem_sign_in_link(uow, "made before")
    async with app.unit_of_work(context(app), INSTALLATION) as uow:
        await app.accounts.request_password_reset(uow, parse_login("rosa@example.org"))
        await app.accounts.request_sign_up(uow, "rosa@example.org", network=HOME, locale="en")
    assert [one.subject for one in await sent_account_emails(app)] == ["Your account was disabled"]
    async with app.database.unrestricted.session() as session:
        assert await session.connection.fetchval("SELECT count(*) FROM account_session") == 0


async def test_link_of_an_e_mail_that_waits_is_not_made_for_an_account_that_is_disabled(
    app: Application, rosa: AccountId
) -> None:
    async with app.unit_of_work(context(app), INSTALLATION) as uow:
        await app.accounts.request_password_reset(uow, parse_login("rosa@example.org"))
    await disable(app, rosa)
    assert [one.subject for one in await sent_account_emails(app)] == ["Your account was disabled"]


async def test_business_keeps_an_owner_who_can_sign_in(
    app: Application, business: Business
) -> None:
    rosa = await a_person(app, business.org_id)
    with pytest.raises(LastOwner):
        await disable(app, rosa)
    nina = await a_person(app, business.org_id, email=NINA, name="Nina")
    await disable(app, nina)
    members = app.people.change_member
    with pytest.raises(LastOwner):
        async with app.unit_of_work(context(app), business.org_id) as uow:
            await members.remove(uow, rosa)
    with pytest.raises(LastOwner):
        async with app.unit_of_work(context(app), business.org_id) as uow:
            await members.role(uow, rosa, "staff")
    with pytest.raises(LastOwner):
        await disable(app, rosa)
    assert await opened(app, (await a_sign_in(app)).session.token) is not None
    await enable(app, nina)
    await disable(app, rosa)


async def test_of_two_owners_who_are_disabled_at_once_one_stays(
    app: Application, business: Business
) -> None:
    rosa = await a_person(app, business.org_id)
    nina = await a_person(app, business.org_id, email=NINA, name="Nina")
    outcomes = await _together(disable(app, rosa), disable(app, nina))
    assert sorted(outcomes) == sorted(["None", str(LastOwner())])


async def test_owner_who_is_disabled_while_the_other_is_removed_or_not_leaves_one(
    app: Application, business: Business
) -> None:
    rosa = await a_person(app, business.org_id)
    nina = await a_person(app, business.org_id, email=NINA, name="Nina")

    async def remove() -> None:
        async with app.unit_of_work(context(app), business.org_id) as uow:
            await app.people.change_member.remove(uow, nina)

    outcomes = await _together(disable(app, rosa), remove())
    assert sorted(outcomes) == sorted(["None", str(LastOwner())])


async def test_installation_keeps_an_operator_who_can_sign_in(
    app: Application, business: Business
) -> None:
    await a_person(app, business.org_id, email="olaf@example.org", name="Olaf")
    rosa = await a_person(app, business.org_id, role="staff")
    nina = await a_person(app, business.org_id, email=NINA, name="Nina", role="staff")
    await make_operator(app, rosa)
    with pytest.raises(LastOperator):
        await disable(app, rosa)
    await make_operator(app, nina)
    outcomes = await _together(disable(app, rosa), disable(app, nina))
    assert sorted(outcomes) == sorted(["None", str(LastOperator())])


async def _together(*changes: Coroutine[None, None, None]) -> list[str]:
    """What each came to: `None`, or its error."""

    async def outcome(change: Coroutine[None, None, None]) -> str:
        try:
            await change
        except (LastOwner, LastOperator) as error:
            return str(error)
        return "None"

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(outcome(change)) for change in changes]
    return [task.result() for task in tasks]


async def test_owner_ends_what_a_members_sessions_open_at_her_business_alone(
    app: Application, business: Business, rosa: AccountId, clock: ManualClock
) -> None:
    other = await a_business(app.database, app.clock, app.ids, slug="rival")
    async with app.unit_of_work(context(app), other.org_id) as uow:
        await app.people.grant_role.set_role(uow, rosa, "staff")
    browser, program = await a_sign_in(app), await a_program(app)
    async with app.unit_of_work(context(app), business.org_id) as uow:
        link = await app.people.issue_sign_in_link(uow, rosa)
    clock.advance(timedelta(seconds=1))
    await end_sessions_at(app, business.org_id, rosa)
    sessions: Sessions = ((browser.session.token, "pages"), (program.tokens.access, "api"))
    for token, kind in sessions:
        here = await opened(app, token, business.org_id, kind=kind)
        there = await opened(app, token, other.org_id, kind=kind)
        assert (here and here.role, there and there.role) == (None, "staff")
    renewed = await app.accounts.refresh_session(
        program.tokens.refresh, SessionClient(HOME, "a till"), context=context(app)
    )
    still = await opened(app, renewed.access, business.org_id, kind="api")
    assert still is not None
    assert still.role is None, "a new token of the same session is no sign-in"
    with pytest.raises(SignInLinkSpent):
        async with app.unit_of_work(context(app), business.org_id) as uow:
            await app.people.redeem_sign_in_link(uow, link.token)
    (told,) = await sent_account_emails(app)
    assert told.recipient == "rosa@example.org"
    assert "signed out at Meadow Farm" in told.subject, told.subject
    clock.advance(timedelta(seconds=1))
    anew = await opened(app, (await a_sign_in(app)).session.token, business.org_id)
    assert anew is not None
    assert anew.role == "staff"
    assert "SessionsEnded" in await events_of(app, rosa)


async def test_sessions_of_who_is_no_member_are_not_ended(
    app: Application, business: Business
) -> None:
    other = await a_business(app.database, app.clock, app.ids, slug="rival")
    stranger = await a_person(app, other.org_id)
    browser = await a_sign_in(app)
    with pytest.raises(UnknownMember):
        await end_sessions_at(app, business.org_id, stranger)
    there = await opened(app, browser.session.token, other.org_id)
    assert there is not None
    assert there.role == "owner"


async def test_membership_that_is_taken_away_is_gone_from_sessions_and_profiles_at_once(
    app: Application, business: Business, rosa: AccountId
) -> None:
    browser, program = await a_sign_in(app), await a_program(app)
    assert len((await app.profiles.profile(rosa)).memberships) == 1
    async with app.unit_of_work(context(app), business.org_id) as uow:
        await app.people.change_team.remove(uow, rosa)
    sessions: Sessions = ((browser.session.token, "pages"), (program.tokens.access, "api"))
    for token, kind in sessions:
        found = await opened(app, token, business.org_id, kind=kind)
        assert found is not None
        assert found.role is None
    assert (await app.profiles.profile(rosa)).memberships == ()
    async with app.database.session() as session:
        assert await memberships_of(session, rosa) == []
    (told,) = await sent_account_emails(app)
    assert told.subject.startswith("You no longer work with "), told.subject


async def test_operator_ends_every_session_of_a_person(app: Application, rosa: AccountId) -> None:
    browser, program = await a_sign_in(app), await a_program(app)
    async with app.unit_of_work(context(app), INSTALLATION) as uow:
        assert await app.people.operate_account.end_sessions(uow, rosa) == 2
        assert await app.people.operate_account.end_sessions(uow, rosa) == 0
    assert await opened(app, browser.session.token) is None
    assert await opened(app, program.tokens.access, kind="api") is None
    assert [one.subject for one in await sent_account_emails(app)] == ["You have been signed out"]
    assert await opened(app, (await a_sign_in(app)).session.token) is not None
