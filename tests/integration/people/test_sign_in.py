"""Signing in with a password: who gets in, what a guesser learns, and who is locked."""

import asyncio
import time
from collections.abc import Sequence
from datetime import timedelta

import argon2
import pytest
from structlog.testing import capture_logs
from tests.builders.account_emails import sent_account_emails
from tests.builders.accounts import ELSEWHERE, HOME, PASSWORD, WRONG, a_person, a_sign_in
from tests.builders.business import Business
from tests.builders.statement_counts import added, statements

from fullhouse.bootstrap.application import Application
from fullhouse.kernel.clock import ManualClock
from fullhouse.kernel.ids import INSTALLATION
from fullhouse.people import password_hasher
from fullhouse.people.actions.prune_sign_ins import PruneSignIns
from fullhouse.people.errors import SignInBusy, SignInLocked, WrongCredentials
from fullhouse.people.limits import (
    DEVICE_FAILURES_FREE,
    FAILURES_FORGOTTEN_HOURS,
    HASHES_AT_ONCE_MAX,
    LOCK_SECONDS_FIRST,
    LOGIN_FAILURES_FREE,
    PAIR_FAILURES_FREE,
    SIGN_INS_WAITING_MAX,
)
from fullhouse.people.password_hasher import needs_rehash
from fullhouse.people.reads.sessions import account_session


async def fail(
    app: Application, times: int, *, login: str = "rosa@example.org", network: str = HOME
) -> None:
    for number in range(times):
        with pytest.raises(WrongCredentials):
            await a_sign_in(app, login, f"{WRONG} {number}", network=network)


async def test_password_opens_a_session_that_belongs_to_the_person(
    app: Application, business: Business
) -> None:
    account_id = await a_person(app, business.org_id, role="staff")
    signed_in = await a_sign_in(app, " Rosa@Example.org ")
    async with app.database.session() as session:
        at_work = await account_session(
            session, signed_in.session.token, business.org_id, now=app.clock.now()
        )
        elsewhere = await account_session(
            session, signed_in.session.token, INSTALLATION, now=app.clock.now()
        )
    assert at_work is not None
    assert (at_work.account_id, at_work.role) == (account_id, "staff")
    assert elsewhere is not None
    assert elsewhere.role is None


async def test_every_sign_in_makes_another_token(app: Application, business: Business) -> None:
    await a_person(app, business.org_id)
    tokens = {(await a_sign_in(app)).session.token for _ in range(3)}
    assert len(tokens) == 3


@pytest.mark.parametrize(
    ("login", "password"),
    [
        ("rosa@example.org", WRONG),
        ("rosa@example.org", ""),
        ("rosa@example.org", PASSWORD + "\x00"),
        ("rosa@example.org", PASSWORD.upper()),
        ("rosa@example.org", "w" * 10_000_000),
        ("nobody@example.org", PASSWORD),
        ("r\u043esa@example.org", PASSWORD),  # a Cyrillic letter
        ("rosa@example.org\x00", PASSWORD),
        ("", PASSWORD),
        ("1-2345-45678-78-1", PASSWORD),
    ],
)
async def test_wrong_login_or_password_is_one_answer(
    app: Application, business: Business, login: str, password: str
) -> None:
    await a_person(app, business.org_id)
    with pytest.raises(WrongCredentials) as refused:
        await a_sign_in(app, login, password)
    assert refused.value.details == {}
    assert refused.value.detail == WrongCredentials.message


async def test_failed_sign_in_is_logged_without_what_was_typed(
    app: Application, business: Business
) -> None:
    account_id = await a_person(app, business.org_id)
    with capture_logs() as lines:
        await fail(app, 1)
        await fail(app, 1, login="nobody@example.org", network=ELSEWHERE)
    noted = [line for line in lines if line["event"] == "people.sign_in_failed"]
    assert [(line["account"], line["client"]) for line in noted] == [
        (str(account_id), HOME),
        (None, ELSEWHERE),
    ]
    assert "example.org" not in repr(lines)
    assert WRONG not in repr(lines)


async def test_answer_takes_as_long_whether_or_not_somebody_has_the_login(
    app: Application, business: Business
) -> None:
    await a_person(app, business.org_id)
    seconds: dict[str, list[float]] = {"rosa@example.org": [], "nobody@example.org": []}
    for _ in range(PAIR_FAILURES_FREE):  # in turns, so that what else the machine does meets both
        for login, taken in seconds.items():
            began = time.process_time()  # whatever else the machine does
            with pytest.raises(WrongCredentials):
                await a_sign_in(app, login, WRONG)
            taken.append(time.process_time() - began)
    # The fastest of each: what else the machine did meanwhile only makes one slower
    known, unknown = map(min, seconds.values())
    assert 0.6 < known / unknown < 1.7, (known, unknown)


async def test_same_statements_run_whether_or_not_somebody_has_the_login(
    app: Application, business: Business
) -> None:
    await a_person(app, business.org_id)
    counts = []
    for login in ("rosa@example.org", "nobody@example.org", "nonsense", "1-2345-45678-78-1"):
        before = statements(app)
        with pytest.raises(WrongCredentials):
            await a_sign_in(app, login, WRONG)
        counts.append(len(added(before, statements(app))))
    assert set(counts) == {4}


async def test_hash_of_outdated_parameters_is_replaced_at_the_next_sign_in(
    app: Application, business: Business
) -> None:
    account_id = await a_person(app, business.org_id)
    outdated = argon2.PasswordHasher(time_cost=1, memory_cost=64, parallelism=1).hash(PASSWORD)
    async with app.database.unrestricted.session() as session:
        await session.connection.execute("UPDATE account SET password_hash = $1", outdated)
    await a_sign_in(app)
    async with app.database.unrestricted.session() as session:
        stored = await session.connection.fetchrow(
            "SELECT password_hash, version FROM account WHERE account_id = $1", account_id
        )
    assert stored is not None
    assert not needs_rehash(stored["password_hash"])
    assert stored["version"] == 3, "nothing that anybody edits has changed"
    await a_sign_in(app)


async def test_disabled_account_is_not_told_from_a_wrong_password(
    app: Application, business: Business
) -> None:
    await a_person(app, business.org_id)
    signed_in = await a_sign_in(app)
    async with app.database.unrestricted.session() as session:
        await session.connection.execute("UPDATE account SET disabled_at = now()")
        with pytest.raises(WrongCredentials):
            await a_sign_in(app)
        ended = await account_session(
            session, signed_in.session.token, INSTALLATION, now=app.clock.now()
        )
    assert ended is None


async def test_guesser_is_locked_for_twice_as_long_each_time_and_others_are_not(
    app: Application, business: Business, clock: ManualClock
) -> None:
    await a_person(app, business.org_id)
    await fail(app, PAIR_FAILURES_FREE)
    for seconds in (LOCK_SECONDS_FIRST, 2 * LOCK_SECONDS_FIRST, 4 * LOCK_SECONDS_FIRST):
        for password in (PASSWORD, WRONG):
            with pytest.raises(SignInLocked) as locked:
                await a_sign_in(app, password=password)
            assert locked.value.retry_after_seconds == seconds
        clock.advance(timedelta(seconds=seconds))
        await fail(app, 1)
    await a_sign_in(app, network=ELSEWHERE)
    with pytest.raises(WrongCredentials):
        await a_sign_in(app, "other@example.org", WRONG)


async def test_unknown_login_is_locked_like_any_other(app: Application) -> None:
    await fail(app, PAIR_FAILURES_FREE, login="nobody@example.org")
    with pytest.raises(SignInLocked):
        await a_sign_in(app, "nobody@example.org")


async def test_failures_are_forgotten_after_a_day_and_after_getting_in(
    app: Application, business: Business, clock: ManualClock
) -> None:
    await a_person(app, business.org_id)
    await fail(app, PAIR_FAILURES_FREE - 1)
    await a_sign_in(app)
    await fail(app, PAIR_FAILURES_FREE - 1)
    clock.advance(timedelta(hours=FAILURES_FORGOTTEN_HOURS, seconds=1))
    await fail(app, PAIR_FAILURES_FREE - 1)
    assert (await a_sign_in(app)).session.token


async def test_nobody_is_locked_out_of_a_known_device_by_guesses_from_everywhere(
    app: Application, business: Business
) -> None:
    await a_person(app, business.org_id)
    device = (await a_sign_in(app)).device
    for network in range(LOGIN_FAILURES_FREE):
        await fail(app, 1, network=f"192.0.2.{network}")
    with pytest.raises(SignInLocked):
        await a_sign_in(app, network=ELSEWHERE)
    again = await a_sign_in(app, network=ELSEWHERE, devices=("nonsense", "ü", device))
    assert again.device == device, "a device keeps its name, and so its count"


async def test_stolen_device_token_is_locked_by_its_own_guesses(
    app: Application, business: Business
) -> None:
    await a_person(app, business.org_id)
    await a_person(app, business.org_id, email="ben@example.org", name="Ben")
    device = (await a_sign_in(app)).device
    for number in range(DEVICE_FAILURES_FREE):
        with pytest.raises(WrongCredentials):
            await a_sign_in(app, password=WRONG, network=f"192.0.2.{number}", devices=(device,))
    with pytest.raises(SignInLocked):
        await a_sign_in(app, devices=(device,))
    await a_sign_in(app, devices=())
    await fail(app, PAIR_FAILURES_FREE, login="ben@example.org")
    with pytest.raises(SignInLocked):
        await a_sign_in(app, "ben@example.org", devices=(device,))


async def test_of_thousands_of_guesses_at_once_few_are_verified(
    app: Application, business: Business
) -> None:
    await a_person(app, business.org_id)
    outcomes = await _at_once(app, [f"{WRONG} {number}" for number in range(300)])
    assert outcomes.count(WrongCredentials) <= PAIR_FAILURES_FREE + HASHES_AT_ONCE_MAX
    refused = [one for one in outcomes if not isinstance(one, SignInBusy)]
    assert set(refused) == {WrongCredentials, SignInLocked}


@pytest.mark.timeout(120)
async def test_waiting_room_is_bounded_and_those_turned_away_come_one_after_the_other(
    app: Application, business: Business, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(password_hasher, "SIGN_IN_WAIT_SECONDS_MAX", 100.0)  # a slow machine
    monkeypatch.setattr(password_hasher, "HASH_REST_SECONDS", 0.01)  # so many are a rush
    await a_person(app, business.org_id)
    room = SIGN_INS_WAITING_MAX + HASHES_AT_ONCE_MAX
    outcomes = await _at_once(app, [PASSWORD] * (room + 400))
    busy = [one for one in outcomes if isinstance(one, SignInBusy)]
    assert outcomes.count(None) == room
    assert len(busy) == 400
    waits = [one.retry_after_seconds for one in busy]
    assert waits == sorted(waits)
    assert waits[0] < waits[-1]


async def _at_once(
    app: Application, passwords: Sequence[str]
) -> list[type[Exception] | SignInBusy | None]:
    outcomes: list[type[Exception] | SignInBusy | None] = []

    async def attempt(password: str) -> None:
        try:
            await a_sign_in(app, password=password)
        except SignInBusy as busy:
            outcomes.append(busy)
        except (WrongCredentials, SignInLocked) as refused:
            outcomes.append(type(refused))
        else:
            outcomes.append(None)

    async with asyncio.TaskGroup() as group:
        for password in passwords:
            group.create_task(attempt(password))
    return outcomes


async def test_counts_and_sessions_are_deleted_when_they_mean_nothing_any_more(
    app: Application, business: Business, clock: ManualClock
) -> None:
    await a_person(app, business.org_id)
    await a_sign_in(app)
    await fail(app, 1)
    prune = PruneSignIns(app.database, app.clock)
    await prune()
    assert await _rows(app) == [1, 3]
    clock.advance(timedelta(hours=FAILURES_FORGOTTEN_HOURS, seconds=1))
    await prune()
    assert await _rows(app) == [0, 0]


async def _rows(app: Application) -> list[int]:
    async with app.database.unrestricted.session() as session:
        return [
            await session.connection.fetchval(f"SELECT count(*) FROM {table}")  # noqa: S608 - these
            for table in ("account_session", "sign_in_failure")
        ]


async def test_neither_login_nor_password_nor_token_stands_in_a_row(
    app: Application, business: Business
) -> None:
    await a_person(app, business.org_id)
    signed_in = await a_sign_in(app)
    await fail(app, 1, network=ELSEWHERE)
    async with app.database.unrestricted.session() as session:
        rows = await session.connection.fetchval(
            "SELECT (SELECT string_agg(s::text, '') FROM account_session s)"
            " || (SELECT string_agg(f::text, '') FROM sign_in_failure f)"
            " || (SELECT string_agg(e::text, '') FROM event e)"
        )
    for secret in (PASSWORD, WRONG, signed_in.session.token, signed_in.device, ELSEWHERE, "rosa@"):
        assert secret not in rows


async def test_person_is_told_of_a_sign_in_by_a_browser_that_is_new_and_of_no_other(
    app: Application, business: Business
) -> None:
    await a_person(app, business.org_id)
    first = await a_sign_in(app)
    (told,) = await sent_account_emails(app, of_new_browsers=True)
    assert (told.recipient, told.subject) == (
        "rosa@example.org",
        "You signed in with a new browser",
    )
    await a_sign_in(app, devices=(first.device,))
    with pytest.raises(WrongCredentials):
        await a_sign_in(app, password=WRONG)
    assert await sent_account_emails(app, of_new_browsers=True) == []
    await a_sign_in(app, devices=("of somebody else",))
    assert len(await sent_account_emails(app, of_new_browsers=True)) == 1
