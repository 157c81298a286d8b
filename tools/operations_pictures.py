"""Take the pictures of the operations pages under real incidents, for docs/operations.md.

Works on a demo that runs on this machine and is nobody's: it stops its database for some seconds,
pulls the plug of its mail server and locks a table. The report of the month begins with the first
full hour of the demo.
`python -m tools.operations_pictures DATA_DIR DATABASE_URL`.
"""

import asyncio
import io
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Final

import asyncpg
import httpx
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, sync_playwright

from fullhouse.kernel.clock import SystemClock

FOLDER: Final = Path(__file__).parents[1] / "docs" / "pictures"
CHROMIUM: Final = "/usr/bin/chromium-headless-shell"
WIDE, NARROW = (1280, 860), (390, 780)
COLORS: Final = 128


def fullhouse(*arguments: str) -> str:
    """What a command of the program under test prints."""
    program = Path(sys.executable).with_name("fullhouse")
    command = [str(program), *arguments]
    done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603 - ours
    return done.stdout


class Camera:
    """A browser of the operator of a demo."""

    def __init__(self, browser: Browser, data_dir: str) -> None:
        demo = json.loads(fullhouse("demo", "--json", "--data-dir", data_dir))
        self.url = demo["addresses"]["admin"].removesuffix("/admin")
        self.browser = browser
        context = browser.new_context()
        page = context.new_page()
        page.goto(f"{self.url}/admin/sign-in")
        page.fill("input[type=email], input[name=login]", demo["sign_ins"]["operator"]["email"])
        page.fill("input[type=password]", demo["sign_ins"]["operator"]["password"])
        page.locator("main form button").first.click()
        page.wait_for_url(lambda url: "/sign-in" not in url)
        self.state = context.storage_state()
        context.close()

    def take(
        self,
        name: str,
        path: str,
        *,
        size: tuple[int, int],
        is_dark: bool = False,
        shows: str = "",
    ) -> None:
        """One picture of what is seen at once, when it shows a text."""
        context = self._context(size, is_dark=is_dark)
        page = context.new_page()
        page.goto(self.url + path)
        page.get_by_text(shows).first.wait_for()
        page.wait_for_timeout(300 if shows else 1_000)
        image = Image.open(io.BytesIO(page.screenshot())).convert("RGB").quantize(COLORS)
        image.save(FOLDER / f"{name}.png", optimize=True)
        context.close()

    def both(self, name: str, path: str, *, shows: str = "") -> None:
        """By day on a desk, at night on a phone."""
        self.take(f"{name}-1280", path, size=WIDE, shows=shows)
        self.take(f"{name}-390", path, size=NARROW, is_dark=True, shows=shows)

    def _context(self, size: tuple[int, int], *, is_dark: bool) -> BrowserContext:
        return self.browser.new_context(
            viewport={"width": size[0], "height": size[1]},
            color_scheme="dark" if is_dark else "light",
            storage_state=self.state,
            timezone_id="America/Chicago",
            locale="en-US",
        )


@contextmanager
def database_paused(data_dir: str) -> Iterator[None]:
    """Nobody answers, and nobody hangs up."""
    postmaster = int((Path(data_dir) / "postgres" / "postmaster.pid").read_text().split()[0])
    children = Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text().split()
    pids = [postmaster, *map(int, children)]
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        time.sleep(8)
        yield
    finally:
        for pid in reversed(pids):
            os.kill(pid, signal.SIGCONT)
        time.sleep(10)


@contextmanager
def table_locked(database_url: str) -> Iterator[None]:
    """Somebody began to change a table, and went to lunch."""
    is_over = threading.Event()

    async def hold() -> None:
        connection = await asyncpg.connect(
            database_url, server_settings={"application_name": "psql"}
        )
        await connection.execute("BEGIN; LOCK TABLE alert IN ACCESS EXCLUSIVE MODE")
        await asyncio.to_thread(is_over.wait)
        await connection.close()

    # The browser's driver has the event loop of this thread
    thread = threading.Thread(target=lambda: asyncio.run(hold()))
    thread.start()
    try:
        time.sleep(12)
        yield
    finally:
        is_over.set()
        thread.join()
        time.sleep(5)


@contextmanager
def mail_server_down(camera: Camera, data_dir: str) -> Iterator[None]:
    """E-mails cannot go out in any way."""
    for service in ("smtp", "make"):
        fullhouse("sandbox", "set", service, "down", "--data-dir", data_dir)
    try:
        guests_with_addresses_book(camera)
        time.sleep(50)
        yield
    finally:
        for service in ("smtp", "make"):
            fullhouse("sandbox", "set", service, "ok", "--data-dir", data_dir)
        time.sleep(30)


def guests_with_addresses_book(camera: Camera) -> None:
    """To the invented ones of a demo nothing is sent."""
    now = SystemClock().now()
    api, day = f"{camera.url}/api/v1/bouquet-garden", now.date() + timedelta(days=3)
    offering = httpx.get(f"{api}/offerings").json()["offerings"][0]["slug"]
    span = {"from": f"{day}", "to": f"{day + timedelta(days=7)}", "party": "1"}
    found = httpx.get(f"{api}/offerings/{offering}/availability", params=span).json()
    for slot in [one for one in found["slots"] if one["remaining"]][:20]:
        key = f"{slot['id']}-{now:%H%M%S}"
        guest = {"name": "Ana Lopez", "email": f"{key}@example.com"}
        body = {"slot": slot["id"], "party": 1, "customer": guest}
        httpx.post(f"{api}/bookings", json=body, headers={"idempotency-key": key})


def guests_book(camera: Camera, data_dir: str) -> None:
    """Some more each time, until all is sold."""
    with suppress(subprocess.CalledProcessError):
        fullhouse("load", "onsale", "--url", camera.url, "--data-dir", data_dir)


def main(data_dir: str, database_url: str) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        camera = Camera(browser, data_dir)
        guests_book(camera, data_dir)
        time.sleep(65)
        camera.both("operations-well", "/admin/operations", shows="All is well")
        camera.take("operations-speed-1280", "/admin/latency", size=WIDE)
        with table_locked(database_url):
            camera.both("operations-lock", "/admin/database", shows="for a lock of psql")
        with database_paused(data_dir):
            camera.both("operations-database", "/admin/operations")
        with mail_server_down(camera, data_dir):
            camera.both("operations-mail", "/admin/operations", shows="The mail server fails")
            camera.both("operations-services", "/admin/circuits")
        camera.both("operations-alerts", "/admin/alerts")
        camera.take("operations-month-1280", "/admin/service-level", size=WIDE)
        browser.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
