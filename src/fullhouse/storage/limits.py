"""Limits of the database connections, migrations and the embedded server."""

from typing import Final

POOL_CONNECTIONS_MAX: Final = 16
POOL_WAITERS_MAX: Final = 512
POOL_WAIT_SECONDS_MAX: Final = 5.0
SCANS_AT_ONCE_MAX: Final = 2
"""Statements that may read all rows of an organisation; the other connections are for the rest."""
SCANS_WAITING_MAX: Final = 64
STATEMENT_SECONDS_MAX: Final = 10
UNANSWERED_SECONDS_MAX: Final = 11.0
"""After this a statement is given up, whether or not the server has heard of its own limit."""
RELEASE_SECONDS_MAX: Final = 2.0
"""For a rollback, and for the server to acknowledge a statement that it was asked to stop."""
RELEASE_NOTICED_SECONDS: Final = 0.1
"""So long a caller waits for that; then it passes by itself, and the answer goes out."""
LOCK_SECONDS_MAX: Final = 3
IDLE_IN_TRANSACTION_SECONDS_MAX: Final = 15
MIGRATION_LOCK_SECONDS_MAX: Final = 5
CONNECT_SECONDS_MAX: Final = 5
STATEMENTS_CACHED_MAX: Final = 512
MIGRATORS_WAIT_SECONDS_MAX: Final = 120
POSTGRES_VERSION_MIN: Final = 15

EMBEDDED_CONNECTIONS_MAX: Final = 200
DATABASE_START_SECONDS_MAX: Final = 30
EMBEDDED_START_SECONDS_MAX: Final = 60
EMBEDDED_STOP_SECONDS_MAX: Final = 30
DETACH_WAIT_SECONDS_MAX: Final = 300
ROWS_RESEALED_AT_ONCE_MAX: Final = 500
DISK_FREE_BYTES_MIN: Final = 512 * 1024 * 1024
DISK_FREE_FILES_MIN: Final = 10_000

SLOW_QUERY_SECONDS: Final = 0.5
"""A statement that takes so long is taken down with its plan."""
SLOW_QUERIES_WAITING_MAX: Final = 100

assert SCANS_AT_ONCE_MAX < POOL_CONNECTIONS_MAX // 2, "searches leave connections to the rest"
assert STATEMENT_SECONDS_MAX > LOCK_SECONDS_MAX, "a statement must outlive its wait for locks"
assert UNANSWERED_SECONDS_MAX > STATEMENT_SECONDS_MAX, "the server ends a statement first"
