"""Metrics and details of health are for who has the token, or is on the machine."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from functools import partial

import asyncpg
import pytest
from pydantic import SecretStr, ValidationError
from tests.builders.api_client import ApiClient, a_booking_body, an_api_client
from tests.builders.business import Business
from tests.builders.statement_counts import statements

from fullhouse.booking.ledger.committer import Committer
from fullhouse.booking.ledger.queue import PendingCommand
from fullhouse.bootstrap.application import Application, open_application
from fullhouse.http.server import health
from fullhouse.http.server.health import own_readiness
from fullhouse.http.server.limits import READINESS_AGE_SECONDS_MAX
from fullhouse.kernel.clock import ManualClock
from fullhouse.settings import Settings
from fullhouse.storage.errors import DatabaseFull
from fullhouse.storage.limits import LOCK_SECONDS_MAX

TOKEN = "a-token-of-some-length"
CHECKS = 5
"""More than there is time for if each waited until a lock is given up."""
BY_PROXY = (
    {"X-Forwarded-For": "203.0.113.5"},
    {"X-Forwarded-For": "127.0.0.1"},
    {"X-Forwarded-Proto": "https"},
    {"X-Forwarded-Server": "proxy"},
    {"Forwarded": "for=127.0.0.1"},
    {"Via": "1.1 proxy"},
    {"X-Real-IP": "127.0.0.1"},
    {"Origin": "https://evil.example"},
)


@pytest.fixture(params=["token", "public_url", "trusted_proxies"])
async def exposed(
    request: pytest.FixtureRequest, database_url: str, clock: ManualClock
) -> AsyncIterator[Application]:
    """An installation that is known to stand behind a proxy."""
    settings = {
        "token": Settings(metrics_token=SecretStr(TOKEN), public_url="https://book.example.org"),
        "public_url": Settings(public_url="https://book.example.org"),
        "trusted_proxies": Settings(trusted_proxies=("127.0.0.1",)),
    }[request.param]
    async with open_application(settings, database_url, name="exposed", clock=clock) as app:
        yield app


async def test_a_client_on_the_machine_reads_metrics_unless_a_proxy_or_a_page_asks_for_another(
    api: ApiClient, subtests: pytest.Subtests
) -> None:
    assert (await api.ask("GET", "//metrics")).status == 200
    for headers in BY_PROXY:
        with subtests.test(str(headers)):
            refused = await api.ask("GET", "//metrics", headers=headers)
            assert (refused.status, refused.code) == (401, "metrics_token_required")
            assert refused.headers["www-authenticate"].startswith("Bearer")
            assert b"fullhouse_request" not in refused.body


async def test_nobody_is_local_to_an_installation_behind_a_proxy(
    exposed: Application, business: Business
) -> None:
    api = await an_api_client(exposed, business)
    assert (await api.ask("GET", "//metrics")).status == 401
    assert (await api.ask("GET", "//metrics", key="another-token-of-length")).status == 401
    assert (await api.ask("GET", "//metrics", key=api.key)).status == 401
    by_token = await api.ask("GET", "//metrics", key=TOKEN)
    has_token = exposed.settings.metrics_token is not None
    assert by_token.status == (200 if has_token else 401)


async def test_readiness_tells_everybody_its_status_alone(api: ApiClient) -> None:
    stranger = {"X-Forwarded-For": "203.0.113.5"}
    unknown = await api.ask("GET", "//readyz", headers=stranger)
    assert (unknown.status, unknown.json) == (503, {"status": "not_ready"})
    assert (await api.ask("GET", "//readyz")).json["status"] == "database_unavailable"
    await api.health.check()
    ready = await api.ask("GET", "//readyz", headers=stranger)
    assert (ready.status, ready.json) == (200, {"status": "ready"})
    assert (await api.ask("GET", "//readyz")).json == {"status": "ready", "age_seconds": 0.0}
    api.shutdown.set()
    draining = await api.ask("GET", "//readyz", headers=stranger)
    assert (draining.status, draining.json) == (503, {"status": "not_ready"})


async def test_a_check_that_goes_on_makes_the_last_one_no_older(
    api: ApiClient, clock: ManualClock
) -> None:
    await api.health.check()
    locker = await api.app.connect()
    async with locker.transaction():
        await locker.execute("LOCK TABLE installation IN ACCESS EXCLUSIVE MODE")
        clock.advance(timedelta(seconds=READINESS_AGE_SECONDS_MAX))
        checking = asyncio.create_task(api.health.check())
        await asyncio.sleep(0)
        clock.advance(timedelta(seconds=1))
        assert (await api.ask("GET", "//readyz")).status == 200
        clock.advance(timedelta(seconds=READINESS_AGE_SECONDS_MAX))
        assert (await api.ask("GET", "//readyz")).status == 503, "it never ended"
    await checking
    await locker.close()
    assert (await api.ask("GET", "//readyz")).status == 200


async def test_checks_go_on_while_the_machines_cannot_be_read(
    api: ApiClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "READINESS_CHECK_SECONDS", 0.05)
    locker = await api.app.connect()
    async with locker.transaction():
        await locker.execute("LOCK TABLE gauge IN ACCESS EXCLUSIVE MODE")
        watching = asyncio.create_task(api.health.watch())
        async with asyncio.timeout(2 * LOCK_SECONDS_MAX):
            while statements(api.app).get("people.ping", 0) < CHECKS:  # noqa: ASYNC110 - as a probe
                await asyncio.sleep(0.05)
        watching.cancel()
        await asyncio.wait((watching,))
    await locker.close()


async def test_others_are_asked_while_the_database_is_away_and_not_once_it_is_back(
    api: ApiClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "READINESS_CHECK_SECONDS", 0.05)
    asked: list[str] = []

    async def ask(url: str) -> int:
        asked.append(url)
        return 200

    api.health.fleet.peers, api.health.fleet.ask = ("http://10.0.0.1:8400",), ask
    locker = await api.app.connect()
    async with locker.transaction(), asyncio.timeout(LOCK_SECONDS_MAX):
        await locker.execute("LOCK TABLE installation IN ACCESS EXCLUSIVE MODE")
        for is_away in (True, False):
            monkeypatch.setattr(api.health, "is_database_away", lambda away=is_away: away)
            api.health._failures = 1  # so that nobody reads who the others are
            asked.clear()
            watching = asyncio.create_task(api.health.watch())
            while api.health._failures < CHECKS:  # noqa: ASYNC110 - as a probe
                await asyncio.sleep(0.05)
            watching.cancel()
            await asyncio.wait((watching,))
            assert bool(asked) == is_away
    await locker.close()


async def test_the_machines_that_serve_are_known_by_their_processes(api: ApiClient) -> None:
    fleet = api.health.fleet
    assert not fleet.is_one_machine, "nobody has looked yet"
    assert isinstance(api.app.clock, ManualClock)
    for machine, url in (
        ("barn", "http://10.0.0.1:8400"),
        ("mill", None),
        ("shed", "http://10.0.0.9:8400"),
        ("yard", "http://10.0.0.7:8400"),
    ):
        assert fleet.machines != {"barn", "mill", "shed", "yard"}
        fleet.machine, fleet.own_url = machine, partial(lambda url, _seen_at: url, url)
        api.app.clock.advance(timedelta(minutes=1))
        await fleet.read()
        assert fleet.is_one_machine == (machine == "barn")
    assert fleet.machines == {"barn", "mill", "shed", "yard"}
    assert fleet.peers == ["http://10.0.0.9:8400", "http://10.0.0.1:8400"], "the next first"
    api.app.clock.advance(timedelta(minutes=10))
    await fleet.read()
    assert (fleet.machines, fleet.peers) == (frozenset({"yard"}), [])


async def test_readiness_of_a_process_by_itself_ignores_the_others(api: ApiClient) -> None:
    api.health.is_database_away, api.health.fleet.machines = lambda: True, frozenset({"barn"})
    assert (await api.ask("GET", "//readyz")).status == 200
    assert (await api.ask("GET", "//readyz?alone")).status == 503
    await api.health.check()
    assert (await api.ask("GET", "//readyz?alone")).status == 200


async def test_a_process_whose_bookings_find_the_disk_full_is_not_ready(
    api: ApiClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def full(_: Committer, _group: Sequence[PendingCommand]) -> list[asyncpg.Record]:
        raise DatabaseFull

    slot = await api.business.a_slot()
    await api.health.check()
    with monkeypatch.context() as faults:
        faults.setattr(Committer, "_commit", full)
        refused = await api.post("/bookings", a_booking_body(slot))
    assert (refused.status, refused.code) == (503, "database_full")
    answer = await api.ask("GET", "//readyz")
    assert (answer.status, answer.json["status"]) == (503, "database_full")
    stranger = await api.ask("GET", "//readyz", headers={"X-Forwarded-For": "203.0.113.5"})
    assert (stranger.status, stranger.json) == (503, {"status": "not_ready"})
    api.health.fleet.machines = frozenset({"barn", "shed"})
    answer = await api.ask("GET", "//readyz")
    assert (answer.status, answer.json["status"]) == (200, "database_full"), "it is so for all"
    await api.book(slot)
    assert (await api.ask("GET", "//readyz")).status == 200


def test_a_short_token_is_refused_at_the_start() -> None:
    with pytest.raises(ValidationError):
        Settings(metrics_token=SecretStr("short"))


async def test_another_machine_is_asked_for_its_readiness_by_itself() -> None:
    asked: list[bytes] = []

    async def away(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.readline())
        writer.write(b"HTTP/1.1 503 Service Unavailable\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(away, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    assert await own_readiness(f"http://127.0.0.1:{port}") == 503
    server.close()
    await server.wait_closed()
    assert asked == [b"GET /readyz?alone HTTP/1.1\r\n"]
    with pytest.raises(OSError, match="Connect"):
        await own_readiness(f"http://127.0.0.1:{port}")
