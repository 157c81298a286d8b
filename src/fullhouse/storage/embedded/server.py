"""The embedded server: prepare, start, find running, stop."""

import os
import signal
import socket
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from fullhouse.storage.embedded.account import Account, account
from fullhouse.storage.embedded.cluster import ensure_cluster
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
_TRANSIENT_START_ERRORS = ("pre-existing shared memory block", "is still in use")
"""Messages while backends of a killed server have not ended yet."""


@dataclass(slots=True)
class EmbeddedServer:
    """A PostgreSQL server on its own cluster; only the owner of the data folder starts it."""

    account: Account
    programs: Programs
    cluster: Path
    sockets: Path
    _process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    @property
    def url(self) -> str:
        """Return the URL of the product's database."""
        return self.url_of(DATABASE)

    def url_of(self, database: str) -> str:
        return socket_url(self.sockets, database)

    @property
    def log_folder(self) -> Path:
        return self.cluster / "log"

    def start(self) -> None:
        """Start the server and wait until it is ready, or take over one that a killed owner left.

        Raises `EmbeddedServerFailed` with the end of its log.
        """
        if self.is_running():
            return
        self._remove_stale_pid_file()
        write_configuration(self.cluster, sockets=self.sockets, account=self.account)
        output = self.cluster / "start.log"
        deadline = time.monotonic() + EMBEDDED_START_SECONDS_MAX
        while not self._started(output):
            # Backends of a killed server hold its shared memory for a moment: retry.
            log = self._log_tail(output)
            if time.monotonic() > deadline or not any(
                phrase in log for phrase in _TRANSIENT_START_ERRORS
            ):
                detail = f"PostgreSQL did not start: {log}"
                raise EmbeddedServerFailed(detail, log=log)
            time.sleep(0.5)

    def stop(self) -> None:
        """Stop by a fast shutdown: sessions are ended and all data is flushed."""
        if not self.is_running():
            return
        pid = self.pid() if self._process is None else self._process.pid
        if pid is None:
            return
        for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):  # fast, immediate, kill
            os.kill(pid, number)
            if self._has_exited(pid, time.monotonic() + EMBEDDED_STOP_SECONDS_MAX):
                return
        detail = f"PostgreSQL (process {pid}) does not stop"
        raise EmbeddedServerFailed(detail)

    @property
    def data_dir(self) -> Path:
        return self.cluster.parent

    def is_running(self) -> bool:
        """Check the own process, or else whether a server accepts connections on the socket."""
        if self._process is not None:
            return self._process.poll() is None
        with socket.socket(socket.AF_UNIX) as probe:
            probe.settimeout(1)
            try:
                probe.connect(str(self.sockets / SOCKET_NAME))
            except (FileNotFoundError, ConnectionRefusedError):
                return False
            except OSError:
                return True  # busy, but running
        return True

    def pid(self) -> int | None:
        """Read the server's process id from its pid file; the process may have ended."""
        lines = _postmaster_lines(self.cluster)
        return int(lines[0]) if lines and lines[0].isdigit() else None

    def _is_ready(self) -> bool:
        """PostgreSQL writes its state into the eighth line of its pid file."""
        lines = _postmaster_lines(self.cluster)
        return len(lines) >= _LINES_WHEN_READY and lines[7].strip() == "ready"

    def _remove_stale_pid_file(self) -> None:
        """Remove a pid file whose number now belongs to another process.

        PostgreSQL removes a stale pid file itself, unless another process of the same user has got
        the number: then it refuses to start, for ever. The socket does not answer and this process
        owns the folder, so that process is not the server. PostgreSQL itself checks its shared
        memory for surviving backends.
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

    def _log_tail(self, output: Path) -> str:
        """Return the last lines written before and after the log collector started."""
        logs = sorted(self.log_folder.glob("*.log"), key=lambda log: log.stat().st_mtime)
        texts = [path.read_text(errors="replace") for path in (output, *logs[-1:])]
        return "\n".join(line for text in texts for line in text.splitlines()[-_LINES_QUOTED:])

    def _has_exited(self, pid: int, deadline: float) -> bool:
        while time.monotonic() < deadline:
            if self._process is not None and self._process.pid == pid:
                if self._process.poll() is not None:
                    return True
            elif not _exists(pid):
                return True
            time.sleep(_POLL_SECONDS)
        return False


def server_on(data_dir: Path, *, programs: Programs | None = None) -> EmbeddedServer:
    """Prepare the server of a data folder, initialising the cluster if missing; does not start it.

    Only the folder's owner may call this. Raises `DataFolderUnusable`.
    """
    user = account()
    user.require_access(data_dir)
    found = reachable_programs(programs or wheel_programs(), user, data_dir)
    cluster = ensure_cluster(data_dir, programs=found, account=user, superuser=SUPERUSER)
    return EmbeddedServer(user, found, cluster, socket_folder(data_dir, user))


def running_sockets(data_dir: Path) -> Path | None:
    """Return the socket folder of the running server, None if none is ready."""
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
