"""What `fullhouse serve` says when it has started, and in which form."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio
from tests.history.product import Product, a_product

from fullhouse.bootstrap.consistency import build_consistency_checker
from fullhouse.kernel.clock import SystemClock

pytestmark = pytest.mark.timeout(300)

WATCHED_SECONDS = 60
"""The tolerance for events that wait ends here: later, a check would see those of the start."""


async def command(*arguments: str, data_dir: Path) -> tuple[int | None, str, str]:
    """The exit status, standard output and standard error; no setting names the server's port."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "fullhouse", *arguments, "--data-dir", str(data_dir)),
        env={name: value for name, value in os.environ.items() if name != "FULLHOUSE_PORT"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    output, errors = await process.communicate()
    return process.returncode, output.decode(), errors.decode()


async def test_an_empty_installation_says_where_its_data_is_and_what_to_do_next() -> None:
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
        link = again[1].split()[0]
        assert link.startswith(f"{product.url}/admin/set-up/")
        assert link in said
        async with aiohttp.ClientSession() as session, session.get(link) as answer:
            assert "Your business" in await answer.text()
        await command("organisation", "lily", "--name", "Lily", data_dir=product.data_dir)
        async with aiohttp.ClientSession() as session, session.get(link) as answer:
            assert answer.status == 410
        refused = await command("set-up", data_dir=product.data_dir)
        assert (refused[0], "has a business already" in refused[2]) == (1, True)
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

    async def rush_again_and_again() -> list[tuple[int | None, str, str]]:
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
    status, output, errors = await command("check", data_dir=demo.data_dir)
    assert (status, output.splitlines()[-1:]) == (0, ["All 13 checks passed."]), output + errors
    over.set()
    for status, output, errors in await rushes:
        assert status == 0, output + errors
        assert "│ booked" in output
        assert "Checking the data" in errors


@pytest.mark.asyncio(loop_scope="module")
async def test_the_demo_runs_a_sandbox_whose_services_fail_on_demand(demo: Product) -> None:
    _, output, _ = await command("demo", "--json", data_dir=demo.data_dir)
    sandbox = json.loads(output)["addresses"]["sandbox"]
    status, output, errors = await command(
        "sandbox", "set", "make", "down", "--for", "2h", data_dir=demo.data_dir
    )
    assert (status, "make     down" in output) == (0, True), errors
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{sandbox}/make/hook/x", json={}) as answer,
    ):
        assert answer.status == 503


async def test_commands_find_the_server_that_was_given_another_port() -> None:
    async with a_product() as product:
        made = await command("organisation", "lily", "--name", "Lily", data_dir=product.data_dir)
        assert f"Pages       {product.url}/lily" in made[1]
        link = await command("sign-in", "lily", "Ann", data_dir=product.data_dir)
        assert f"{product.url}/admin/enter/" in link[1]
