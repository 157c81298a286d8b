"""How many connections and streams the limit of open files leaves to a web process."""

import resource

import msgspec

from fullhouse.http.server.limits import (
    CONNECTIONS_MAX,
    FILES_RESERVED,
    OPEN_FILES_MAX,
    STREAMS_MAX,
)


class Capacity(msgspec.Struct, frozen=True):
    """How many connections and streams may be open at the same time."""

    connections: int
    streams: int


def capacity_of(files_max: int) -> Capacity:
    """Share the files that a process may open; some are kept for the database and for accepting."""
    free = max(files_max - FILES_RESERVED, 2)
    connections = min(CONNECTIONS_MAX, free // 2)
    return Capacity(connections, min(STREAMS_MAX, free - connections))


def raise_file_limit() -> int:
    """Allow this process as many open files as the system does; the limit from now on.

    The default of 1,024 is for programs that use `select`.
    """
    limit = allowed_files(hard := resource.getrlimit(resource.RLIMIT_NOFILE)[1])
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))
    return limit


def allowed_files(hard_limit: int) -> int:
    """How many files a web process opens under a hard limit of the system."""
    is_unlimited = hard_limit == resource.RLIM_INFINITY
    return OPEN_FILES_MAX if is_unlimited else min(hard_limit, OPEN_FILES_MAX)
