"""Limits of the root application: request heads, written bytes and health probes."""

from typing import Final

HEAD_BYTES_MAX: Final = 16 * 1024
HEAD_SECONDS_MAX: Final = 10
REQUESTS_RUNNING_MAX: Final = 512
OPEN_FILES_MAX: Final = 65_536
WRITTEN_TOGETHER_BYTES_MAX: Final = 64 * 1024

READY_LOOK_SECONDS: Final = 2.0
READY_AGE_SECONDS_MAX: Final = 5.0

assert READY_AGE_SECONDS_MAX > 2 * READY_LOOK_SECONDS, "a slow probe is not yet an old one"
