"""The PostgreSQL cluster of a data folder: initialised once, then checked."""

import shutil
from pathlib import Path

from fullhouse.storage.embedded.account import Account
from fullhouse.storage.embedded.programs import Programs
from fullhouse.storage.errors import DataFolderUnusable, EmbeddedServerFailed

_BUILTIN_LOCALE_SINCE = 17


def ensure_cluster(data_dir: Path, *, programs: Programs, account: Account, superuser: str) -> Path:
    """Return `data_dir/postgres`, initialised; raises `DataFolderUnusable` for another version."""
    cluster = data_dir / "postgres"
    if not cluster.exists():
        _initialise(cluster, programs=programs, account=account, superuser=superuser)
    try:
        major = (cluster / "PG_VERSION").read_text().strip()
    except OSError as error:
        detail = (
            f"{cluster} is not a PostgreSQL cluster ({error.strerror}). Name another --data-dir, "
            "or move it away."
        )
        raise DataFolderUnusable(detail) from error
    if major != str(programs.major):
        detail = (
            f"{cluster} was made by PostgreSQL {major}, and this is {programs.major}. Move the "
            "data with that version's pg_dump, as in docs/running.md."
        )
        raise DataFolderUnusable(
            detail,
            found=major,
            expected=str(programs.major),
        )
    return cluster


def _initialise(cluster: Path, *, programs: Programs, account: Account, superuser: str) -> None:
    """Run initdb under another name, so that a partial cluster is never used."""
    partial = cluster.with_name("postgres.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(mode=0o700)
    account.chown(partial)
    result = account.run(
        [
            programs["initdb"],
            *("-D", partial),
            *("--username", superuser),
            # Only the owner can enter the folder of the socket.
            *("--auth-local", "trust", "--auth-host", "reject"),
            *("--encoding", "UTF8", "--data-checksums"),
            *_locale(programs),
        ]
    )
    if result.returncode:
        detail = f"initdb failed: {result.stderr.strip()}"
        raise EmbeddedServerFailed(detail, log=result.stderr)
    partial.rename(cluster)


def _locale(programs: Programs) -> tuple[str, ...]:
    """Sort by code point, the same on every machine; pages sort by language."""
    if programs.major >= _BUILTIN_LOCALE_SINCE:
        return ("--locale", "C", "--locale-provider", "builtin", "--builtin-locale", "C.UTF-8")
    return ("--locale", "C.UTF-8")
