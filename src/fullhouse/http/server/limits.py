"""Limits of the server: connections, request heads, written bytes, clients and health probes."""

from typing import Final

HEAD_BYTES_MAX: Final = 16 * 1024
HEAD_SECONDS_MAX: Final = 10
REQUESTS_RUNNING_MAX: Final = 512
TIME_LIMIT_CHECK_SECONDS: Final = 0.5
CONNECTIONS_MAX: Final = 1_536
ACCEPTED_TOGETHER_MAX: Final = 64
IDLE_SECONDS_MIN: Final = 1.0
OPEN_FILES_MAX: Final = 65_536
LISTEN_BACKLOG_MAX: Final = 2_048
LISTEN_WAIT_SECONDS_MAX: Final = 3
KEEP_ALIVE_SECONDS_MAX: Final = 30
RATE_CLIENTS_MAX: Final = 50_000
WRITTEN_TOGETHER_BYTES_MAX: Final = 64 * 1024

READINESS_CHECK_SECONDS: Final = 2.0
READINESS_AGE_SECONDS_MAX: Final = 5.0

assert READINESS_AGE_SECONDS_MAX > 2 * READINESS_CHECK_SECONDS, "a slow probe is not yet an old one"
assert CONNECTIONS_MAX > REQUESTS_RUNNING_MAX, "a refusal needs a connection"
