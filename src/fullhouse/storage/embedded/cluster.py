"""The folder with PostgreSQL's own files, made the first time and recognised afterwards."""

import shutil
from pathlib import Path

from fullhouse.storage.embedded.account import Account
from fullhouse.storage.embedded.programs import Programs
from fullhouse.storage.errors import DataFolderUnusable, EmbeddedServerFailed

_BUILTIN_LOCALE_SINCE = 17


def prepared_cluster(
    data_dir: Path, *, programs: Programs, account: Account, superuser: str
) -> Path:
    """`data_dir/postgres`, initialised; raises `DataFolderUnusable` for another major version."""
    cluster = data_dir / "postgres"
    if not cluster.exists():
        _initialise(cluster, programs=programs, account=account, superuser=superuser)
    try:
        major = (cluster / "PG_VERSION").read_text().strip()
    except OSError as error:
        detail = f"{cluster} is no PostgreSQL of ours: {error.strerror}"
        raise DataFolderUnusable(detail) from error
    if major != str(programs.major):
        detail = (
            f"{cluster} was made by PostgreSQL {major}, and this is {programs.major}: move the "
            "data with that version's pg_dump"
        )
        raise DataFolderUnusable(
            detail,
            found=major,
            expected=str(programs.major),
        )
    return cluster


def _initialise(cluster: Path, *, programs: Programs, account: Account, superuser: str) -> None:
    """Make it whole or not at all, under another name first."""
    half = cluster.with_name("postgres.half")
    shutil.rmtree(half, ignore_errors=True)
    half.mkdir(mode=0o700)
    account.give(half)
    made = account.run(
        [
            programs["initdb"],
            *("-D", half),
            *("--username", superuser),
            # Whoever reaches the socket is its owner: its folder is closed to everybody else.
            *("--auth-local", "trust", "--auth-host", "reject"),
            *("--encoding", "UTF8", "--data-checksums"),
            *_locale(programs),
        ]
    )
    if made.returncode:
        detail = f"PostgreSQL could not lay its files: {made.stderr.strip()}"
        raise EmbeddedServerFailed(detail, log=made.stderr)
    half.rename(cluster)


def _locale(programs: Programs) -> tuple[str, ...]:
    """Sort by code point, the same on every machine; people's order is the pages' affair."""
    if programs.major >= _BUILTIN_LOCALE_SINCE:
        return ("--locale", "C", "--locale-provider", "builtin", "--builtin-locale", "C.UTF-8")
    return ("--locale", "C.UTF-8")
