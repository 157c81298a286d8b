"""Data folder, account and cluster of the embedded server; translation of database errors."""

import fcntl
import os
import shutil
from pathlib import Path

import asyncpg
import pytest

from fullhouse.kernel.errors import FullhouseError
from fullhouse.storage.embedded import account as accounts
from fullhouse.storage.embedded.account import Account, account
from fullhouse.storage.embedded.cluster import ensure_cluster
from fullhouse.storage.embedded.lifecycle import default_data_dir, ensure_data_dir
from fullhouse.storage.embedded.owner import ownership
from fullhouse.storage.embedded.programs import Programs
from fullhouse.storage.embedded.sockets import socket_folder
from fullhouse.storage.errors import (
    DatabaseBusy,
    DatabaseErrors,
    DatabaseFull,
    DatabaseUnavailable,
    DataFolderInUse,
    DataFolderUnusable,
    EmbeddedServerFailed,
)

OURSELVES = Account(os.geteuid(), os.getegid(), switch=False)


class Connection:
    """A connection that is open or closed."""

    def __init__(self, *, closed: bool) -> None:
        self._closed = closed

    def is_closed(self) -> bool:
        return self._closed


THERE, GONE = Connection(closed=False), Connection(closed=True)


@pytest.mark.parametrize(
    ("connection", "error", "called"),
    [
        (None, FileNotFoundError("no socket"), DatabaseUnavailable),
        (None, ConnectionRefusedError(), DatabaseUnavailable),
        (None, TimeoutError(), DatabaseUnavailable),
        (None, asyncpg.CannotConnectNowError("starting up"), DatabaseUnavailable),
        (None, asyncpg.TooManyConnectionsError("too many"), DatabaseUnavailable),
        (THERE, asyncpg.DiskFullError("full"), DatabaseFull),
        (THERE, asyncpg.AdminShutdownError("bye"), DatabaseUnavailable),
        (THERE, asyncpg.ReadOnlySQLTransactionError("a standby"), DatabaseUnavailable),
        (THERE, asyncpg.InternalClientError("half a goodbye"), DatabaseUnavailable),
        (GONE, asyncpg.InterfaceError("connection is closed"), DatabaseUnavailable),
        (THERE, asyncpg.DeadlockDetectedError("deadlock"), DatabaseBusy),
        (THERE, asyncpg.LockNotAvailableError("lock timeout"), DatabaseBusy),
        (THERE, asyncpg.QueryCanceledError("statement timeout"), DatabaseBusy),
        (None, asyncpg.InvalidCatalogNameError("no such database"), DatabaseUnavailable),
        (None, asyncpg.InvalidPasswordError("wrong password"), DatabaseUnavailable),
        (None, asyncpg.ClientConfigurationError("no such sslmode"), DatabaseUnavailable),
        (None, asyncpg.UndefinedObjectError("no such parameter"), DatabaseUnavailable),
    ],
)
def test_connection_errors_are_translated_to_transient_errors(
    connection: Connection | None, error: Exception, called: type[FullhouseError]
) -> None:
    assert called.transient
    with pytest.raises(called) as caught, DatabaseErrors(connection):
        raise error
    assert caught.value.__cause__ is error
    assert caught.value.detail


@pytest.mark.parametrize(
    ("connection", "error"),
    [
        (THERE, asyncpg.UniqueViolationError("a rule")),
        (THERE, asyncpg.InterfaceError("another operation is in progress")),
        (THERE, FileNotFoundError("a file of the context's")),
        (THERE, asyncpg.InsufficientPrivilegeError("permission denied for table")),
        (None, ValueError("a bug")),
    ],
)
def test_other_errors_are_not_translated(connection: Connection | None, error: Exception) -> None:
    with pytest.raises(type(error)) as caught, DatabaseErrors(connection):
        raise error
    assert caught.value is error


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (ConnectionRefusedError(111, "refused"), "The database refuses connections: nothing "),
        (TimeoutError(), "The database does not answer in time:"),
        (
            asyncpg.InvalidCatalogNameError('database "x" does not exist'),
            "cannot be used: database",
        ),
    ],
)
def test_operator_reads_why_there_is_no_connection_and_which_setting_it_is(
    error: Exception, sentence: str
) -> None:
    with pytest.raises(DatabaseUnavailable) as caught, DatabaseErrors():
        raise error
    assert sentence in caught.value.detail
    assert caught.value.detail.endswith("(FULLHOUSE_DATABASE_URL)")


def test_socket_folder_with_access_for_others_is_refused(tmp_path: Path) -> None:
    assert socket_folder(tmp_path, OURSELVES) == tmp_path / "run"
    (tmp_path / "run").chmod(0o755)
    with pytest.raises(DataFolderUnusable, match="only PostgreSQL's user"):
        socket_folder(tmp_path, OURSELVES)


def test_socket_folder_that_is_a_link_is_refused(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir(mode=0o700)
    (tmp_path / "run").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(DataFolderUnusable):
        socket_folder(tmp_path, OURSELVES)


def test_data_folder_below_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DataFolderUnusable, match="cannot be created"):
        ensure_data_dir(tmp_path / "file" / "data")


def test_folder_without_a_cluster_version_is_refused(tmp_path: Path) -> None:
    (tmp_path / "postgres").mkdir()
    with pytest.raises(DataFolderUnusable, match="is not a PostgreSQL cluster"):
        ensure_cluster(tmp_path, programs=Programs(tmp_path, 18), account=OURSELVES, superuser="p")


@pytest.mark.parametrize("major", [15, 18])
def test_failed_initdb_leaves_no_partial_cluster(tmp_path: Path, major: int) -> None:
    initdb = tmp_path / "initdb"
    initdb.write_text("#!/bin/sh\necho no room >&2\nexit 1\n")
    initdb.chmod(0o755)
    programs = Programs(tmp_path, major)
    with pytest.raises(EmbeddedServerFailed, match="no room"):
        ensure_cluster(tmp_path, programs=programs, account=OURSELVES, superuser="p")
    assert not (tmp_path / "postgres").exists()


def test_owner_without_a_written_name_is_another_process(tmp_path: Path) -> None:
    with (tmp_path / "owner.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(DataFolderInUse, match="another process"), ownership(tmp_path):
            pytest.fail("there were two owners")


def test_root_without_useradd_is_told_to_use_an_ordinary_user(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(accounts, "SYSTEM_USER", "nobody-of-that-name")
    monkeypatch.setattr(shutil, "which", lambda _name, path: None)  # noqa: ARG005 - as called
    with pytest.raises(EmbeddedServerFailed, match="ordinary user"):
        account()


@pytest.mark.parametrize("tool", ["useradd", "adduser"])
def test_failed_user_creation_raises_with_the_reason(
    monkeypatch: pytest.MonkeyPatch, tool: str
) -> None:
    def which(name: str, path: str) -> str | None:
        assert "/usr/sbin" in path
        return "/bin/false" if name == tool else None

    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(accounts, "SYSTEM_USER", "nobody-of-that-name")
    monkeypatch.setattr(shutil, "which", which)
    with pytest.raises(EmbeddedServerFailed, match="could not be made"):
        account()


def test_ordinary_user_runs_the_server_in_the_own_data_folder(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert account() == Account(1000, os.getegid(), switch=False)
    assert default_data_dir() != Path("/var/lib/fullhouse")
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert default_data_dir() == Path("/var/lib/fullhouse")


def test_postgres_variables_of_the_caller_are_removed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PGDATA", "/somewhere/else")
    monkeypatch.setenv("PATH_TO_KEEP", "kept")
    environment = accounts.plain_environment()
    assert "PGDATA" not in environment
    assert environment["PATH_TO_KEEP"] == "kept"


def test_a_statement_that_nobody_answers_is_told_from_a_time_out_of_the_context() -> None:
    with pytest.raises(DatabaseUnavailable), DatabaseErrors(THERE):
        raise TimeoutError
    with pytest.raises(TimeoutError), DatabaseErrors(THERE, times_out=False):
        raise TimeoutError
