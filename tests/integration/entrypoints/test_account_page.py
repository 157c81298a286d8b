"""One's own account: each form, and that an open browser is not enough to take it over."""

from collections.abc import Mapping
from datetime import timedelta
from html import unescape
from urllib.parse import urlencode

import pyotp
import pytest
from tests.builders.account_emails import sent_account_emails
from tests.builders.accounts import ELSEWHERE, PASSWORD, WRONG, a_person, a_sign_in
from tests.builders.api_client import Answer, ApiClient
from tests.builders.statement_counts import added, statements

from fullhouse.kernel.clock import ManualClock
from fullhouse.people.limits import TOTP_STEP_SECONDS
from fullhouse.people.reads.profiles import account_profile
from fullhouse.storage.sealing import new_key

NEW = "a lantern in the old barn"
FORM = {"content-type": "application/x-www-form-urlencoded"}


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FULLHOUSE_ENCRYPTION_KEY", new_key())


@pytest.fixture
async def cookie(mailing: ApiClient) -> Mapping[str, str]:
    """Rosa's browser."""
    await a_person(mailing.app, mailing.business.org_id)
    token = (await a_sign_in(mailing.app)).session.token
    return {"Cookie": f"fullhouse_session={token}"}


async def send(
    api: ApiClient, path: str, cookie: Mapping[str, str], fields: Mapping[str, str]
) -> Answer:
    return await api.ask(
        "POST",
        f"//admin/account{path}",
        content=urlencode(fields).encode(),
        headers={**FORM, **cookie},
    )


async def page(api: ApiClient, cookie: Mapping[str, str], path: str = "") -> str:
    answer = await api.ask("GET", f"//admin/account{path}", headers=cookie)
    assert answer.status == 200
    return unescape(answer.body.decode())


async def test_guest_is_led_to_the_sign_in_and_a_key_is_no_account(mailing: ApiClient) -> None:
    for path in ("", "/second-factor"):
        answer = await mailing.ask("GET", f"//admin/account{path}", key=mailing.key)
        assert answer.status == 303
        assert answer.headers["location"].startswith("/admin/sign-in?next=%2Fadmin%2Faccount")
    assert (await send(mailing, "/profile", {}, {"name": "X"})).status == 401


async def test_page_shows_the_account_in_few_statements(
    mailing: ApiClient, cookie: Mapping[str, str]
) -> None:
    await page(mailing, cookie)
    before = statements(mailing.app)
    shown = await page(mailing, cookie)
    assert len(added(before, statements(mailing.app))) < 10
    for text in ("Rosa", "rosa@example.org", "This browser", "Add a second factor"):
        assert text in shown


async def test_name_and_language_are_changed_by_one_editor_at_a_time(
    mailing: ApiClient, cookie: Mapping[str, str]
) -> None:
    version = await _version(mailing)
    fields = {"name": " Rosa  W. ", "locale": "de", "version": str(version)}
    assert (await send(mailing, "/profile", cookie, fields)).status == 303
    assert "Rosa W." in await page(mailing, cookie)
    late = await send(mailing, "/profile", cookie, fields)
    assert late.status == 422
    assert "changed in the meantime" in unescape(late.body.decode())
    empty = await send(mailing, "/profile", cookie, {**fields, "name": "\x00 "})
    assert empty.status == 422


async def _version(api: ApiClient) -> int:
    async with api.app.database.session() as session:
        found = await session.connection.fetchval("SELECT account_id FROM account")
        account = await account_profile(session, found)
    assert account is not None
    return account.version


@pytest.mark.parametrize(
    ("path", "field", "fields"),
    [
        ("/email", "email_current", {"email": "new@example.org"}),
        ("/password", "password_current", {"password": NEW}),
        ("/second-factor", "factor_current", {"code": "000000"}),
        ("/sessions", "sessions_current", {}),
    ],
)
async def test_open_browser_alone_changes_nothing(
    mailing: ApiClient,
    cookie: Mapping[str, str],
    path: str,
    *,
    field: str,
    fields: Mapping[str, str],
) -> None:
    for typed in ("", WRONG):
        answer = await send(mailing, path, cookie, {**fields, field: typed})
        assert answer.status == 422
        assert WRONG not in answer.body.decode()
    assert await sent_account_emails(mailing.app) == []
    assert (await a_sign_in(mailing.app)).session.token


async def test_password_changes_and_other_sessions_end(
    mailing: ApiClient, cookie: Mapping[str, str]
) -> None:
    other = (await a_sign_in(mailing.app, network=ELSEWHERE)).session.token
    fields = {"password_current": PASSWORD, "password": "password2027"}
    weak = await send(mailing, "/password", cookie, fields)
    assert "among the first that attackers try" in unescape(weak.body.decode())
    done = await send(mailing, "/password", cookie, {**fields, "password": NEW})
    assert done.status == 303
    await page(mailing, cookie)
    ended = {"Cookie": f"fullhouse_session={other}"}
    assert (await mailing.ask("GET", "//admin/account", headers=ended)).status == 303
    assert (await a_sign_in(mailing.app, password=NEW)).session.token
    assert [email.subject for email in await sent_account_emails(mailing.app)] == [
        "Your password has changed"
    ]


async def test_address_is_asked_at_both_sides(
    mailing: ApiClient, cookie: Mapping[str, str]
) -> None:
    fields = {"email": "Rosa@new.example", "email_current": PASSWORD}
    assert (await send(mailing, "/email", cookie, fields)).status == 303
    recipients = {email.recipient for email in await sent_account_emails(mailing.app)}
    assert recipients == {"rosa@example.org", "rosa@new.example"}
    assert "rosa@new.example waits" in await page(mailing, cookie)
    wrong = await send(mailing, "/email", cookie, {**fields, "email": "nobody"})
    assert wrong.status == 422


async def test_second_factor_is_added_and_removed_by_its_pages(
    mailing: ApiClient, cookie: Mapping[str, str]
) -> None:
    shown = await page(mailing, cookie, "/second-factor")
    assert "data:image/svg+xml" in shown
    secret = shown.partition("<li><code>")[2].partition("<")[0]
    code = pyotp.TOTP(secret).at(mailing.app.clock.now())
    for fields in (
        {"code": "000000", "factor_current": PASSWORD},
        {"code": code, "factor_current": WRONG},
        {"code": code},
    ):
        assert (await send(mailing, "/second-factor", cookie, fields)).status == 422
    assert "Add a second factor" in await page(mailing, cookie)
    confirmed = await send(
        mailing, "/second-factor", cookie, {"code": code, "factor_current": PASSWORD}
    )
    assert confirmed.body.decode().count("<code>") == 10
    account = await page(mailing, cookie)
    assert "10 recovery codes are left" in account
    assert secret not in account
    again = await mailing.ask("GET", "//admin/account/second-factor", headers=cookie)
    repeated = await send(mailing, "/second-factor", cookie, {"code": code})
    assert (again.status, repeated.status) == (303, 303)
    assert "recovery codes were shown once" in await page(mailing, cookie, "?done=codes")
    assert repeated.headers["location"] == "/admin/account?done=codes"
    for path, field, more in (
        ("/second-factor/remove", "factor", {}),
        ("/recovery-codes", "codes", {}),
        ("/sessions", "sessions", {}),
        ("/password", "password", {"password": NEW}),
        ("/email", "email", {"email": "new@example.org"}),
    ):
        for typed, used in (("", next_code(mailing, secret)), (PASSWORD, "")):
            current = {f"{field}_current": typed, f"{field}_current_code": used, **more}
            refused = await send(mailing, path, cookie, current)
            assert refused.status == 422, (path, typed)
    assert "10 recovery codes are left" in await page(mailing, cookie)
    fields = {"codes_current": PASSWORD, "codes_current_code": next_code(mailing, secret)}
    renewed = await send(mailing, "/recovery-codes", cookie, fields)
    assert renewed.body.decode().count("<code>") == 10
    fields = {"factor_current": PASSWORD, "factor_current_code": next_code(mailing, secret)}
    removed = await send(mailing, "/second-factor/remove", cookie, fields)
    assert removed.status == 303
    assert (await a_sign_in(mailing.app)).session.token


def next_code(api: ApiClient, secret: str) -> str:
    """The code of a later time step: each is used once."""
    clock = api.app.clock
    assert isinstance(clock, ManualClock)
    clock.advance(timedelta(seconds=TOTP_STEP_SECONDS))
    return pyotp.TOTP(secret).at(clock.now())


async def test_one_session_or_all_others_end(mailing: ApiClient, cookie: Mapping[str, str]) -> None:
    others = [await a_sign_in(mailing.app, network=ELSEWHERE) for _ in range(2)]
    first = {"session": str(others[0].session.session_id)}
    for fields in (first, {}, {**first, "sessions_current": WRONG}):
        refused = await send(mailing, "/sessions", cookie, fields)
        assert refused.status == 422
        assert "This is not your current password" in unescape(refused.body.decode())
    assert (await page(mailing, cookie)).count('name="session"') == 2
    current = {"sessions_current": PASSWORD}
    for fields in (first, first, {"session": "nonsense"}):
        answer = await send(mailing, "/sessions", cookie, {**fields, **current})
        assert answer.status == 303
    assert (await page(mailing, cookie)).count('name="session"') == 1
    await send(mailing, "/sessions", cookie, current)
    alone = await page(mailing, cookie)
    assert 'name="session"' not in alone
    assert "End all other sessions" not in alone


async def test_there_are_no_codes_to_renew_without_a_second_factor(
    mailing: ApiClient, cookie: Mapping[str, str]
) -> None:
    answer = await send(mailing, "/recovery-codes", cookie, {"codes_current": PASSWORD})
    assert (answer.status, answer.headers["location"]) == (303, "/admin/account")
    assert "recovery codes are left" not in await page(mailing, cookie)


async def test_password_that_no_address_leads_to_is_never_the_right_one(
    mailing: ApiClient, cookie: Mapping[str, str]
) -> None:
    async with mailing.app.database.unrestricted.session() as session:
        await session.connection.execute("UPDATE account SET email = NULL")
    fields = {"password_current": PASSWORD, "password": NEW}
    assert (await send(mailing, "/password", cookie, fields)).status == 422
