"""A real Redis of its own behind a socket file, which can be frozen, ended and started anew."""

import shutil
import signal
import socket as sockets
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic, sleep

import pytest


@dataclass(slots=True)
class RedisServer:
    """Runs from `start` to `end`; keeps nothing on the disk."""

    folder: Path
    _process: subprocess.Popen[bytes] | None = field(default=None)

    @property
    def socket(self) -> Path:
        return self.folder / "redis.sock"

    @property
    def url(self) -> str:
        return f"unix://{self.socket}"

    def start(self) -> None:
        program = shutil.which("redis-server")
        if program is None:
            pytest.fail("These tests need a Redis: apt-get install redis-server")
        options = ["--port", "0", "--unixsocket", str(self.socket), "--save", ""]
        options += ["--dir", str(self.folder), "--loglevel", "warning"]
        self._process = subprocess.Popen([program, *options], stdout=subprocess.DEVNULL)
        until = monotonic() + 10
        while not self._listens():
            assert monotonic() < until, "Redis did not start"
            sleep(0.01)

    def freeze(self) -> None:
        self._send(signal.SIGSTOP)

    def end(self) -> None:
        self._send(signal.SIGKILL)
        assert self._process is not None, "it was started"
        self._process.wait()
        self.socket.unlink(missing_ok=True)

    def _listens(self) -> bool:
        """Its file is there a little before."""
        with sockets.socket(sockets.AF_UNIX) as client:
            return client.connect_ex(str(self.socket)) == 0

    def _send(self, number: signal.Signals) -> None:
        assert self._process is not None, "it was started"
        self._process.send_signal(number)


@contextmanager
def a_redis_server(folder: Path) -> Iterator[RedisServer]:
    server = RedisServer(folder)
    server.start()
    try:
        yield server
    finally:
        server.end()
