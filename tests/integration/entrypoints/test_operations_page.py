"""The operations overview: one sentence, every part, what changed; and all of it as it changes."""

import asyncio
import re
from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from html import unescape
from uuid import UUID

import pytest
from tests.builders.api_client import ApiClient, an_api_client
from tests.builders.business import Business
from tests.builders.live_parts import next_parts
from tests.builders.operator import an_operator, operator_cookie

from fullhouse.bootstrap.application import Application
from fullhouse.bootstrap.observability import BOOKED, build_recorder
from fullhouse.entrypoints.security.account_sessions import AccountSessions
from fullhouse.entrypoints.web.routes import page_routes
from fullhouse.http.server.metrics import RequestMetrics
from fullhouse.kernel.clock import ManualClock
from fullhouse.kernel.context import OPERATOR, RequestContext
from fullhouse.kernel.ids import INSTALLATION
from fullhouse.observability.limits import DATABASE_SECONDS, OVERVIEW_FIGURES_SECONDS
from fullhouse.resilience.circuits import Circuit
from fullhouse.resilience.operating_mode import ModeSetting, OperatingMode
from fullhouse.resilience.shared_circuits import SharedCircuits
from fullhouse.resilience.stored_mode import set_mode

PATH = "//admin/operations"
BOOKED_ROUTES = frozenset((method, route) for method, route, _ in BOOKED)


@pytest.fixture
async def api(app: Application, business: Business) -> AsyncIterator[ApiClient]:
    api = await an_api_client(app, business)
    await an_operator(app)
    health = api.health.reports.health
    # Whatever else this machine does
    health.sources = {name: part for name, part in health.sources.items() if name != "system"}
    async with api.client:
        yield api
        api.shutdown.set()


@pytest.fixture
async def cookie(api: ApiClient) -> Mapping[str, str]:
    return await operator_cookie(api.app)


async def look(api: ApiClient, cookie: Mapping[str, str], *, language: str = "en") -> str:
    answer = await api.ask("GET", f"{PATH}?lang={language}", headers=cookie)
    assert answer.status == 200
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", answer.body.decode())).split())


async def run_sql(api: ApiClient, statement: str) -> None:
    async with api.app.database.unrestricted.session() as session:
        await session.connection.execute(statement)


async def fire(api: ApiClient, rule: str, severity: str, summary: str) -> None:
    async with api.app.database.unrestricted.session() as session:
        await session.connection.execute(
            "INSERT INTO alert (alert_id, rule, subject, severity, summary, fired_at)"
            " VALUES (gen_random_uuid(), $1, '', $2, $3, now())",
            *(rule, severity, summary),
        )


async def test_sentence_says_how_bookings_go_or_what_is_worst_first(
    api: ApiClient, cookie: Mapping[str, str], clock: ManualClock
) -> None:
    await api.health.reports.health.check()
    assert "All is well. No bookings in the last hour." in await look(api, cookie)
    requests = api.app.metrics.get(RequestMetrics)
    for seconds in (*[0.010] * 200, 0.5):
        for method, route in BOOKED_ROUTES:
            status = 201 if route.startswith("/api") else 303
            requests.observe(method=method, route=route, status=status, seconds=seconds)
            requests.observe(method=method, route=route, status=409, seconds=9)
    clock.advance(timedelta(minutes=1))
    await build_recorder(api.app.database, api.app.metrics, clock).write()
    clock.advance(timedelta(seconds=OVERVIEW_FIGURES_SECONDS))
    await api.health.reports.health.check()
    text = await look(api, cookie)
    count = 201 * len(BOOKED_ROUTES)
    assert f"All is well. {count:,} bookings in the last hour, the slowest 1% took 9.9 ms." in text
    assert "Objective: 200 ms" in text

    await fire(api, "jobs-failed", "warning", "Jobs wait for you.")
    await fire(api, "errors", "critical", "Much goes wrong.")
    await run_sql(api, "UPDATE alert SET acknowledged_by = 'Ida' WHERE severity = 'critical'")
    await fire(api, "bookings-failing", "critical", "12 of 40 attempts to book failed.")
    clock.advance(timedelta(seconds=5))
    text = await look(api, cookie)
    first = text.index("12 of 40 attempts to book failed. 2 more things need attention.")
    assert first < text.index("Runbook") < text.index("Much goes wrong.")
    page = await api.ask("GET", PATH, headers=cookie)
    assert 'href="/docs/runbooks/bookings-failing"' in page.body.decode()
    assert text.index("Ida looks at it.") < text.index("Jobs wait for you.")
    assert "Bookings Failing" in text
    assert "Alerts Failing 3 are open." in text
    assert "All is well" not in text


async def test_parts_and_changes_tell_of_circuits_and_mode_in_the_language_of_the_page(
    api: ApiClient, cookie: Mapping[str, str], clock: ManualClock
) -> None:
    app = api.app
    circuits = SharedCircuits(app.database, app.unit_of_work, app.ids)
    opened = Circuit("mail-server", is_open=True, hold_seconds=30, reason="5 calls failed.")
    assert await circuits.change(opened)
    setting = ModeSetting(OperatingMode.ESSENTIAL, "A rush.", 600)
    async with app.unit_of_work(RequestContext(OPERATOR, app.ids.uuid()), INSTALLATION) as uow:
        await set_mode(uow, setting)
    await app.mode_follower.refresh()
    text = await look(api, cookie)
    assert "Operating mode: Essential: no reports, no exports (10 minutes left). A rush." in text
    assert "Calls to services Degraded Not called: Mail server." in text
    assert "Mail server is not called any more. 5 calls failed." in text
    assert "Machine Not known" in text, "nobody has looked"
    clock.advance(timedelta(seconds=5))
    german = await look(api, cookie, language="de")
    assert "Mailserver wird nicht mehr aufgerufen. 5 calls failed." in german
    assert "Aufrufe von Diensten Eingeschränkt Nicht aufgerufen: Mailserver." in german


async def test_stream_sends_the_parts_that_change_until_the_session_ends(
    api: ApiClient, cookie: Mapping[str, str], clock: ManualClock
) -> None:
    async with api.client.stream("GET", "/admin/operations/live", headers=cookie) as answer:
        assert answer.status_code == 200
        chunks = answer.aiter_bytes()
        assert set(await next_parts(chunks)) == {"now", "parts", "changes", "charts", "capacity"}
        await fire(api, "errors", "critical", "Much <goes> wrong.")
        clock.advance(timedelta(seconds=5))
        changed = await next_parts(chunks)
        assert set(changed) == {"now", "parts", "changes"}
        assert "Much &lt;goes&gt; wrong." in changed["now"]
        await run_sql(api, "DELETE FROM account_session")
        await run_sql(api, "UPDATE alert SET resolved_at = now()")
        clock.advance(timedelta(seconds=60))
        async with asyncio.timeout(10):
            assert not [chunk async for chunk in chunks if b"data:" in chunk]


async def test_circuits_are_listed_and_sent_again_when_one_opens(
    api: ApiClient, cookie: Mapping[str, str], clock: ManualClock
) -> None:
    shown = (await api.ask("GET", "//admin/circuits", headers=cookie)).body.decode()
    assert "All services are called." in shown
    assert 'data-stream="/admin/circuits/live"' in shown
    circuits = SharedCircuits(api.app.database, api.app.unit_of_work, api.app.ids)
    async with api.client.stream("GET", "/admin/circuits/live", headers=cookie) as answer:
        chunks = answer.aiter_bytes()
        assert "All services are called." in (await next_parts(chunks))["services"]
        opened = Circuit("mail-server", is_open=True, hold_seconds=300, reason="5 <calls> failed.")
        assert await circuits.change(opened)
        clock.advance(timedelta(seconds=5))
        (row,) = re.findall(r"<li>.*?</li>", (await next_parts(chunks))["services"], re.DOTALL)
    assert _text(row) == "Mail server mail-server Not called 5 minutes left 5 &lt;calls&gt; failed."


def _text(row: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", row).split())


async def test_a_gateway_is_listed_with_the_name_of_its_business(
    api: ApiClient, cookie: Mapping[str, str]
) -> None:
    circuits = SharedCircuits(api.app.database, api.app.unit_of_work, api.app.ids)
    names = [f"make:{api.business.org_id}", "sms:of nobody", f"sms:{UUID(int=7)}"]
    for name in names:
        assert await circuits.change(Circuit(name, is_open=True, hold_seconds=60, reason="Broken."))
    shown = (await api.ask("GET", "//admin/circuits", headers=cookie)).body.decode()
    rows = [_text(row) for row in re.findall(r"<li>.*?</li>", shown, re.DOTALL)]
    assert (
        f"Make.com of a business: Meadow Farm {names[0]} Not called 1 minute left Broken." in rows
    )
    for name in names[1:]:
        assert f"SMS gateway of a business {name} Not called 1 minute left Broken." in rows
    assert f"Meadow Farm, {names[0]}: not called (1 minute left)</option>" in shown


async def test_database_page_leads_to_who_keeps_others_waiting(
    api: ApiClient, cookie: Mapping[str, str], clock: ManualClock
) -> None:
    async def page() -> str:
        clock.advance(timedelta(seconds=DATABASE_SECONDS))
        answer = await api.ask("GET", "//admin/database", headers=cookie)
        assert answer.status == 200
        return " ".join(unescape(re.sub(r"<[^>]+>", " ", answer.body.decode())).split())

    assert "Nobody waits for a lock." in await page()
    root, other = await api.app.connect(), await api.app.connect()
    await root.execute("BEGIN; LOCK TABLE alert")
    waiting = asyncio.create_task(other.execute("SELECT 'secret' FROM alert"))
    async with asyncio.timeout(10):
        while "Lock: relation" not in (text := await page()):
            pass
    assert "Who waits for whom BEGIN; LOCK TABLE alert fullhouse listener" in text
    assert "SELECT ? FROM alert" in text
    assert "secret" not in text
    root.terminate()
    await waiting
    await other.close()


async def test_nobody_but_operators_sees_it(api: ApiClient) -> None:
    for path in (PATH, f"{PATH}/live", "//admin/database", "//admin/database/live"):
        owner = await api.ask("GET", path, headers=await api.staff_cookie())
        assert owner.status == 403
        assert (await api.ask("GET", path)).status == 303


def test_where_bookings_are_made_are_pages_and_operations_that_there_are(api: ApiClient) -> None:
    sessions = AccountSessions(api.app.database, api.app.clock)
    pages = page_routes(api.app, sessions, api.shutdown, health=api.health.reports.health)
    known = {(page.method, page.path) for page in pages}
    assert BOOKED_ROUTES - known == {("POST", "/api/v1/{org}/bookings")}
