"""A real Alertmanager takes our routes: who is told by which way, and not beside the cause."""

import asyncio
import json
import shutil
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
from tests.builders.mail_server import Postmaster, a_mail_server
from tests.builders.webhook_receiver import Receiver, a_receiver

pytestmark = pytest.mark.timeout(60)

ROUTES = Path(__file__).parents[2] / "deploy" / "observability" / "alertmanager/alertmanager.yml"
PROGRAMS = ("prometheus-alertmanager", "alertmanager")


@asynccontextmanager
async def an_alertmanager(folder: Path, post: Postmaster, receiver: Receiver) -> AsyncIterator[str]:
    """With our configuration, but for its addresses and the time it waits; its own address."""
    routes = ROUTES.read_text().replace("localhost:25", f"127.0.0.1:{post.port}")
    routes = routes.replace("127.0.0.1:9095", f"127.0.0.1:{receiver.port}")
    (folder / "routes.yml").write_text(routes.replace("group_wait: 10s", "group_wait: 1s"))
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = f"127.0.0.1:{free.getsockname()[1]}"
    program = next(found for name in PROGRAMS if (found := shutil.which(name)))
    process = await asyncio.create_subprocess_exec(
        program,
        f"--config.file={folder / 'routes.yml'}",
        f"--storage.path={folder}",
        f"--web.listen-address={address}",
        "--cluster.listen-address=",
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        yield f"http://{address}"
    finally:
        process.kill()
        await process.wait()


async def post_alerts(url: str, *names: tuple[str, str]) -> None:
    alerts = [
        {"labels": {"alertname": name, "severity": severity, "job": "fullhouse"}}
        for name, severity in names
    ]
    async with aiohttp.ClientSession(url) as http:
        while True:
            try:
                async with http.post("/api/v2/alerts", json=alerts) as answer:
                    assert answer.status == 200
                    return
            except aiohttp.ClientConnectionError:
                await asyncio.sleep(0.05)


async def test_a_pager_gets_what_wakes_without_what_follows_from_it(tmp_path: Path) -> None:
    async with (
        a_mail_server(Postmaster()) as post,
        a_receiver(Receiver()) as receiver,
        an_alertmanager(tmp_path, post, receiver) as url,
    ):
        await post_alerts(
            url,
            ("database-down", "critical"),
            ("bookings-failing", "critical"),
            ("jobs-failed", "warning"),
        )
        async with asyncio.timeout(30):
            while not receiver.received or len(post.taken) < 2:  # noqa: ASYNC110 - it tells
                await asyncio.sleep(0.05)
        paged = [one["labels"]["alertname"] for one in _alerts(receiver)]
        assert paged == ["database-down"]
        subjects = sorted(str(mail["Subject"]) for mail in post.taken)
        assert [subject.split("]")[0] for subject in subjects] == ["[FIRING:1", "[FIRING:1"]
        bodies = "".join(str(mail) for mail in post.taken)
        assert "CRITICAL" in bodies
        assert "WARNING" in bodies


def _alerts(receiver: Receiver) -> list[dict[str, dict[str, str]]]:
    found: list[dict[str, dict[str, str]]] = []
    for one in receiver.received:
        found += json.loads(one.body)["alerts"]
    return found
