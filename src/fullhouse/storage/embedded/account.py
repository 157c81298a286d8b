"""The account PostgreSQL runs as: the context's, or for root a system user, as it refuses root."""

import os
import pwd
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct

from fullhouse.storage.errors import DataFolderUnusable, EmbeddedServerFailed

SYSTEM_USER = "fullhouse"


class Account(Struct, frozen=True):
    """A user of this machine; `switch` if processes must change to it."""

    uid: int
    gid: int
    switch: bool

    def run(self, command: Sequence[str | Path]) -> subprocess.CompletedProcess[str]:
        """Run a short program as this user, in a folder that every user may read."""
        return subprocess.run(  # noqa: S603 - our own programs and paths, and no shell
            [str(part) for part in command],
            cwd="/",
            env=plain_environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            user=self._user,
            group=self._group,
        )

    def start(self, command: Sequence[str | Path], *, output: Path) -> subprocess.Popen[bytes]:
        """Start a server as this user, in a new session: Ctrl-C must not reach it."""
        with output.open("ab") as stream:
            return subprocess.Popen(  # noqa: S603 - as above
                [str(part) for part in command],
                cwd="/",
                env=plain_environment(),
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=stream,
                start_new_session=True,
                user=self._user,
                group=self._group,
            )

    @property
    def _user(self) -> int | None:
        return self.uid if self.switch else None

    @property
    def _group(self) -> int | None:
        return self.gid if self.switch else None

    def chown(self, path: Path) -> None:
        """Make this user the owner of a path."""
        if self.switch:
            os.chown(path, self.uid, self.gid)

    def require_access(self, folder: Path) -> None:
        """Raise `DataFolderUnusable` unless this user can enter the folder."""
        if self.run(["/bin/sh", "-c", 'cd -- "$0"', folder]).returncode:
            detail = (
                f"The system user {SYSTEM_USER}, as whom PostgreSQL runs when we are root, cannot "
                f"enter {folder}: choose a --data-dir outside of private folders"
            )
            raise DataFolderUnusable(detail)


def account() -> Account:
    """Return the context's account, or for root the system user `fullhouse`, created if missing."""
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid(), switch=False)
    try:
        entry = pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        entry = _create_user()
    return Account(entry.pw_uid, entry.pw_gid, switch=True)


def plain_environment() -> dict[str, str]:
    """Return the environment without the context's PG* variables, which change what programs do."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    return kept | {"LC_ALL": "C", "TZ": "UTC"}


def _create_user() -> pwd.struct_passwd:
    if program := shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin:/bin"):
        nologin = shutil.which("nologin", path="/usr/sbin:/sbin:/usr/bin") or "/bin/false"
        arguments = ["--system", "--user-group", "--no-create-home", "--shell", nologin]
        command = [program, *arguments, SYSTEM_USER]
    elif program := shutil.which("adduser", path="/usr/sbin:/sbin:/usr/bin:/bin"):
        command = [program, "-S", "-D", "-H", SYSTEM_USER]
    else:
        detail = (
            "PostgreSQL does not run as root, and there is no useradd to make a user for it: "
            "run Fullhouse as an ordinary user"
        )
        raise EmbeddedServerFailed(detail)
    result = subprocess.run(  # noqa: S603 - as above
        command, capture_output=True, text=True, check=False
    )
    try:
        return pwd.getpwnam(SYSTEM_USER)  # another process may have created it
    except KeyError:
        detail = f"The system user {SYSTEM_USER} could not be made: {result.stderr.strip()}"
        raise EmbeddedServerFailed(detail) from None
