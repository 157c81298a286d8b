"""The environment, read once at the top and handed down as each part's own values."""

import os
from pathlib import Path
from typing import Final

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from fullhouse.booking.limits import (
    HELD_PLACES_PER_CLIENT_MAX,
    HOLDS_PER_CLIENT_MAX,
    WAITS_PER_CLIENT_MAX,
)
from fullhouse.http.server.limits import STREAMS_PER_CLIENT_MAX
from fullhouse.storage.limits import EMBEDDED_CONNECTIONS_MAX, POOL_CONNECTIONS_MAX

# A school class books from one address; a script does not get far
WRITES_BURST: Final = 120
WRITES_PER_SECOND: Final = 20.0
READS_BURST: Final = 600
READS_PER_SECOND: Final = 100.0
WEB_PROCESSES_DEFAULT_MAX: Final = 4

assert WRITES_BURST > WRITES_PER_SECOND
assert EMBEDDED_CONNECTIONS_MAX >= 2 * (WEB_PROCESSES_DEFAULT_MAX + 1) * POOL_CONNECTIONS_MAX, (
    "web processes, worker and commands fit twice, so that a restart needs no wait"
)


def web_processes() -> int:
    """One for each processor but one, up to a few: the database and the worker need theirs."""
    return max(1, min((os.cpu_count() or 1) - 1, WEB_PROCESSES_DEFAULT_MAX))


class Settings(BaseSettings):
    """Everything an operator may set; each field is the variable `FULLHOUSE_<FIELD>`."""

    model_config = SettingsConfigDict(env_prefix="FULLHOUSE_", frozen=True, extra="ignore")

    database_url: str | None = None
    """PostgreSQL 15 or newer; unset, the embedded server is used."""
    data_dir: Path | None = None
    """Where the embedded server keeps its data; unset, the platform's own place."""
    host: str = "127.0.0.1"
    port: int = Field(default=8400, ge=0, le=65535)
    workers: int = Field(default_factory=web_processes, ge=1, le=64)
    demo: bool = False
    public_url: str | None = None
    """How guests reach this installation, for links in mails; unset, `http://host:port`."""
    smtp_url: SecretStr | None = None
    """`smtp://user:password@host:587?from=bookings@example.org`; unset, mails are kept."""
    redis_url: SecretStr | None = None
    """`redis://host:6379/0`: what the processes of several machines have read, for all of them."""
    log_json: bool = False
    log_level: str = "info"
    trusted_proxies: tuple[str, ...] = ()
    """Addresses whose `X-Forwarded-For` is believed."""
    metrics_token: SecretStr | None = Field(default=None, min_length=16)
    """What Prometheus sends to read `/metrics`; unset, only a client on the machine itself may."""
    connections_max: int = Field(default=POOL_CONNECTIONS_MAX, ge=2, le=200)
    writes_burst: int = Field(default=WRITES_BURST, ge=1)
    writes_per_second: float = Field(default=WRITES_PER_SECOND, gt=0)
    holds_per_client: int = Field(default=HOLDS_PER_CLIENT_MAX, ge=1)
    """Live holds and waiting-list entries of one network address, at one business."""
    held_places_per_client: int = Field(default=HELD_PLACES_PER_CLIENT_MAX, ge=1)
    waits_per_client: int = Field(default=WAITS_PER_CLIENT_MAX, ge=1)
    """Entries of one network address on the waiting list of one slot."""
    reads_burst: int = Field(default=READS_BURST, ge=1)
    reads_per_second: float = Field(default=READS_PER_SECOND, gt=0)
    streams_per_client_max: int = Field(default=STREAMS_PER_CLIENT_MAX, ge=1)

    @property
    def base_url(self) -> str:
        """The address that links start with, without a slash at its end."""
        return (self.public_url or f"http://{self.host}:{self.port}").rstrip("/")
