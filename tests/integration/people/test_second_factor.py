"""The second factor: one use for each code, guesses that come together, and what is stored."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import pyotp
import pytest
from tests.builders.account_emails import sent_account_emails, token_in
from tests.builders.accounts import ELSEWHERE, HOME, PASSWORD, a_person
from tests.builders.business import Business

from fullhouse.bootstrap.application import Application
from fullhouse.kernel.clock import ManualClock
from fullhouse.kernel.context import GUEST, RequestContext
from fullhouse.kernel.ids import INSTALLATION
from fullhouse.people.actions.reset_password import PasswordReset
from fullhouse.people.actions.sign_in import CodeWanted, SignedIn
from fullhouse.people.errors import (
    NotSignedIn,
    SecondFactorExists,
    SecondFactorRequired,
    SignInLinkSpent,
    SignInLocked,
    WrongCode,
)
from fullhouse.people.limits import (
    PAIR_FAILURES_FREE,
    RECOVERY_CODES,
    RESET_INTERVAL_MINUTES,
    SECOND_FACTOR_MINUTES,
    TOTP_STEP_SECONDS,
)
from fullhouse.people.model import AccountId
from fullhouse.people.model.accounts import SessionClient, parse_login
from fullhouse.people.password_check import Guess
from fullhouse.people.reads.profiles import account_profile
from fullhouse.storage.errors import EncryptionKeyWrong
from fullhouse.storage.sealing import Sealer, new_key

KEY = new_key()


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    """The application of a test has a key of its own."""
    monkeypatch.setenv("FULLHOUSE_ENCRYPTION_KEY", KEY)


async def a_factor(app: Application, account_id: AccountId) -> tuple[str, list[str]]:
    """The secret of a confirmed second factor, and its recovery codes."""
    async with app.unit_of_work(_context(app), INSTALLATION) as uow:
        secret = await app.accounts.begin_second_factor(uow, account_id)
    async with app.unit_of_work(_context(app), INSTALLATION) as uow:
        codes = await app.accounts.confirm_second_factor(uow, account_id, code_of(app, secret))
    clock = app.clock
    assert isinstance(clock, ManualClock)
    clock.advance(timedelta(seconds=TOTP_STEP_SECONDS))
    return secret, codes


def code_of(app: Application, secret: str, steps: int = 0) -> str:
    at = app.clock.now() + timedelta(seconds=steps * TOTP_STEP_SECONDS)
    return pyotp.TOTP(secret).at(at)


def _context(app: Application) -> RequestContext:
    return RequestContext(GUEST, app.ids.uuid())


async def give_password(app: Application) -> SignedIn | CodeWanted:
    guess = Guess(login=parse_login("rosa@example.org"), password=PASSWORD, network=HOME)
    return await app.accounts.sign_in(guess, SessionClient(HOME, ""), context=_context(app))


async def give_code(app: Application, pending: str, code: str, *, network: str = HOME) -> SignedIn:
    return await app.accounts.sign_in.with_code(
        pending, code, SessionClient(network, ""), devices=(), context=_context(app)
    )


async def pending_of(app: Application) -> str:
    wanted = await give_password(app)
    assert isinstance(wanted, CodeWanted)
    return wanted.pending


@pytest.fixture
async def rosa(app: Application, business: Business) -> AccountId:
    return await a_person(app, business.org_id)


async def test_factor_that_was_not_confirmed_is_not_asked_for(
    app: Application, rosa: AccountId
) -> None:
    async with app.unit_of_work(_context(app), INSTALLATION) as uow:
        secret = await app.accounts.begin_second_factor(uow, rosa)
        assert await app.accounts.begin_second_factor(uow, rosa) == secret
        with pytest.raises(WrongCode):
            await app.accounts.confirm_second_factor(uow, rosa, "000000")
    assert isinstance(await give_password(app), SignedIn)


async def test_password_alone_opens_nothing_and_the_code_does(
    app: Application, rosa: AccountId
) -> None:
    secret, _ = await a_factor(app, rosa)
    pending = await pending_of(app)
    signed_in = await give_code(app, pending, code_of(app, secret))
    async with app.database.session() as session:
        at = await session.connection.fetchval(
            "SELECT second_factor_at FROM account_session WHERE session_id = $1",
            signed_in.session.session_id,
        )
    assert at is not None
    async with app.unit_of_work(_context(app), INSTALLATION) as uow:
        with pytest.raises(SecondFactorExists):
            await app.accounts.begin_second_factor(uow, rosa)


async def test_code_is_used_once_and_drifts_by_one_step(app: Application, rosa: AccountId) -> None:
    secret, _ = await a_factor(app, rosa)
    pending = await pending_of(app)
    early = code_of(app, secret, steps=1)
    for code in (code_of(app, secret, steps=2), code_of(app, secret, steps=-2)):
        with pytest.raises(WrongCode):
            await give_code(app, pending, code)
    await give_code(app, pending, f"{early[:3]} {early[3:]}")
    for used in (early, code_of(app, secret), code_of(app, secret, steps=-1)):
        with pytest.raises(WrongCode):
            await give_code(app, pending, used)


async def test_of_many_who_send_one_code_one_gets_in(app: Application, rosa: AccountId) -> None:
    secret, codes = await a_factor(app, rosa)
    pending = await pending_of(app)
    for code in (code_of(app, secret), codes[0]):
        outcomes = await _at_once(app, pending, [code] * 6)
        assert outcomes.count(None) == 1


async def test_guesses_at_a_code_are_locked_also_when_they_come_together(
    app: Application, rosa: AccountId
) -> None:
    secret, _ = await a_factor(app, rosa)
    pending = await pending_of(app)
    outcomes = await _at_once(app, pending, [f"{number:06}" for number in range(60)])
    assert outcomes.count(WrongCode) == PAIR_FAILURES_FREE
    assert outcomes.count(SignInLocked) == 60 - PAIR_FAILURES_FREE
    with pytest.raises(SignInLocked):
        await give_code(app, pending, code_of(app, secret))
    await give_code(app, pending, code_of(app, secret), network=ELSEWHERE)


async def _at_once(
    app: Application, pending: str, codes: Sequence[str]
) -> list[type[Exception] | None]:
    outcomes: list[type[Exception] | None] = []

    async def attempt(code: str) -> None:
        try:
            await give_code(app, pending, code)
        except (WrongCode, SignInLocked) as refused:
            outcomes.append(type(refused))
        else:
            outcomes.append(None)

    async with asyncio.TaskGroup() as group:
        for code in codes:
            group.create_task(attempt(code))
    return outcomes


async def test_each_recovery_code_opens_once(app: Application, rosa: AccountId) -> None:
    _, codes = await a_factor(app, rosa)
    assert len(set(codes)) == RECOVERY_CODES
    pending = await pending_of(app)
    await give_code(app, pending, codes[3].upper().replace("-", " "))
    with pytest.raises(WrongCode):
        await give_code(app, pending, codes[3])
    async with app.unit_of_work(_context(app), INSTALLATION) as uow:
        renewed = await app.accounts.renew_recovery_codes(uow, rosa)
    with pytest.raises(WrongCode):
        await give_code(app, pending, codes[4])
    await give_code(app, pending, renewed[0])


async def test_password_that_was_given_long_ago_or_never_wants_no_code(
    app: Application, rosa: AccountId, clock: ManualClock
) -> None:
    secret, _ = await a_factor(app, rosa)
    pending = await pending_of(app)
    # Not its last character, some of whose bits mean nothing
    for forged in ("", "x", ("A" if pending[0] != "A" else "B") + pending[1:], "ü"):
        with pytest.raises(NotSignedIn):
            await give_code(app, forged, code_of(app, secret))
    clock.advance(timedelta(minutes=SECOND_FACTOR_MINUTES))
    with pytest.raises(NotSignedIn):
        await give_code(app, pending, code_of(app, secret))


async def test_program_sends_the_code_with_the_password(app: Application, rosa: AccountId) -> None:
    secret, _ = await a_factor(app, rosa)
    guess = Guess(login=parse_login("rosa@example.org"), password=PASSWORD, network=HOME)
    client, sign_in = SessionClient(HOME, ""), app.accounts.sign_in
    with pytest.raises(SecondFactorRequired):
        await sign_in.program(guess, client, code="", context=_context(app))
    with pytest.raises(WrongCode):
        await sign_in.program(guess, client, code="123", context=_context(app))
    opened = await sign_in.program(guess, client, code=code_of(app, secret), context=_context(app))
    assert opened.account_id == rosa


async def test_person_is_told_and_removing_it_takes_the_codes_along(
    app: Application, rosa: AccountId
) -> None:
    await a_factor(app, rosa)
    async with app.unit_of_work(_context(app), INSTALLATION) as uow:
        await app.accounts.remove_second_factor(uow, rosa)
    assert isinstance(await give_password(app), SignedIn)
    emails = await sent_account_emails(app)
    assert [email.subject for email in emails] == [
        "You now need a code to sign in",
        "You no longer need a code to sign in",
    ]
    assert {email.recipient for email in emails} == {"rosa@example.org"}
    async with app.database.session() as session:
        assert await session.connection.fetchval("SELECT count(*) FROM recovery_code") == 0


async def test_neither_secret_nor_code_stands_in_the_database(
    app: Application, rosa: AccountId
) -> None:
    secret, codes = await a_factor(app, rosa)
    async with app.database.session() as session:
        rows = await session.connection.fetchval(
            "SELECT (SELECT string_agg(f::text, '') FROM second_factor f)"
            " || (SELECT string_agg(c::text, '') FROM recovery_code c)"
        )
    for text in (secret, codes[0], codes[0].replace("-", "")):
        assert text not in rows
        assert text.encode().hex() not in rows


def test_value_is_opened_by_its_own_key_and_sealed_again_by_the_first() -> None:
    keys = [KEY]
    sealer = Sealer(lambda: keys)
    sealed = sealer.seal(b"secret")
    other = new_key()
    keys.insert(0, other)
    assert sealer.open(sealed) == b"secret"
    again = Sealer(lambda: keys).seal_again(sealed)
    assert Sealer(lambda: [other]).open(again) == b"secret"
    with pytest.raises(EncryptionKeyWrong):
        Sealer(lambda: [other]).open(sealed)
    sealed_later = Sealer(lambda: [other, KEY]).seal(b"by a key that came later")
    late = [KEY]
    running = Sealer(lambda: late)
    running.seal(b"it has read its keys")
    late.insert(0, other)
    assert running.open(sealed_later) == b"by a key that came later"


async def test_code_opens_nothing_of_an_account_that_was_disabled_since_the_password(
    app: Application, business: Business
) -> None:
    rosa = await a_person(app, business.org_id, role="staff")
    secret, _ = await a_factor(app, rosa)
    pending = await pending_of(app)
    async with app.database.unrestricted.session() as session:
        await session.connection.execute("UPDATE account SET disabled_at = now()")
    with pytest.raises(NotSignedIn):
        await give_code(app, pending, code_of(app, secret))
    async with app.database.unrestricted.session() as session:
        assert await session.connection.fetchval("SELECT count(*) FROM account_session") == 0


async def reset(app: Application) -> PasswordReset:
    """The password is reset by the link that the mailbox gets."""
    async with app.unit_of_work(_context(app), INSTALLATION) as uow:
        await app.accounts.request_password_reset(uow, parse_login("rosa@example.org"))
    (*_, email) = await sent_account_emails(app)
    hashed = await app.accounts.hash_new_password(PASSWORD)
    async with app.unit_of_work(_context(app), INSTALLATION) as uow:
        return await app.accounts.reset_password(uow, token_in(email), hashed)


async def is_asked_for_a_code(app: Application) -> bool:
    return isinstance(await give_password(app), CodeWanted)


async def unprove(app: Application) -> None:
    """Nobody has shown that the address is theirs: it was typed by who made the account."""
    async with app.database.unrestricted.session() as session:
        await session.connection.execute("UPDATE account SET email_verified_at = NULL")


async def test_reset_leaves_the_factor_of_a_proven_address(
    app: Application, business: Business
) -> None:
    rosa = await a_person(app, business.org_id)
    await a_factor(app, rosa)
    assert await reset(app) == PasswordReset(rosa, needs_code=True, factor_removed=False)
    assert await is_asked_for_a_code(app)
    assert "You no longer need a code to sign in" not in await _subjects(app)


async def test_who_set_a_factor_on_anothers_address_does_not_lock_the_mailbox_out(
    app: Application, business: Business
) -> None:
    rosa = await a_person(app, business.org_id)
    await unprove(app)
    _, codes = await a_factor(app, rosa)
    pending = await pending_of(app)
    async with app.database.session() as session:
        stranger = await account_profile(session, rosa)
    assert stranger is not None
    async with app.unit_of_work(_context(app), INSTALLATION) as uow:
        await app.accounts.request_email_change(
            uow, stranger, "stranger@example.org", network="198.51.100.7"
        )
    agreed = [
        token_in(email) for email in await sent_account_emails(app) if "/admin/" in email.text
    ]
    assert len(agreed) == 2
    assert await reset(app) == PasswordReset(rosa, needs_code=False, factor_removed=True)
    assert not await is_asked_for_a_code(app)
    with pytest.raises(WrongCode):
        await give_code(app, pending, codes[0])
    for token in agreed:
        with pytest.raises(SignInLinkSpent):
            async with app.unit_of_work(_context(app), INSTALLATION) as uow:
                await app.accounts.agree_to_email_change(uow, token)
    assert "You no longer need a code to sign in" in await _subjects(app)
    await a_factor(app, rosa)
    await reset_later(app)
    assert await is_asked_for_a_code(app), "the address is proven now"


async def reset_later(app: Application) -> None:
    clock = app.clock
    assert isinstance(clock, ManualClock)
    clock.advance(timedelta(minutes=RESET_INTERVAL_MINUTES))
    await reset(app)


async def _subjects(app: Application) -> list[str]:
    return [email.subject for email in await sent_account_emails(app)]


async def test_secret_that_was_begun_before_a_reset_is_never_confirmed(
    app: Application, business: Business
) -> None:
    rosa = await a_person(app, business.org_id)
    async with app.unit_of_work(_context(app), INSTALLATION) as uow:
        seen = await app.accounts.begin_second_factor(uow, rosa)
    assert not (await reset(app)).factor_removed
    async with app.unit_of_work(_context(app), INSTALLATION) as uow:
        assert await app.accounts.begin_second_factor(uow, rosa) != seen


async def test_person_is_told_of_a_new_browser_once_the_code_was_given(
    app: Application, business: Business
) -> None:
    rosa = await a_person(app, business.org_id)
    secret, _ = await a_factor(app, rosa)
    await sent_account_emails(app)
    pending = await pending_of(app)
    assert await sent_account_emails(app, of_new_browsers=True) == []
    await give_code(app, pending, code_of(app, secret))
    (told,) = await sent_account_emails(app, of_new_browsers=True)
    assert told.subject == "You signed in with a new browser"
