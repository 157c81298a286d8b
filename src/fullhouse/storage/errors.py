"""Errors of the database, and the translation of asyncpg's errors.

Errors of the connection and time-outs are translated. A constraint violation stays asyncpg's error:
it names the constraint, and the part that owns the table knows its meaning.
"""

from types import TracebackType
from typing import Final, Protocol, Self

import asyncpg
from typing_extensions import override

from fullhouse.kernel.errors import FullhouseError, TransientError
from fullhouse.kernel.network_errors import words_of

DATABASE_RULES: Final = (asyncpg.PostgresError,)
"""Errors of one statement of many: each is tried alone, see `concurrency.batcher`."""


class StorageError(FullhouseError):
    """A database operation failed, and a retry will not help."""

    code = "storage_error"
    message = "The database cannot do this."


class DatabaseUnavailable(TransientError):
    """The database cannot be reached, is starting, or is going away."""

    code = "database_unavailable"
    message = "The database does not answer. Try again in a moment."


class DatabaseBusy(TransientError):
    """A lock or statement timed out, or a deadlock was detected; rolled back."""

    code = "database_busy"
    message = "The database is busy. Try again in a moment."


class DatabaseFull(TransientError):
    """The server has no disk space or memory left for the statement, and rolled it back."""

    code = "database_full"
    message = "The database has no room left. Nothing was done; try again later."


class OutcomeUnknown(StorageError):
    """The connection was lost after COMMIT was sent: look whether the change was committed."""

    code = "outcome_unknown"
    message = (
        "The connection broke while this was written. Repeat the request with the same "
        "Idempotency-Key."
    )


class RestrictedSession(StorageError):
    """A query of every organisation ran in a session that sees the rows of one."""

    code = "restricted_session"
    message = "This query needs the rows of every organisation."
    query: str


class SchemaOutOfDate(StorageError):
    """The database lacks migrations that this program needs; `pending` names them."""

    code = "schema_out_of_date"
    message = "The database needs migrations."
    pending: tuple[str, ...]


class SchemaModified(StorageError):
    """The database was made with another text of a migration; `modified` names each."""

    code = "schema_modified"
    message = "The database was made with another text of its migrations."
    modified: tuple[str, ...]


class SchemaTooNew(StorageError):
    """A newer program has removed what this one may read; `newer` names its contract migrations."""

    code = "schema_too_new"
    message = "The database belongs to a newer version of Fullhouse."
    newer: tuple[str, ...]


class MigrationFailed(StorageError):
    """A migration failed; its part's transaction was rolled back, earlier parts are applied."""

    code = "migration_failed"
    message = "A migration failed."
    migration: str
    applied: tuple[str, ...]


class DatabaseTooOld(StorageError):
    """The server is older than the oldest PostgreSQL that Fullhouse is tested with."""

    code = "database_too_old"
    message = "This PostgreSQL is too old."
    version: int


class DataFolderInUse(StorageError):
    """Another process owns this data folder; the details name it."""

    code = "data_folder_in_use"
    message = "Another process uses this data folder."
    data_dir: str
    pid: int | None = None
    command: str | None = None


class NoData(StorageError):
    """A command was pointed at a data folder in which no server has ever run."""

    code = "no_data"
    message = "There is no data in this folder."


class DataFolderUnusable(StorageError):
    """The data folder cannot be reached, written, or belongs to another version."""

    code = "data_folder_unusable"
    message = "The data folder cannot be used."
    found: str | None = None
    expected: str | None = None


class EmbeddedServerFailed(StorageError):
    """The embedded PostgreSQL did not start or stop; `log` holds the end of its log."""

    code = "embedded_server_failed"
    message = "The embedded PostgreSQL failed."
    log: str | None = None

    @property
    @override
    def summary(self) -> str:
        """With its sentence, which is about files and processes of this machine."""
        return f"{type(self).__name__}: {self.detail}"


class UnknownQuery(StorageError):
    """No query of this name was loaded, or its parameters were not those of its SQL."""

    code = "unknown_query"
    message = "There is no such query."
    query: str


class BadQueryFile(StorageError):
    """A file of named queries is malformed: unique names, a description and SQL are required."""

    code = "bad_query_file"
    message = "A file of queries breaks its form."


class MoreThanOneRow(StorageError):
    """A query for at most one row found several."""

    code = "more_than_one_row"
    message = "A query for one row found several."
    query: str


_UNAVAILABLE = (
    asyncpg.PostgresConnectionError,  # class 08, and asyncpg's own for a lost connection
    asyncpg.CannotConnectNowError,  # starting up or shutting down
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.InsufficientResourcesError,  # too many connections, or no room to make one
    asyncpg.ReadOnlySQLTransactionError,  # a standby: the primary has moved
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.InternalClientError,  # a backend was killed while it answered
)
_NO_ANSWER = (OSError, TimeoutError)
"""Errors of connecting: no such host or socket, refused, timed out."""

_REFUSED = (
    asyncpg.PostgresError,  # no such database, role, password, parameter …
    asyncpg.ClientConfigurationError,  # what the URL asks for is impossible
)
"""Errors of connecting: the server, or the URL itself, says no."""

_BUSY = (
    asyncpg.LockNotAvailableError,
    asyncpg.QueryCanceledError,
    asyncpg.DeadlockDetectedError,
    asyncpg.SerializationError,
)


class Closable(Protocol):
    """A connection that knows whether it is closed."""

    def is_closed(self) -> bool: ...


def is_lost(connection: Closable) -> bool:
    """Check whether the connection is lost; a pool's proxy raises for a lost one."""
    try:
        return connection.is_closed()
    except asyncpg.InterfaceError:
        return True


class EncryptionKeyMissing(FullhouseError):
    """The installation has no key to encrypt with."""

    code = "encryption_key_missing"
    message = (
        "This installation has no encryption key. Ask its operator to set "
        "FULLHOUSE_ENCRYPTION_KEY, the same on every machine."
    )


class EncryptionKeyWrong(FullhouseError):
    """No key of the installation opens what was encrypted."""

    code = "encryption_key_wrong"
    message = (
        "This was encrypted with another key. Ask the operator to add that key to "
        "FULLHOUSE_ENCRYPTION_KEY."
    )


class DatabaseErrors:
    """`with DatabaseErrors(connection):` translates errors of the connection.

    Pass the connection around statements, and none around connecting. A class costs a third of a
    generator, and every query uses it. Around more than statements `times_out` is False: a time-out
    is then the context's own.
    """

    __slots__ = ("_connection", "_times_out")

    def __init__(self, connection: Closable | None = None, *, times_out: bool = True) -> None:
        self._connection = connection
        self._times_out = times_out

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if error is None:
            return
        if isinstance(error, _BUSY):
            raise DatabaseBusy(str(error)) from error
        if isinstance(error, asyncpg.InsufficientResourcesError) and self._is_alive():
            raise DatabaseFull from error
        if self._connection is None and isinstance(error, (*_NO_ANSWER, *_REFUSED)):
            raise DatabaseUnavailable(_why_not_connected(error)) from error
        is_unanswered = self._times_out and isinstance(error, TimeoutError)
        if is_unanswered or isinstance(error, _UNAVAILABLE) or self._means_loss(error):
            detail = str(error) or "The database does not answer"
            raise DatabaseUnavailable(detail) from error

    def _is_alive(self) -> bool:
        """Whether the connection outlived the error: then its statement is known to be undone."""
        return self._connection is not None and not is_lost(self._connection)

    def _means_loss(self, error: BaseException) -> bool:
        # asyncpg complains of misuse also when a connection has gone since.
        return (
            self._connection is not None
            and isinstance(error, asyncpg.InterfaceError)
            and is_lost(self._connection)
        )


def _why_not_connected(error: BaseException) -> str:
    """For the operator, who set the address: guests are shown the default sentence."""
    if isinstance(error, OSError):
        return f"The database {words_of(error)} (FULLHOUSE_DATABASE_URL)"
    reason = str(error).partition("\n")[0].rstrip(".")
    return f"The database cannot be used: {reason}. (FULLHOUSE_DATABASE_URL)"
