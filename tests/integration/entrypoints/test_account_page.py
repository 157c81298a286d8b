"""One's own account: each form, and that an open browser is not enough to take it over."""

from collections.abc import Mapping
from datetime import timedelta
from html import unescape
from urllib.parse import urlencode

import pyotp
import pytest
from structlog.testing import capture_logs
from tests.builders.account_emails import sent_account_emails, token_in
from tests.builders.accounts import ELSEWHERE, PASSWORD, WRONG, a_person, a_sign_in
from tests.builders.api_client import Answer, ApiClient
from tests.builders.statement_counts import added, statements

from fullhouse.kernel.clock import ManualClock
from fullhouse.kernel.context import GUEST, RequestContext
from fullhouse.kernel.ids import INSTALLATION
from fullhouse.people.errors import WrongCredentials
from fullhouse.people.limits import (
    EMAIL_CHANGES_FREE,
    PAIR_FAILURES_FREE,
    RESET_INTERVAL_MINUTES,
    TOTP_STEP_SECONDS,
)
from fullhouse.people.model.accounts import parse_login
from fullhouse.people.reads.profiles import account_profile
from fullhouse.storage.sealing import new_key

NATIONAL_ID = "1-2345-45678-78-1"
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
    unknown = await send(mailing, "/profile", cookie, {**fields, "version": "9" * 18})
    assert (unknown.status, "in the meantime" in unknown.body.decode()) == (late.status, True)
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
        ("/national-id", "national_id_current", {"national_id": NATIONAL_ID, "country": "TH"}),
        ("/national-id/remove", "national_id_removal_current", {}),
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


async def test_an_account_writes_to_few_addresses_of_strangers(
    mailing: ApiClient, cookie: Mapping[str, str]
) -> None:
    answers = [
        await send(
            mailing, "/email", cookie, {"email": f"a{n}@new.example", "email_current": PASSWORD}
        )
        for n in range(EMAIL_CHANGES_FREE + 1)
    ]
    assert [one.status for one in answers] == [303] * EMAIL_CHANGES_FREE + [422]
    assert "too many attempts" in answers[-1].body.decode()


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


async def set_national_id(
    api: ApiClient, cookie: Mapping[str, str], typed: str = NATIONAL_ID, *, country: str = "TH"
) -> Answer:
    fields = {"national_id": typed, "country": country, "national_id_current": PASSWORD}
    return await send(api, "/national-id", cookie, fields)


async def test_national_id_is_added_changed_and_removed_by_page(
    mailing: ApiClient, cookie: Mapping[str, str]
) -> None:
    shown = await page(mailing, cookie)
    assert "Add the national ID" in shown
    assert "Remove the national ID" not in shown
    assert (await set_national_id(mailing, cookie)).status == 303
    shown = await page(mailing, cookie)
    assert "You can sign in with your national ID instead of your e-mail address." in shown
    assert "1234545678781" not in shown
    assert (await a_sign_in(mailing.app, "1234545678781")).session.token
    assert (await set_national_id(mailing, cookie, "3 1005 00001 00 0")).status == 303
    with pytest.raises(WrongCredentials):
        await a_sign_in(mailing.app, NATIONAL_ID)
    fields = {"national_id_removal_current": PASSWORD}
    assert (await send(mailing, "/national-id/remove", cookie, fields)).status == 303
    with pytest.raises(WrongCredentials):
        await a_sign_in(mailing.app, "3100500001000")
    assert "Add the national ID" in await page(mailing, cookie)
    subjects = [email.subject for email in await sent_account_emails(mailing.app)]
    assert subjects == ["Your national ID for signing in has changed"] * 3


@pytest.mark.parametrize(
    ("typed", "country", "said"),
    [
        ("", "TH", "A national ID has 5 to 32 letters and digits"),
        ("none of yours", "", "A national ID has 5 to 32 letters and digits"),
        ("1" * 33, "", "A national ID has 5 to 32 letters and digits"),
        ("rosa@example.org", "", "A national ID has 5 to 32 letters and digits"),
        ("1-2345-45678-78-2", "TH", "its check digit is wrong"),
        ("12345", "TH", "its check digit is wrong"),
    ],
)
async def test_wrong_national_id_is_refused_with_a_sentence_and_stays_in_its_field(
    mailing: ApiClient, cookie: Mapping[str, str], typed: str, *, country: str, said: str
) -> None:
    answer = await set_national_id(mailing, cookie, typed, country=country)
    shown = unescape(answer.body.decode())
    assert (answer.status, said in shown) == (422, True), shown
    assert f'value="{typed}"' in shown or not typed
    assert await sent_account_emails(mailing.app) == []


async def test_national_id_of_another_account_is_refused_and_few_are_tried(
    mailing: ApiClient, cookie: Mapping[str, str]
) -> None:
    await a_person(mailing.app, mailing.business.org_id, email="n@example.org", name="Nina")
    token = (await a_sign_in(mailing.app, "n@example.org")).session.token
    nina = {"Cookie": f"fullhouse_session={token}"}
    assert (await set_national_id(mailing, nina)).status == 303
    for _ in range(PAIR_FAILURES_FREE):
        taken = unescape((await set_national_id(mailing, cookie)).body.decode())
        assert "Another account has this national ID." in taken
    for typed in (NATIONAL_ID, "3 1005 00001 00 0"):
        locked = await set_national_id(mailing, cookie, typed)
        assert "There were too many attempts." in unescape(locked.body.decode())
    assert (await set_national_id(mailing, nina)).status == 303, "one's own is not taken"


async def test_national_id_is_stored_as_a_keyed_hash_and_encrypted_and_told_nowhere(
    mailing: ApiClient, cookie: Mapping[str, str]
) -> None:
    with capture_logs() as lines:
        await set_national_id(mailing, cookie)
    async with mailing.app.database.unrestricted.session() as session:
        stored = await session.connection.fetchrow(
            "SELECT national_id_digest, national_id_sealed, account::text AS everything"
            " FROM account WHERE email = 'rosa@example.org'"
        )
        others = await session.connection.fetchval(
            "SELECT string_agg(t, ' ') FROM (SELECT event::text AS t FROM event"
            " UNION ALL SELECT effect::text FROM effect) AS rows"
        )
    assert stored is not None
    assert len(stored["national_id_digest"]) == 32
    assert b"1234545678781" not in stored["national_id_sealed"]
    for text in (stored["everything"], others, repr(lines)):
        assert "1234545678781" not in text
        assert NATIONAL_ID not in text


async def test_reset_of_an_unproven_address_takes_a_strangers_national_id_with_it(
    mailing: ApiClient, cookie: Mapping[str, str]
) -> None:
    await set_national_id(mailing, cookie)
    app, context = mailing.app, RequestContext(GUEST, mailing.app.ids.uuid())
    for is_proven in (True, False):
        if not is_proven:
            async with app.database.unrestricted.session() as session:
                await session.connection.execute("UPDATE account SET email_verified_at = NULL")
        async with app.unit_of_work(context, INSTALLATION) as uow:
            await app.accounts.request_password_reset(uow, parse_login("rosa@example.org"))
        (*_, email) = await sent_account_emails(app)
        hashed = await app.accounts.hash_new_password(PASSWORD)
        async with app.unit_of_work(context, INSTALLATION) as uow:
            await app.accounts.reset_password(uow, token_in(email), hashed)
        async with app.database.session() as session:
            account = await account_profile(
                session, await session.connection.fetchval("SELECT account_id FROM account")
            )
        assert account is not None
        assert account.has_national_id == is_proven
        assert isinstance(app.clock, ManualClock)
        app.clock.advance(timedelta(minutes=RESET_INTERVAL_MINUTES))
