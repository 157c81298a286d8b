"""What `fullhouse serve` says when it has started, and in which form."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio
from tests.builders.forked import CommandResult, fullhouse
from tests.history.product import Product, a_product

from fullhouse.bootstrap.consistency import build_consistency_checker
from fullhouse.kernel.clock import SystemClock

pytestmark = pytest.mark.timeout(300)

WATCHED_SECONDS = 60
"""The tolerance for events that wait ends here: later, a check would see those of the start."""


async def command(*arguments: str, data_dir: Path) -> CommandResult:
    """No setting names the server's port."""
    return await fullhouse(*arguments, "--data-dir", str(data_dir), FULLHOUSE_PORT="")


async def test_an_empty_installation_says_where_its_data_is_and_commands_find_its_port() -> None:
    async with a_product() as product:
        async with aiohttp.ClientSession() as session, session.get(product.url) as answer:
            page = await answer.text()
        await asyncio.sleep(0.5)
        said = (product.folder / "log").read_text()
        assert f"Fullhouse is running at {product.url}/ (press Ctrl+C to stop)" in said
        assert f"Data folder   {product.data_dir}" in said
        assert f"Listening on  127.0.0.1, port {product.port} (this machine only)" in said
        assert "E-mails       stored, not sent" in said
        for_programs = f'fullhouse organisation SLUG --name "NAME" --data-dir {product.data_dir}'
        assert for_programs in said
        again = await command("set-up", data_dir=product.data_dir)
        link = again.output.split()[0]
        assert link.startswith(f"{product.url}/admin/set-up/")
        assert link in said
        async with aiohttp.ClientSession() as session, session.get(link) as answer:
            assert "Your business" in await answer.text()
        made = await command("organisation", "lily", "--name", "Lily", data_dir=product.data_dir)
        assert f"Pages       {product.url}/lily" in made.output
        async with aiohttp.ClientSession() as session, session.get(link) as answer:
            assert answer.status == 410
        refused = await command("set-up", data_dir=product.data_dir)
        assert (refused.status, "has a business already" in refused.errors) == (1, True)
        entered = await command("sign-in", "lily", "Ann", data_dir=product.data_dir)
        assert f"{product.url}/admin/enter/" in entered.output
    assert "No bookings here yet" in page
    assert "fullhouse set-up" in page
    assert "demo" not in page.lower()


async def test_every_line_is_json_when_the_log_is() -> None:
    async with a_product(
        {"FULLHOUSE_LOG_JSON": "true", "FULLHOUSE_LOG_LEVEL": "info", "FULLHOUSE_PROT": "1"}
    ) as product:
        log, lines = product.folder / "log", list[dict[str, object]]()
        for _ in range(50):
            lines = [json.loads(line) for line in log.read_text().splitlines()]
            if any(line["event"] == "server.started" for line in lines):
                break
            await asyncio.sleep(0.1)
    (started,) = [line for line in lines if line["event"] == "server.started"]
    assert started["url"] == product.url
    assert started["data_dir"] == str(product.data_dir)
    assert started["is_empty"] is True
    assert "/admin/set-up/" not in str(lines)
    unknown = [line for line in lines if line["event"] == "settings.variable_unknown"]
    assert [line["nearest"] for line in unknown] == ["FULLHOUSE_PORT"]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def demo() -> AsyncIterator[Product]:
    """It takes as long to make as all else that a test does with it."""
    async with a_product({"FULLHOUSE_DEMO": "true"}) as product:
        yield product


@pytest.mark.asyncio(loop_scope="module")
async def test_no_check_fails_in_the_first_minute_of_the_demo_under_rushes(demo: Product) -> None:
    """The demo's history bears old dates, and its events are relayed while a rush goes first."""
    clock, over = SystemClock(), asyncio.Event()

    async def rush_again_and_again() -> list[CommandResult]:
        results = []
        while not over.is_set():
            results.append(await command("load", "rush", data_dir=demo.data_dir))
        return results

    database = await demo.database()
    consistency = build_consistency_checker(database, clock)
    started = clock.monotonic()
    rushes = asyncio.create_task(rush_again_and_again())
    while clock.monotonic() < started + WATCHED_SECONDS + 10:
        report = await consistency.check()
        assert report.ok, report.broken
        await asyncio.sleep(4)  # what waits too long waits longer
    await database.close()
    checked = await command("check", data_dir=demo.data_dir)
    passed = (checked.status, checked.output.splitlines()[-1:])
    assert passed == (0, ["All 13 checks passed."]), checked
    over.set()
    for rush in await rushes:
        assert rush.status == 0, rush
        assert "│ booked" in rush.output
        assert "Checking the data" in rush.errors


@pytest.mark.asyncio(loop_scope="module")
async def test_the_demo_runs_a_sandbox_whose_services_fail_on_demand(demo: Product) -> None:
    shown = await command("demo", "--json", data_dir=demo.data_dir)
    sandbox = json.loads(shown.output)["addresses"]["sandbox"]
    down = await command("sandbox", "set", "make", "down", "--for", "2h", data_dir=demo.data_dir)
    assert (down.status, "make     down" in down.output) == (0, True), down
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{sandbox}/make/hook/x", json={}) as answer,
    ):
        assert answer.status == 503
