"""What an operator does and sees, and nobody else: accounts of others, and how fast it all is."""

import re
from collections.abc import Mapping
from datetime import timedelta
from html import unescape
from urllib.parse import urlencode
from uuid import UUID

import pytest
from babel import Locale
from tests.builders.account_emails import sent_account_emails
from tests.builders.accounts import PASSWORD, WRONG, a_person, a_sign_in
from tests.builders.api_client import Answer, ApiClient
from tests.builders.operator import IDA, an_operator, operator_cookie

from fullhouse.booking.metrics import LedgerMetrics
from fullhouse.bootstrap.observability import build_recorder
from fullhouse.entrypoints.web.operator_navigation import operator_links
from fullhouse.kernel.clock import ManualClock
from fullhouse.localisation.translations import translations_of
from fullhouse.observability.optimisations import Proposal, propose
from fullhouse.people.model import AccountId
from fullhouse.resilience.metrics import CircuitMetrics
from fullhouse.storage.errors import DatabaseUnavailable
from fullhouse.storage.metrics import QueryMetrics

FORM = {"content-type": "application/x-www-form-urlencoded"}
ROSA = "rosa@example.org"


@pytest.fixture
async def rosa(mailing: ApiClient) -> AccountId:
    await mailing.staff_cookie("Olaf")
    return await a_person(mailing.app, mailing.business.org_id, role="staff")


@pytest.fixture
async def cookie(mailing: ApiClient, rosa: AccountId) -> Mapping[str, str]:
    """The browser of Ida, who runs the installation and works for no business."""
    assert isinstance(rosa, UUID)
    await an_operator(mailing.app)
    return await operator_cookie(mailing.app)


async def signed_in(api: ApiClient, login: str) -> Mapping[str, str]:
    return {"Cookie": f"fullhouse_session={(await a_sign_in(api.app, login)).session.token}"}


async def send(
    api: ApiClient, cookie: Mapping[str, str], *, password: str = PASSWORD, **fields: str
) -> Answer:
    content = urlencode({**fields, "accounts_current": password}).encode()
    return await api.ask("POST", "//admin/accounts", content=content, headers={**FORM, **cookie})


async def is_signed_in(api: ApiClient, cookie: Mapping[str, str]) -> bool:
    return (await api.ask("GET", "//admin/account", headers=cookie)).status == 200


async def test_every_page_of_the_operator_leads_to_all_others(
    mailing: ApiClient, cookie: Mapping[str, str]
) -> None:
    paths = [link.href for link in operator_links(translations_of(Locale("en", "GB")))]
    for path in paths:
        shown = (await mailing.ask("GET", f"/{path}", headers=cookie)).body.decode()
        assert all(f'href="{other}"' in shown for other in paths), path
        assert f'href="{path}" aria-current="page"' in shown, path
    own = (await mailing.ask("GET", "//admin/account", headers=cookie)).body.decode()
    assert f'href="{paths[0]}" aria-current' not in own


async def test_operator_disables_and_enables_an_account(
    mailing: ApiClient, cookie: Mapping[str, str]
) -> None:
    browser = await signed_in(mailing, ROSA)
    businesses = await mailing.ask("GET", "//admin", headers=cookie)
    assert 'href="/admin/accounts"' in businesses.body.decode()
    shown = await mailing.ask("GET", "//admin/accounts", headers=cookie)
    assert shown.status == 200
    done = await send(mailing, cookie, account=f" {ROSA.upper()}", act="disable")
    assert (done.status, "The account of Rosa is disabled." in done.body.decode()) == (200, True)
    assert not await is_signed_in(mailing, browser)
    done = await send(mailing, cookie, account=ROSA, act="enable")
    assert "The account of Rosa is enabled." in done.body.decode()
    assert not await is_signed_in(mailing, browser)
    assert await is_signed_in(mailing, await signed_in(mailing, ROSA))
    subjects = [one.subject for one in await sent_account_emails(mailing.app)]
    assert subjects == ["Your account was disabled", "Your account works again"]


async def test_operator_signs_a_person_out_everywhere(
    mailing: ApiClient, cookie: Mapping[str, str]
) -> None:
    browser = await signed_in(mailing, ROSA)
    done = await send(mailing, cookie, account=ROSA, act="end-sessions")
    assert "Rosa is signed out on all devices." in done.body.decode()
    assert not await is_signed_in(mailing, browser)
    assert await is_signed_in(mailing, cookie)


@pytest.mark.parametrize(
    ("fields", "password", "said"),
    [
        ({"account": ROSA, "act": "disable"}, WRONG, "This is not your current password."),
        ({"account": ROSA, "act": "disable"}, "", "This is not your current password."),
        ({"account": "nobody@example.org", "act": "disable"}, PASSWORD, "There is no account"),
        ({"account": "no address", "act": "disable"}, PASSWORD, "There is no account"),
        ({"account": "", "act": "disable"}, PASSWORD, "There is no account"),
        ({"account": IDA, "act": "disable"}, PASSWORD, "Nobody else runs this installation."),
    ],
)
async def test_what_is_wrong_is_said_and_nothing_changes(
    mailing: ApiClient,
    cookie: Mapping[str, str],
    fields: Mapping[str, str],
    *,
    password: str,
    said: str,
) -> None:
    browser = await signed_in(mailing, ROSA)
    refused = await send(mailing, cookie, password=password, **fields)
    assert refused.status == 422
    assert said in unescape(refused.body.decode())
    assert await is_signed_in(mailing, browser)
    assert await is_signed_in(mailing, cookie)
    assert await sent_account_emails(mailing.app) == []


async def test_last_owner_of_a_business_is_not_disabled(
    mailing: ApiClient, cookie: Mapping[str, str]
) -> None:
    await a_person(mailing.app, mailing.business.org_id, email="o@example.org", name="Olaf")
    refused = await send(mailing, cookie, account="o@example.org", act="disable")
    assert refused.status == 422
    assert "A business needs an owner." in unescape(refused.body.decode())


async def test_nobody_else_opens_the_page_or_does_what_it_does(
    mailing: ApiClient, cookie: Mapping[str, str]
) -> None:
    owner = await mailing.staff_cookie("Olaf")
    browser = await signed_in(mailing, ROSA)
    for other, status in ((owner, 403), (browser, 403)):
        assert (await mailing.ask("GET", "//admin/accounts", headers=other)).status == status
        assert (await send(mailing, other, account=IDA, act="end-sessions")).status == status
    assert (await mailing.ask("GET", "//admin/accounts")).status == 303
    assert (await send(mailing, {}, account=IDA, act="end-sessions")).status == 401
    businesses = await mailing.ask("GET", "//admin", headers=owner)
    assert "/admin/accounts" not in businesses.body.decode()
    assert await is_signed_in(mailing, cookie)


async def test_operator_sees_how_long_things_took_and_the_plans_of_slow_queries(
    mailing: ApiClient, cookie: Mapping[str, str], clock: ManualClock
) -> None:
    async def page(query: str) -> str:
        answer = await mailing.ask("GET", f"//admin/latency{query}", headers=cookie)
        assert answer.status == 200
        return unescape(answer.body.decode())

    app = mailing.app
    queries = app.metrics.get(QueryMetrics)
    app.metrics.take_measured()
    for seconds in (*[0.010] * 19, 0.8):
        queries.observe("booking.slots_between", seconds, None)
    queries.observe("booking.offerings_of", 0.010, DatabaseUnavailable())
    services = app.metrics.get(CircuitMetrics).seconds
    services.labels("mail-server", "failed").observe(0.3)
    app.metrics.get(LedgerMetrics).committed(commands=9, seconds=0.02, queued=0)
    clock.advance(timedelta(seconds=20))
    await build_recorder(app.database, app.metrics, clock).write()
    text = await page("?of=queries&span=quarter&name=booking.slots_between")
    assert "95 of 100 took at most 9.9 ms in the last 15 minutes." in text
    assert "800 ms · booking.slots_between" in text
    assert "Scan" in text
    assert '<svg class="chart"' in text
    every = await page("?of=queries&span=year")
    assert "name=booking.offerings_of" in every
    assert "mail-server" in await page("?of=services")
    assert "commit of 9 to 64" in await page("?of=commits")
    assert "Nothing was measured in the last hour." in await page("?of=<b>&span=x&name=<script>")


async def test_operator_sees_what_a_month_was_like_and_takes_it_along(
    mailing: ApiClient, cookie: Mapping[str, str], clock: ManualClock
) -> None:
    async def ask(path: str) -> str:
        answer = await mailing.ask("GET", f"//admin/{path}", headers=cookie)
        assert answer.status == 200
        return unescape(answer.body.decode())

    assert "Nothing is known of June 2027 yet: it begins" in await ask("service-level")
    async with mailing.app.database.unrestricted.session() as session:
        await session.connection.execute(
            "INSERT INTO gauge (name, subject, period_seconds, starts_at, observed, total, least,"
            " most) SELECT 'requests_per_minute', '', 3600, at, 60, 60, 1, 1"
            " FROM generate_series('2027-04-30 23:00Z'::timestamptz, $1, interval '1 hour') AS at"
            " WHERE at <> '2027-05-09 10:00Z'",
            clock.now(),
        )
        await session.connection.execute(
            "INSERT INTO alert (alert_id, rule, subject, severity, summary, fired_at, resolved_at)"
            " VALUES (gen_random_uuid(), 'database-down', '', 'critical', 'It was <down>.',"
            " '2027-05-31 23:30Z', '2027-06-01 00:11Z')"
        )
    assert "In June 2027 guests could not book for 10 minutes." in await ask("service-level")
    may = await ask("service-level?month=2027-05")
    assert "In May 2027 guests could not book for 90 minutes." in may
    assert "It was <down>." in may
    assert "It was stopped, or its machine was." in may
    assert "99.79%" in may
    assert "Nothing was measured" in may
    assert "In June 2027" in await ask("service-level?month=2099-01")
    assert "In June 2027" in await ask("service-level?month=<script>")
    text = await ask("service-level.csv?month=2027-05")
    assert "2027-05,lost,not-watched,2027-05-09T10:00Z,60.0" in text
    assert "2027-05,objective,uptime,,,0.997984,0.999,no," in text


async def test_operator_sees_alerts_acknowledges_and_silences_them(
    mailing: ApiClient, cookie: Mapping[str, str]
) -> None:
    async def ask(**fields: str) -> tuple[int, str]:
        method, content = ("POST", urlencode(fields).encode()) if fields else ("GET", None)
        answer = await mailing.ask(
            method, "//admin/alerts", content=content, headers={**FORM, **cookie}
        )
        return answer.status, unescape(answer.body.decode())

    _, text = await ask()
    assert "Nothing is wrong now." in text
    async with mailing.app.database.unrestricted.session() as session:
        await session.connection.execute(
            "INSERT INTO alert (alert_id, rule, subject, severity, summary, fired_at, resolved_at)"
            " VALUES (gen_random_uuid(), 'errors', '', 'critical', 'Eleven <errors>.', now(),"
            " NULL),"
            " (gen_random_uuid(), 'gone', '', 'warning', 'It was bad.', now(), now())"
        )
    _, text = await ask()
    assert "1 thing is wrong now." in text
    assert "Eleven <errors>." in text
    assert "It was bad." in text
    assert (await ask(act="acknowledge", rule="errors"))[0] == 303
    _, text = await ask()
    assert "Ida looks at it." in text
    alert = re.findall(r'<option value="([0-9a-f-]{36})">[^<]*It was bad.', text)[0]
    assert (await ask(act="note", alert=alert, note="A new disk."))[0] == 303
    assert "A new disk. (Ida)" in (await ask())[1]
    assert (await ask(act="silence", rule="errors", hours="2", reason="We move."))[0] == 303
    assert "We move." in (await ask())[1]
    assert (await ask(act="unsilence", rule="errors"))[0] == 303
    assert "We move." not in (await ask())[1]
    for wrong in (
        {"act": "silence", "rule": "errors", "hours": "many", "reason": "x"},
        {"act": "silence", "rule": "errors", "hours": "2", "reason": ""},
        {"act": "silence", "rule": "nothing", "hours": "2", "reason": "x"},
        {"act": "sing", "rule": "errors"},
        {"act": "note", "alert": alert, "note": "two\nlines"},
        {"act": "note", "alert": "none", "note": "x"},
        {"act": "note", "alert": str(UUID(int=1)), "note": "x"},
    ):
        assert (await ask(**wrong))[0] == 422


async def test_operator_sees_proposals_tries_one_and_takes_it_back(
    mailing: ApiClient, cookie: Mapping[str, str], clock: ManualClock
) -> None:
    async def ask(**fields: str) -> tuple[int, str]:
        method, content = ("POST", urlencode(fields).encode()) if fields else ("GET", None)
        answer = await mailing.ask(
            method, "//admin/optimisations", content=content, headers={**FORM, **cookie}
        )
        return answer.status, unescape(answer.body.decode())

    assert "Nothing is proposed now." in (await ask())[1]
    made = Proposal("index", "advised_1", "booking", "<It is slow>.", "CREATE", "DROP", [], {})
    async with mailing.app.database.unrestricted.session() as session:
        await propose(session, made, optimisation_id=mailing.app.ids.uuid(), now=clock.now())
    _, text = await ask()
    assert "1 change would make this installation faster." in text
    assert "<It is slow>." in text
    assert (await ask(act="apply", name="advised_1"))[0] == 303
    _, text = await ask()
    assert "Waiting to be tried" in text
    assert "Ida" in text
    assert (await ask(act="undo", name="advised_1"))[0] == 303
    assert "What came to an end" in (await ask())[1]
    for wrong in ({"act": "apply", "name": "advised_1"}, {"act": "sing", "name": "advised_1"}):
        assert (await ask(**wrong))[0] == 422
