"""Links by e-mail: reset, invitation, change of address; and who may remove whom."""

import asyncio
from contextlib import suppress
from datetime import timedelta
from uuid import UUID

import pytest
from tests.builders.account_emails import sent_account_emails, token_in
from tests.builders.accounts import ELSEWHERE, PASSWORD, WRONG, a_person, a_sign_in
from tests.builders.business import Business
from tests.builders.statement_counts import added, statements

from fullhouse.bootstrap.application import Application
from fullhouse.kernel.clock import ManualClock
from fullhouse.kernel.context import GUEST, RequestContext
from fullhouse.kernel.ids import INSTALLATION
from fullhouse.people.actions import invite_member
from fullhouse.people.errors import (
    AlreadyMember,
    EmailTaken,
    InvitedTooOften,
    LastOwner,
    SessionEnded,
    SignInLinkSpent,
    UnknownMember,
    WrongCredentials,
)
from fullhouse.people.limits import (
    EMAIL_CHANGE_HOURS,
    INVITATION_DAYS,
    INVITATIONS_TO_ADDRESS_A_DAY_MAX,
    LOGIN_FAILURES_FREE,
    RESET_INTERVAL_MINUTES,
    RESET_LINK_MINUTES,
)
from fullhouse.people.model import AccountId
from fullhouse.people.model.accounts import parse_login
from fullhouse.people.model.invitations import WorkRole
from fullhouse.people.reads.accounts import members, sessions_of
from fullhouse.people.reads.profiles import account_profile

NEW = "a lantern in the old barn"
LOGIN = "rosa@example.org"


def context(app: Application) -> RequestContext:
    return RequestContext(GUEST, app.ids.uuid())


async def ask_for_reset(app: Application, login: str = LOGIN) -> None:
    async with app.unit_of_work(context(app), INSTALLATION) as uow:
        await app.accounts.request_password_reset(uow, parse_login(login))


async def reset(app: Application, token: str, password: str = NEW) -> AccountId:
    hashed = await app.accounts.hash_new_password(password)
    async with app.unit_of_work(context(app), INSTALLATION) as uow:
        return (await app.accounts.reset_password(uow, token, hashed)).account_id


@pytest.fixture
async def rosa(app: Application, business: Business) -> AccountId:
    return await a_person(app, business.org_id)


async def test_reset_gives_another_password_once_and_ends_all_sessions(
    app: Application, rosa: AccountId
) -> None:
    signed_in = await a_sign_in(app)
    await ask_for_reset(app)
    (email,) = await sent_account_emails(app)
    assert (email.recipient, email.subject) == (LOGIN, "Reset your password")
    token = token_in(email)
    assert await reset(app, token) == rosa
    with pytest.raises(SignInLinkSpent):
        await reset(app, token)
    with pytest.raises(WrongCredentials):
        await a_sign_in(app)
    await a_sign_in(app, password=NEW)
    async with app.database.session() as session:
        left = await sessions_of(session, rosa, token=signed_in.session.token, now=app.clock.now())
    assert [one.is_this for one in left] == [False], "only the one that began just now"
    assert [email.subject for email in await sent_account_emails(app)] == [
        "Your password has changed"
    ]


async def test_person_is_told_of_a_sign_in_by_a_one_time_link(
    app: Application, business: Business, rosa: AccountId
) -> None:
    async with app.unit_of_work(context(app), business.org_id) as uow:
        link = await app.people.issue_sign_in_link(uow, rosa)
    assert await sent_account_emails(app) == []
    for _ in range(2):
        with suppress(SignInLinkSpent):
            async with app.unit_of_work(context(app), business.org_id) as uow:
                await app.people.redeem_sign_in_link(uow, link.token)
    (told,) = await sent_account_emails(app)
    assert told.recipient == LOGIN
    assert told.subject == "Somebody signed in to your account with a one-time link"


async def test_reset_is_open_while_the_account_is_locked(app: Application, rosa: AccountId) -> None:
    for network in range(LOGIN_FAILURES_FREE):
        with pytest.raises(WrongCredentials):
            await a_sign_in(app, password=WRONG, network=f"192.0.2.{network}")
    await ask_for_reset(app)
    (email,) = await sent_account_emails(app)
    assert await reset(app, token_in(email)) == rosa


async def test_request_for_an_unknown_login_runs_the_same_and_sends_nothing(
    app: Application, rosa: AccountId
) -> None:
    assert isinstance(rosa, UUID)
    await ask_for_reset(app, "somebody@example.org")  # the connection has its organisation
    counts = []
    for login in (LOGIN, "nobody@example.org", "nonsense", "1-2345-45678-78-1"):
        before = statements(app)
        await ask_for_reset(app, login)
        counts.append(len(added(before, statements(app))))
    assert set(counts) == {counts[0]}
    assert counts[0] > 0
    assert [email.recipient for email in await sent_account_emails(app)] == [LOGIN]


async def test_many_requests_send_one_e_mail_in_ten_minutes(
    app: Application, rosa: AccountId, clock: ManualClock
) -> None:
    assert isinstance(rosa, UUID)
    for _ in range(5):
        await ask_for_reset(app)
    assert len(await sent_account_emails(app)) == 1
    clock.advance(timedelta(minutes=RESET_INTERVAL_MINUTES))
    await ask_for_reset(app)
    assert len(await sent_account_emails(app)) == 1


async def test_reset_link_ends_after_an_hour_and_of_two_at_once_one_works(
    app: Application, rosa: AccountId, clock: ManualClock
) -> None:
    await ask_for_reset(app)
    (late,) = await sent_account_emails(app)
    clock.advance(timedelta(minutes=RESET_LINK_MINUTES))
    with pytest.raises(SignInLinkSpent):
        await reset(app, token_in(late))
    await ask_for_reset(app)
    (email,) = await sent_account_emails(app)
    outcomes: list[AccountId | None] = []

    async def attempt() -> None:
        try:
            outcomes.append(await reset(app, token_in(email)))
        except SignInLinkSpent:
            outcomes.append(None)

    async with asyncio.TaskGroup() as group:
        for _ in range(6):
            group.create_task(attempt())
    assert outcomes.count(rosa) == 1


async def test_address_changes_when_both_sides_have_agreed(
    app: Application, rosa: AccountId
) -> None:
    await _request_change(app, rosa, "rosa@new.example")
    new, old = sorted(await sent_account_emails(app), key=lambda email: email.recipient)[::-1]
    assert {new.recipient, old.recipient} == {"rosa@new.example", LOGIN}
    first, second = token_in(new), token_in(old)
    assert not await _agree(app, first)
    assert await _email_of(app, rosa) == LOGIN
    with pytest.raises(SignInLinkSpent):
        await _agree(app, first)
    assert await _agree(app, second)
    assert await _email_of(app, rosa) == "rosa@new.example"
    (told,) = await sent_account_emails(app)
    assert (told.recipient, told.subject) == (LOGIN, "Your e-mail address has changed")


async def test_change_of_address_can_be_replaced_ends_and_takes_no_other_ones_address(
    app: Application, business: Business, rosa: AccountId, *, clock: ManualClock
) -> None:
    await a_person(app, business.org_id, email="ben@example.org", name="Ben")
    await _request_change(app, rosa, "first@new.example")
    earlier = await sent_account_emails(app)
    await _request_change(app, rosa, "ben@example.org")
    for email in earlier:
        with pytest.raises(SignInLinkSpent):
            await _agree(app, token_in(email))
    to_ben, to_rosa = sorted(await sent_account_emails(app), key=lambda email: email.recipient)
    await _agree(app, token_in(to_rosa))
    with pytest.raises(EmailTaken):
        await _agree(app, token_in(to_ben))
    assert await _email_of(app, rosa) == LOGIN
    await _request_change(app, rosa, "late@new.example")
    late = await sent_account_emails(app)
    clock.advance(timedelta(hours=EMAIL_CHANGE_HOURS))
    with pytest.raises(SignInLinkSpent):
        await _agree(app, token_in(late[0]))


async def _request_change(app: Application, account_id: AccountId, email: str) -> None:
    async with app.unit_of_work(context(app), INSTALLATION) as uow:
        account = await account_profile(uow.session, account_id)
        assert account is not None
        await app.accounts.request_email_change(uow, account, email, network="198.51.100.7")


async def _agree(app: Application, token: str) -> bool:
    async with app.unit_of_work(context(app), INSTALLATION) as uow:
        return await app.accounts.agree_to_email_change(uow, token)


async def _email_of(app: Application, account_id: AccountId) -> str | None:
    async with app.database.session() as session:
        account = await account_profile(session, account_id)
    assert account is not None
    return account.email


async def _invite(
    app: Application, business: Business, email: str = "nina@example.org", role: WorkRole = "staff"
) -> str:
    async with app.unit_of_work(context(app), business.org_id) as uow:
        await app.people.invite_member(uow, email=email, role=role)
    (*_, sent) = await sent_account_emails(app)
    assert sent.recipient == email
    return token_in(sent)


async def _accept(app: Application, business: Business, token: str) -> AccountId:
    hashed = await app.accounts.hash_new_password(NEW)
    async with app.unit_of_work(context(app), business.org_id) as uow:
        return await app.people.accept_invitation.by_new_account(
            uow, token, name="Nina", password_hash=hashed
        )


async def test_invitation_makes_a_member_with_a_password_once(
    app: Application, business: Business
) -> None:
    token = await _invite(app, business, role="admin")
    account_id = await _accept(app, business, token)
    with pytest.raises(SignInLinkSpent):
        await _accept(app, business, token)
    assert (await a_sign_in(app, "nina@example.org", NEW)).session.account_id == account_id
    async with app.database.session() as session:
        (nina,) = await members(session, business.org_id)
    assert (nina.name, nina.role) == ("Nina", "admin")
    async with app.unit_of_work(context(app), business.org_id) as uow:
        with pytest.raises(AlreadyMember):
            await app.people.invite_member(uow, email="nina@example.org", role="staff")


async def test_nobody_is_invited_by_e_mail_without_end(
    app: Application, business: Business, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def invite(email: str) -> None:
        async with app.unit_of_work(context(app), business.org_id) as uow:
            await app.people.invite_member(uow, email=email, role="staff")

    for _ in range(INVITATIONS_TO_ADDRESS_A_DAY_MAX):
        await invite("nina@example.org")
    with pytest.raises(InvitedTooOften) as refused:
        await invite("nina@example.org")
    assert refused.value.limit == INVITATIONS_TO_ADDRESS_A_DAY_MAX
    monkeypatch.setattr(invite_member, "INVITATIONS_A_DAY_MAX", refused.value.limit + 1)
    await invite("otto@example.org")
    with pytest.raises(InvitedTooOften):
        await invite("pia@example.org")
    async with app.unit_of_work(context(app), business.org_id) as uow:
        await app.people.invite_member.by_hand(uow, email="pia@example.org", role="staff")
    clock.advance(timedelta(days=1, seconds=1))
    await invite("nina@example.org")


async def test_invitation_sets_no_password_of_an_account_that_exists(
    app: Application, business: Business, rosa: AccountId
) -> None:
    async with app.unit_of_work(context(app), business.org_id) as uow:
        await a_second_owner(app, business)
        await app.people.change_member.remove(uow, rosa)
    token = await _invite(app, business, LOGIN)
    with pytest.raises(EmailTaken):
        await _accept(app, business, token)
    await a_sign_in(app, password=PASSWORD)
    async with app.unit_of_work(context(app), business.org_id) as uow:
        await app.people.accept_invitation.by_account(uow, token, rosa)


async def test_of_two_who_accept_at_once_one_does(app: Application, business: Business) -> None:
    token = await _invite(app, business)
    results = await _settled(_accept(app, business, token), _accept(app, business, token))
    assert [type(one) for one in results if one is not None] == [SignInLinkSpent]


async def test_an_invitation_for_another_address_takes_no_role_away(
    app: Application, business: Business, rosa: AccountId
) -> None:
    async def accept(role: WorkRole, account_id: AccountId) -> str:
        token = await _invite(app, business, f"{role}@example.org", role=role)
        async with app.unit_of_work(context(app), business.org_id) as uow:
            await app.people.accept_invitation.by_account(uow, token, account_id)
        async with app.database.session() as session:
            found = await members(session, business.org_id)
        return next(one.role for one in found if one.account_id == account_id)

    # The only owner opens a link that was meant for somebody else
    assert await accept("staff", rosa) == "owner"
    nina = await _accept(app, business, await _invite(app, business, role="staff"))
    assert await accept("admin", nina) == "admin"
    assert await accept("staff", nina) == "admin"


async def a_second_owner(app: Application, business: Business) -> AccountId:
    return await a_person(app, business.org_id, email="olaf@example.org", name="Olaf")


async def test_invitation_ends_by_time_by_another_one_and_when_it_is_taken_back(
    app: Application, business: Business, clock: ManualClock
) -> None:
    late = await _invite(app, business)
    clock.advance(timedelta(days=INVITATION_DAYS))
    replaced = await _invite(app, business)
    revoked = await _invite(app, business)
    async with app.database.unrestricted.session() as session:
        invitation_id = await session.connection.fetchval(
            "SELECT invitation_id FROM invitation WHERE revoked_at IS NULL"
        )
    async with app.unit_of_work(context(app), business.org_id) as uow:
        await app.people.revoke_invitation(uow, invitation_id)
    for token in (late, replaced, revoked, "never issued"):
        with pytest.raises(SignInLinkSpent):
            await _accept(app, business, token)


async def test_last_owner_stays_and_of_two_who_remove_each_other_one_does(
    app: Application, business: Business, rosa: AccountId
) -> None:
    async with app.unit_of_work(context(app), business.org_id) as uow:
        for change in (
            app.people.change_member.remove(uow, rosa),
            app.people.change_member.role(uow, rosa, "admin"),
        ):
            with pytest.raises(LastOwner):
                await change
        with pytest.raises(UnknownMember):
            await app.people.change_member.remove(uow, AccountId(app.ids.uuid()))
    olaf = await a_second_owner(app, business)

    async def remove(account_id: AccountId) -> None:
        async with app.unit_of_work(context(app), business.org_id) as uow:
            await app.people.change_member.remove(uow, account_id)

    results = await _settled(remove(rosa), remove(olaf))
    assert [type(one) for one in results if one is not None] == [LastOwner]
    async with app.database.session() as session:
        assert len(await members(session, business.org_id)) == 1


async def _settled(*coroutines: object) -> list[BaseException | None]:
    tasks = [asyncio.ensure_future(one) for one in coroutines]  # type: ignore[call-overload]  # any
    await asyncio.wait(tasks)
    return [task.exception() for task in tasks]


async def test_person_ends_her_own_sessions_and_nobody_elses(
    app: Application, business: Business, rosa: AccountId
) -> None:
    await a_person(app, business.org_id, email="ben@example.org", name="Ben")
    this, other = await a_sign_in(app), await a_sign_in(app, network=ELSEWHERE)
    bens = await a_sign_in(app, "ben@example.org")
    async with app.unit_of_work(context(app), INSTALLATION) as uow:
        with pytest.raises(SessionEnded):
            await app.accounts.end_sessions.one(uow, rosa, bens.session.session_id)
        await app.accounts.end_sessions.one(uow, rosa, other.session.session_id)
    await a_sign_in(app, network=ELSEWHERE)
    async with app.unit_of_work(context(app), INSTALLATION) as uow:
        await app.accounts.end_sessions.others(uow, rosa, token=this.session.token)
    async with app.database.session() as session:
        left = await sessions_of(session, rosa, token=this.session.token, now=app.clock.now())
    assert [(one.session_id, one.is_this) for one in left] == [(this.session.session_id, True)]


async def test_no_token_of_a_link_stands_in_a_row(app: Application, business: Business) -> None:
    await a_person(app, business.org_id)
    await ask_for_reset(app)
    (email,) = await sent_account_emails(app)
    invited = await _invite(app, business)
    async with app.database.unrestricted.session() as session:
        rows = await session.connection.fetchval(
            "SELECT (SELECT string_agg(l::text, '') FROM account_link l)"
            " || (SELECT string_agg(i::text, '') FROM invitation i)"
            " || (SELECT string_agg(e::text, '') FROM effect e)"
            " || (SELECT string_agg(e::text, '') FROM event e)"
        )
    for token in (token_in(email), invited):
        assert token not in rows
