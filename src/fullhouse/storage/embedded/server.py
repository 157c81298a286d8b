"""The embedded server itself: prepared, started, found running, stopped."""

import os
import signal
import socket
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from fullhouse.storage.embedded.account import Account, account
from fullhouse.storage.embedded.cluster import prepared_cluster
from fullhouse.storage.embedded.configuration import write_configuration
from fullhouse.storage.embedded.programs import Programs, reachable_programs, wheel_programs
from fullhouse.storage.embedded.sockets import SOCKET_NAME, socket_folder
from fullhouse.storage.errors import EmbeddedServerFailed
from fullhouse.storage.limits import EMBEDDED_START_SECONDS_MAX, EMBEDDED_STOP_SECONDS_MAX

DATABASE = "fullhouse"
SUPERUSER = "postgres"
_POLL_SECONDS = 0.02
_LINES_WHEN_READY = 8
_LINES_QUOTED = 12
_PASSING = ("pre-existing shared memory block", "is still in use")
"""What it says while the backends of a killed server have not ended yet."""


@dataclass(slots=True)
class EmbeddedServer:
    """A PostgreSQL on a cluster of its own; whoever starts it holds the folder's ownership."""

    account: Account
    programs: Programs
    cluster: Path
    sockets: Path
    _process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    @property
    def url(self) -> str:
        """Where the program's own database is."""
        return self.url_of(DATABASE)

    def url_of(self, database: str) -> str:
        return socket_url(self.sockets, database)

    @property
    def log_folder(self) -> Path:
        return self.cluster / "log"

    def start(self) -> None:
        """Start it and wait until it answers, or take over one that a killed owner left running.

        Raises `EmbeddedServerFailed` with the end of its log.
        """
        if self.is_running():
            return
        self._forget_lost_process()
        write_configuration(self.cluster, sockets=self.sockets, account=self.account)
        output = self.cluster / "start.log"
        deadline = time.monotonic() + EMBEDDED_START_SECONDS_MAX
        while not self._started(output):
            # Backends that outlived a killed server hold its memory for a moment: try again.
            said = self._last_words(output)
            if time.monotonic() > deadline or not any(phrase in said for phrase in _PASSING):
                detail = f"PostgreSQL did not start: {said}"
                raise EmbeddedServerFailed(detail, log=said)
            time.sleep(0.5)

    def stop(self) -> None:
        """Let it finish cleanly: clients are sent away, and all is on the disk."""
        if not self.is_running():
            return
        pid = self.pid() if self._process is None else self._process.pid
        if pid is None:
            return
        for how in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):  # fast, at once, by force
            os.kill(pid, how)
            if self._is_gone(pid, time.monotonic() + EMBEDDED_STOP_SECONDS_MAX):
                return
        detail = f"PostgreSQL (process {pid}) does not stop"
        raise EmbeddedServerFailed(detail)

    def is_running(self) -> bool:
        """Whether it is there: our own process lives, or another's answers on the socket."""
        if self._process is not None:
            return self._process.poll() is None
        with socket.socket(socket.AF_UNIX) as probe:
            probe.settimeout(1)
            try:
                probe.connect(str(self.sockets / SOCKET_NAME))
            except (FileNotFoundError, ConnectionRefusedError):
                return False
            except OSError:
                return True  # too busy to answer is not gone
        return True

    def pid(self) -> int | None:
        """The server's process as it wrote it down; it may be long gone."""
        lines = _postmaster_lines(self.cluster)
        return int(lines[0]) if lines and lines[0].isdigit() else None

    def _is_ready(self) -> bool:
        """PostgreSQL writes its state as the eighth line of its pid file."""
        lines = _postmaster_lines(self.cluster)
        return len(lines) >= _LINES_WHEN_READY and lines[7].strip() == "ready"

    def _forget_lost_process(self) -> None:
        """Remove a pid file whose number now belongs to somebody else.

        PostgreSQL removes what a crash left by itself, unless the number was given to another
        process of the same user since: then it would refuse to start, for ever. Nobody answers on
        the socket and we own the folder, so it is not the server. That no backend of it survives
        PostgreSQL still checks by itself, by its shared memory.
        """
        pid = self.pid()
        if pid is not None and _exists(pid):
            (self.cluster / "postmaster.pid").unlink(missing_ok=True)

    def _started(self, output: Path) -> bool:
        output.write_bytes(b"")
        process = self.account.start([self.programs["postgres"], "-D", self.cluster], output=output)
        deadline = time.monotonic() + EMBEDDED_START_SECONDS_MAX
        while not (self.pid() == process.pid and self._is_ready()):
            if process.poll() is not None:
                return False
            if time.monotonic() > deadline:
                process.send_signal(signal.SIGQUIT)
                process.wait()
                return False
            time.sleep(_POLL_SECONDS)
        self._process = process
        return True

    def _last_words(self, output: Path) -> str:
        """The end of what it said, before its log collector took over and after."""
        logs = sorted(self.log_folder.glob("*.log"), key=lambda log: log.stat().st_mtime)
        texts = [path.read_text(errors="replace") for path in (output, *logs[-1:])]
        return "\n".join(line for text in texts for line in text.splitlines()[-_LINES_QUOTED:])

    def _is_gone(self, pid: int, deadline: float) -> bool:
        while time.monotonic() < deadline:
            if self._process is not None and self._process.pid == pid:
                if self._process.poll() is not None:
                    return True
            elif not _exists(pid):
                return True
            time.sleep(_POLL_SECONDS)
        return False


def server_on(data_dir: Path, *, programs: Programs | None = None) -> EmbeddedServer:
    """The server of a data folder, with its cluster made when it is the first time; not started.

    Only the folder's owner may call this. Raises `DataFolderUnusable`.
    """
    user = account()
    user.require_reach(data_dir)
    found = reachable_programs(programs or wheel_programs(), user, data_dir)
    cluster = prepared_cluster(data_dir, programs=found, account=user, superuser=SUPERUSER)
    return EmbeddedServer(user, found, cluster, socket_folder(data_dir, user))


def running_sockets(data_dir: Path) -> Path | None:
    """Where the folder's server says that its socket is, when it is there and ready."""
    lines = _postmaster_lines(data_dir / "postgres")
    if len(lines) < _LINES_WHEN_READY or lines[7].strip() != "ready":
        return None
    return Path(lines[4])


def socket_url(sockets: Path, database: str) -> str:
    return f"postgresql://{SUPERUSER}@/{quote(database)}?host={quote(str(sockets))}"


def _postmaster_lines(cluster: Path) -> list[str]:
    try:
        return (cluster / "postmaster.pid").read_text().splitlines()
    except FileNotFoundError:
        return []


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
