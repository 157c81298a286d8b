"""Configuration of the embedded server: durable, one Unix socket, little memory."""

from pathlib import Path

from fullhouse.storage.embedded.account import Account
from fullhouse.storage.limits import EMBEDDED_CONNECTIONS_MAX

_CONFIGURATION = """\
# Written by Fullhouse at every start: changes here are lost. Put yours into postgresql.auto.conf
# by ALTER SYSTEM, which is read last and wins.

# Only through this socket, in a private folder
listen_addresses = ''
unix_socket_directories = {sockets}
unix_socket_permissions = 0700
max_connections = {connections}

# Durability: never turn these off
fsync = on
synchronous_commit = on
full_page_writes = on

# A small machine that does other work too
shared_buffers = 256MB
effective_cache_size = 1GB
work_mem = 8MB
maintenance_work_mem = 64MB
random_page_cost = 1.1
jit = off
# After a checkpoint pages are written whole: compressing them costs the processor of bookings
wal_compression = off
min_wal_size = 256MB
max_wal_size = 2GB
checkpoint_timeout = 10min
# Plans must follow soon after a table has begun to grow
autovacuum_naptime = 5s
autovacuum_vacuum_scale_factor = 0.05
autovacuum_analyze_scale_factor = 0.1

# Monitoring
shared_preload_libraries = 'pg_stat_statements'
track_io_timing = on
log_min_duration_statement = 500ms
log_lock_waits = on
log_line_prefix = '%m [%p] %a '
# No personal data in the log: values and keys contain names and addresses
log_parameter_max_length = 0
log_error_verbosity = terse
timezone = 'UTC'
log_timezone = 'UTC'

# One file a weekday, truncated a week later
logging_collector = on
log_directory = 'log'
log_filename = 'postgresql-%a.log'
log_rotation_age = 1d
log_rotation_size = 0
log_truncate_on_rotation = on
log_file_mode = 0600
"""


def write_configuration(cluster: Path, *, sockets: Path, account: Account) -> None:
    """Write `fullhouse.conf` and include it from `postgresql.conf`."""
    ours = cluster / "fullhouse.conf"
    ours.write_text(
        _CONFIGURATION.format(
            # A list of folders: double quotes protect a space or a comma in a name.
            sockets=_quoted(f'"{sockets}"'),
            connections=EMBEDDED_CONNECTIONS_MAX,
        )
    )
    ours.chmod(0o600)
    account.chown(ours)
    main = cluster / "postgresql.conf"
    include = "include 'fullhouse.conf'\n"
    if include not in (text := main.read_text()):
        main.write_text(text + include)


def _quoted(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
