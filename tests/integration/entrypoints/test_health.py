"""Health is checked in the background; its status is for all, its details for operators."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import cast

import pytest
from tests.builders.api_client import Answer, ApiClient, Json
from tests.builders.statement_counts import added, statements

from fullhouse.kernel.clock import ManualClock
from fullhouse.observability.database_health import DatabaseHealth
from fullhouse.observability.health import Health, HealthSource
from fullhouse.observability.model import HealthStatus, Measurement
from fullhouse.storage.errors import DatabaseUnavailable
from fullhouse.storage.metrics import QueryMetrics
from fullhouse.telemetry.metrics import TAKES_KEPT

STRANGER = {"X-Forwarded-For": "203.0.113.5"}
PARTS = ("database", "notifications", "external-services", "system")


async def ask(api: ApiClient, part: str = "", **headers: str) -> Answer:
    return await api.ask("GET", f"//api/health{part and f'/{part}'}", headers=headers)


def health_of(api: ApiClient) -> Health:
    return api.health.reports.health


def checks(answer: Answer) -> dict[str, Json]:
    found = cast("dict[str, list[Json]]", answer.json["checks"])
    return {name: one for name, (one,) in found.items()}


async def test_each_part_is_measured_and_its_status_is_for_all(
    api: ApiClient, subtests: pytest.Subtests
) -> None:
    await health_of(api).check()
    whole = await ask(api)
    assert whole.headers["content-type"] == "application/health+json"
    for part in PARTS:
        with subtests.test(part):
            answer = await ask(api, part)
            assert answer.status == 200, answer.body
            assert answer.json["age_seconds"] == 0
            found = checks(answer)
            assert found
            assert found.items() <= checks(whole).items()
            assert all(name.startswith(f"{part}:") for name in found)
            told = await ask(api, part, **STRANGER)
            assert told.json == {name: answer.json[name] for name in ("status", "result")}
    names = {name for part in PARTS for name in checks(await ask(api, part))}
    assert {
        *("database:pool_busy", "database:statement_p95", "database:connections"),
        *("notifications:success_rate", "notifications:response_p95", "notifications:failed"),
        *("external-services:mail-server", "system:memory_free", "system:load"),
        "system:disk_free",
    } <= names
    assert checks(whole)["database:answers"]["observedValue"] == "yes"


async def test_an_answer_asks_nobody_and_says_how_old_it_is(api: ApiClient) -> None:
    assert isinstance(api.app.clock, ManualClock)
    await health_of(api).check()
    api.app.clock.advance(timedelta(seconds=4))
    before = statements(api.app)
    answers = [await ask(api, part) for part in ("", *PARTS)]
    assert added(before, statements(api.app)) == []
    assert {answer.json["age_seconds"] for answer in answers} == {4.0}


async def test_what_is_not_measured_any_more_is_degraded(api: ApiClient) -> None:
    assert isinstance(api.app.clock, ManualClock)
    assert (await ask(api)).json["status"] == "degraded", "nothing is known yet"
    await health_of(api).check()
    api.app.clock.advance(timedelta(seconds=6))
    old = await ask(api, "system")
    assert (old.json["status"], old.json["age_seconds"]) == ("degraded", 6.0)
    assert checks(old)["system:check"]["observedValue"] == "no recent result"


async def test_statements_that_fail_make_the_database_and_the_whole_unhealthy(
    api: ApiClient,
) -> None:
    observe = api.app.metrics.get(QueryMetrics).observe
    for _ in range(9):
        observe("booking.slots", 0.01, DatabaseUnavailable())
    await health_of(api).check()
    assert (await ask(api, "database")).json["status"] == "healthy"
    observe("booking.slots", 0.01, DatabaseUnavailable())
    await health_of(api).check()
    for part in ("", "database"):
        answer = await ask(api, part, **STRANGER)
        assert (answer.status, answer.json) == (503, {"status": "unhealthy", "result": "fail"})
    assert (await ask(api, "system")).status == 200
    for _ in range(TAKES_KEPT + 1):  # as the recorder does, every ten seconds
        api.app.metrics.take_measured()
    await health_of(api).check()
    assert (await ask(api, "database")).json["status"] == "healthy", "a minute later"


async def test_a_database_that_is_away_is_said_at_once_and_the_rest_grows_old(
    api: ApiClient,
) -> None:
    await health_of(api).check()
    source = health_of(api).sources["database"]
    assert isinstance(source, DatabaseHealth)
    source.is_away = lambda: True
    await health_of(api).check()
    answer = await ask(api, "database")
    assert (answer.status, checks(answer)["database:answers"]["observedValue"]) == (503, "no")


async def test_jobs_that_fail_degrade_notifications_and_a_mail_server_the_services(
    api: ApiClient,
) -> None:
    async with api.app.database.unrestricted.session() as session:
        await session.connection.execute(
            "INSERT INTO effect (org_id, key, kind, subject, status, due_at, attempts,"
            " correlation_id, created_at, ended_at)"
            " SELECT $1, 'm/' || n, 'message', $1, CASE WHEN n < 10 THEN 'completed' ELSE 'dead'"
            " END, now(), 1, $1, now() - interval '2 seconds',"
            " CASE WHEN n < 10 THEN now() END FROM generate_series(1, 12) AS n",
            api.business.org_id,
        )
        await session.connection.execute(
            "INSERT INTO circuit (name, generation, is_open, held_until, reason) VALUES"
            " ('mail-server', 1, true, now(), '5 calls failed'), ('make:1', 1, true, now(), '503')"
        )
    await health_of(api).check()
    sent = await ask(api, "notifications")
    assert (sent.status, sent.json["status"]) == (503, "unhealthy")
    assert checks(sent)["notifications:success_rate"]["observedValue"] == 0.75
    assert checks(sent)["notifications:response_p95"]["observedValue"] == pytest.approx(2, abs=1)
    services = await ask(api, "external-services")
    assert services.json["status"] == "degraded"
    assert checks(services)["external-services:mail-server"]["observedValue"] == "not set up"
    assert (await ask(api)).json["status"] == "degraded", "bookings go on"


class _Broken:
    """A part whose check fails, or never ends."""

    def __init__(self, error: Exception | None) -> None:
        self.error = error

    async def measure(self) -> Sequence[Measurement]:
        if self.error is not None:
            raise self.error
        await asyncio.sleep(60)
        raise AssertionError


class _Steady:
    """A part that is well."""

    async def measure(self) -> Sequence[Measurement]:
        return (Measurement("load", 0.1),)


async def test_a_part_that_cannot_be_measured_holds_up_no_other(api: ApiClient) -> None:
    sources: dict[str, HealthSource] = {
        "database": _Broken(DatabaseUnavailable()),
        "notifications": _Broken(None),
        "system": _Steady(),
    }
    health = Health(sources, api.app.clock)
    await health.check()
    assert health.report("system").status is HealthStatus.HEALTHY
    assert health.report("database").status is HealthStatus.DEGRADED
    assert health.status is HealthStatus.DEGRADED
