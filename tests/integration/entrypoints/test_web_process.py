"""A web process from start to shutdown, started as `serve` starts it, without a parent watchdog."""

import os
import resource
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from tests.builders.business import Business

from fullhouse.http.server.open_files import allowed_files

START_SECONDS_MAX = 60
ENDED_BY_ITSELF = 70
SOFT_LIMIT = 1024
WITH_FEW_FILES = ("/bin/sh", "-c", f'ulimit -S -n {SOFT_LIMIT}; exec "$@"', "sh")
"""As systemd and a login shell start it."""


@contextmanager
def a_web_process(**environment: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    listener = socket.create_server(("127.0.0.1", 0))
    descriptor = listener.fileno()
    process = subprocess.Popen(
        [*WITH_FEW_FILES, sys.executable, "-m", "fullhouse", "web", "--listen-on", str(descriptor)],
        env={**os.environ, **environment},
        pass_fds=[descriptor],
        stderr=subprocess.PIPE,
        text=True,
    )
    port = listener.getsockname()[1]
    listener.close()
    try:
        yield process, f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.communicate()


@pytest.mark.timeout(180)
def test_sigterm_ends_streams_and_the_process_exits_cleanly(
    database_url: str, business: Business
) -> None:
    offering = business.offering.slug
    with a_web_process(FULLHOUSE_DATABASE_URL=database_url) as (process, url):
        _wait_until_ready(process, url)
        live = f"{url}/api/v1/meadow/offerings/{offering}/live?date=2027-06-19"
        with httpx.stream("GET", live, timeout=60) as stream:
            lines = stream.iter_lines()
            assert next(lines) == "retry: 3000"
            process.send_signal(signal.SIGTERM)
            rest = list(lines)
        assert any(line.startswith("data: ") for line in rest), "it was told the day, then ended"
        assert process.wait(60) in {0, -signal.SIGTERM}


BLOCKS_ITS_LOOP = """
import signal, time

def block(_number, _frame):
    from fullhouse.observability import loop_watch
    loop_watch.LOOP_BLOCKED_LOOKS_MAX = 3
    time.sleep(600)

signal.signal(signal.SIGUSR2, block)
"""
"""Read by the process at its start: by this signal its loop stands, and half a minute is 3 s."""


@pytest.mark.timeout(120)
def test_a_process_whose_loop_stands_ends_and_says_where(database_url: str, tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(BLOCKS_ITS_LOOP)
    environment = {"FULLHOUSE_DATABASE_URL": database_url, "PYTHONPATH": str(tmp_path)}
    with a_web_process(**environment) as (process, url):
        _wait_until_ready(process, url)
        while httpx.get(f"{url}/api/health/system").json()["age_seconds"] is None:
            time.sleep(0.05)  # until it watches itself
        process.send_signal(signal.SIGUSR2)
        assert process.wait(60) == ENDED_BY_ITSELF, "then the supervisor starts another"
        assert process.stderr is not None
        logged = process.stderr.read()
    assert "loop.ended" in logged
    assert "block" in logged


@pytest.mark.timeout(120)
def test_a_process_raises_its_limit_of_files_and_answers_in_one_packet(database_url: str) -> None:
    with a_web_process(FULLHOUSE_DATABASE_URL=database_url) as (process, url):
        _wait_until_ready(process, url)
        limit, hard = resource.prlimit(process.pid, resource.RLIMIT_NOFILE)
        assert limit == allowed_files(hard) > SOFT_LIMIT
        with socket.create_connection(("127.0.0.1", httpx.URL(url).port or 0)) as guest:
            for _ in range(20):
                guest.sendall(b"GET /schema/openapi.json HTTP/1.1\r\nHost: x\r\n\r\n")
                head, _, body = guest.recv(1 << 20).partition(b"\r\n\r\n")
                assert b"200 OK" in head
                assert body
                _read_the_rest(guest, head, body)


@pytest.mark.timeout(120)
def test_a_process_without_a_database_logs_the_error_and_exits() -> None:
    nowhere = "postgresql://postgres@127.0.0.1:1/nowhere"
    with a_web_process(FULLHOUSE_DATABASE_URL=nowhere) as (process, _):
        _, said = process.communicate(timeout=90)
        assert process.returncode != 0
        assert "web_process.failed" in said


def _wait_until_ready(process: subprocess.Popen[str], url: str) -> None:
    until, said = time.monotonic() + START_SECONDS_MAX, ""
    while time.monotonic() < until:
        if process.poll() is not None:
            pytest.fail(f"the process ended: {process.communicate()[1]}")
        try:
            answer = httpx.get(f"{url}/readyz", timeout=5)
            if answer.status_code == httpx.codes.OK:
                return
            said = answer.text
        except httpx.TransportError as error:
            said = repr(error)
        time.sleep(0.2)
    pytest.fail(f"the process did not become ready: {said}")


def _read_the_rest(guest: socket.socket, head: bytes, body: bytes) -> None:
    length = int(head.lower().partition(b"content-length: ")[2].split()[0])
    while len(body) < length:
        body += guest.recv(1 << 20)
