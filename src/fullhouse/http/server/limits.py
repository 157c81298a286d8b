"""Limits of the server: connections, request heads, written bytes, clients and health probes."""

from typing import Final

HEAD_BYTES_MAX: Final = 16 * 1024
FRAMING_BYTES_MAX: Final = 32 * 1024
FRAMING_SHARE: Final = 8
"""A body may have this part of its bytes as framing besides: a piece of it costs as much as many
bytes, and a client could send it byte by byte."""
DROPPED_BYTES_MAX: Final = 32 * 1024 * 1024
"""Of a body after its answer, before it is read slowly; a browser reads the answer at its end."""
TARGET_BYTES_MAX: Final = 8 * 1024
HEAD_SECONDS_MAX: Final = 10
REQUESTS_RUNNING_MAX: Final = 8_192
WAITING_SECONDS_MAX: Final = 1.25
ADMITTED_SECONDS_MAX: Final = 0.9
"""Of the expected wait: so far below the longest that hardly any request waits in vain."""
NEWCOMERS_SHARE: Final = 0.4
PLACE_SECONDS_FULL: Final = 60
PLACE_SECONDS_MAX: Final = 1_800
TURN_SECONDS: Final = 0.003
HEAVY_TURN_SECONDS: Final = 0.024
HEAVY_STARTS_PER_TURN_MIN: Final = 4
STARTS_PER_TURN_MIN: Final = 16
STARTS_PER_TURN_MAX: Final = 64
TIME_LIMIT_CHECK_SECONDS: Final = 0.5
CONNECTIONS_MAX: Final = 16_384
ACCEPTED_TOGETHER_MAX: Final = 16
CLOSED_TOGETHER_MAX: Final = 100
"""Of clients that leave; with the kernel's share 1 or 2 ms of one turn of the event loop."""
ACCEPT_PAUSE_SECONDS: Final = 0.005
REFUSED_SECONDS: Final = 0.9
IDLE_SECONDS_MIN: Final = 1.0
IDLE_REQUESTS_MAX: Final = 4
OPEN_FILES_MAX: Final = 65_536
FILES_RESERVED: Final = 128
STREAMS_MAX: Final = 8_192
STREAMS_PER_CLIENT_MAX: Final = 512
UNFINISHED_PER_CLIENT_MAX: Final = 64
LISTEN_BACKLOG_MAX: Final = 2_048
LISTEN_WAIT_SECONDS_MAX: Final = 3
SELF_PROBE_SECONDS_MAX: Final = 5
KEEP_ALIVE_SECONDS_MAX: Final = 30
RATE_CLIENTS_MAX: Final = 50_000
BYTES_PER_TOKEN: Final = 256 * 1024
"""A picture costs a token of the rate, and what is longer as many as it has of these."""
BODY_BYTES_UNREAD_MAX: Final = 64 * 1024
LONG_BODIES_BYTES_MAX: Final = 256 * 1024 * 1024
LONG_BODIES_PER_CLIENT_BYTES_MAX: Final = 96 * 1024 * 1024
"""Two forms with as many pictures as there may be, and some more."""
UNREAD_SECONDS_MAX: Final = 30
UNSENT_BYTES_MAX: Final = 64 * 1024
PIPELINED_REQUESTS_MAX: Final = 64
TICK_SECONDS: Final = 0.5
LINGER_SECONDS: Final = 2.5
"""A process that was replaced leaves connections without a request open for so long."""

READINESS_CHECK_SECONDS: Final = 2.0
READINESS_AGE_SECONDS_MAX: Final = 5.0
READINESS_FAILURES_MAX: Final = 3
"""Checks in a row that fail; by then it is known whether the server answers others."""

assert READINESS_AGE_SECONDS_MAX > 2 * READINESS_CHECK_SECONDS, "a slow probe is not yet an old one"
assert CONNECTIONS_MAX > REQUESTS_RUNNING_MAX, "a refusal needs a connection"
