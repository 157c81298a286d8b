"""`fullhouse sandbox`, and the sandbox of the demo."""

import asyncio
import json
import sys
from pathlib import Path

import aiohttp
import pytest

from fullhouse.entrypoints.cli._server_url import demo_sandbox_url, sandbox_url
from fullhouse.entrypoints.installation import listening_sandbox, sandbox_program
from fullhouse.processes.server_address import read_address
from fullhouse.sandbox.limits import SANDBOX_PORT
from fullhouse.settings import Settings

pytestmark = pytest.mark.timeout(90)


def test_the_sandbox_of_a_demo_keeps_its_address(tmp_path: Path) -> None:
    settings = Settings(demo=True, data_dir=tmp_path)
    with listening_sandbox(settings, tmp_path) as first:
        assert first is not None
        url = first.url
        assert demo_sandbox_url(settings) == sandbox_url(settings) == url
        program = sandbox_program({}, first)
        assert set(program.descriptors) == {first.http.fileno(), first.smtp.fileno()}
    with listening_sandbox(settings, tmp_path) as again:
        assert again is not None
        assert again.url == url


def test_a_demo_without_a_sandbox_forgets_the_one_of_its_last_start(tmp_path: Path) -> None:
    with listening_sandbox(Settings(demo=True), tmp_path):
        assert read_address(tmp_path, of="sandbox")
    elsewhere = Settings(demo=True, sandbox_url="http://127.0.0.1:9999")
    for settings in (Settings(demo=True, sandbox=False), elsewhere):
        with listening_sandbox(settings, tmp_path) as listeners:
            assert listeners is None
            assert read_address(tmp_path, of="sandbox") is None
    without = Settings(data_dir=tmp_path)
    assert demo_sandbox_url(without) is None
    assert sandbox_url(without) == f"http://127.0.0.1:{SANDBOX_PORT}"
    assert demo_sandbox_url(elsewhere) == "http://127.0.0.1:9999"


async def fullhouse(*arguments: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "fullhouse", *arguments),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


async def output_of(*arguments: str) -> tuple[int | None, str]:
    process = await fullhouse(*arguments)
    output, errors = await process.communicate()
    return process.returncode, (output + errors).decode()


async def test_a_running_sandbox_is_set_and_listed_by_the_same_command() -> None:
    running = await fullhouse("sandbox", "--port", "0", "--json")
    try:
        assert running.stdout is not None
        addresses = json.loads(await running.stdout.readline())
        url = ("--url", addresses["sandbox"])
        status, output = await output_of("sandbox", "set", "make", "down", "--for", "2h", *url)
        assert (status, "make     down" in output, "until" in output) == (0, True, True)
        async with (
            aiohttp.ClientSession() as session,
            session.post(addresses["make"], json={}) as response,
        ):
            assert response.status == 503
        status, output = await output_of("sandbox", "list", "--json", *url)
        (make,) = [each for each in json.loads(output)["providers"] if each["name"] == "make"]
        assert (make["mode"], make["received"], make["failed"]) == ("down", 1, 1)
        status, output = await output_of("sandbox", "set", "pigeons", "down", *url)
        assert (status, output.startswith("fullhouse: There is no provider")) == (2, True)
    finally:
        running.terminate()
        assert await running.wait() == 0
    status, output = await output_of("sandbox", "list", *url)
    assert (status, "No sandbox answers" in output) == (1, True)
