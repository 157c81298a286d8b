"""The environment, read once at the top and handed down as each part's own values.

A value that cannot be meant is refused before anything starts, with a sentence that says what to
write instead. The sentence never repeats the value, which may be a secret.
"""

import json
import os
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import Field, SecretStr, ValidationInfo, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from fullhouse.booking.limits import (
    HELD_PLACES_PER_CLIENT_MAX,
    HOLDS_PER_CLIENT_MAX,
    WAITS_PER_CLIENT_MAX,
)
from fullhouse.http.server.limits import STREAMS_PER_CLIENT_MAX
from fullhouse.kernel.text import pasted
from fullhouse.observability.alert_settings import (
    alert_secret,
    escalation_targets,
    require_alert_url,
)
from fullhouse.observability.optimisation_mode import OptimisationMode
from fullhouse.setting_values import (
    is_host,
    is_network,
    reachable,
    require_database_url,
    require_dkim_key,
    require_emails,
    require_public_url,
    require_redis_url,
    require_sentry_dsn,
    require_smtp_url,
    usable_folder,
)
from fullhouse.storage.encryption_key import is_key
from fullhouse.storage.limits import EMBEDDED_CONNECTIONS_MAX, POOL_CONNECTIONS_MAX

# A school class books from one address; a script does not get far
WRITES_BURST: Final = 120
WRITES_PER_SECOND: Final = 20.0
READS_BURST: Final = 600
READS_PER_SECOND: Final = 100.0
WEB_PROCESSES_DEFAULT_MAX: Final = 4
PREFIX: Final = "FULLHOUSE_"

_PORT_MAX: Final = 65535
_PEER_EXAMPLE: Final = "http://10.0.0.7:8400"
_SANDBOX_EXAMPLE: Final = "http://127.0.0.1:8480"

assert WRITES_BURST > WRITES_PER_SECOND
assert EMBEDDED_CONNECTIONS_MAX >= 2 * (WEB_PROCESSES_DEFAULT_MAX + 1) * POOL_CONNECTIONS_MAX, (
    "web processes, worker and commands fit twice, so that a restart needs no wait"
)

LogLevel = Literal["debug", "info", "warning", "error", "critical"]
Rate = Annotated[float, Field(gt=0, le=1_000_000_000, allow_inf_nan=False)]
Count = Annotated[int, Field(ge=1, le=1_000_000_000)]


def web_processes() -> int:
    """One for each processor but one, up to a few: the database and the worker need theirs."""
    return max(1, min((os.cpu_count() or 1) - 1, WEB_PROCESSES_DEFAULT_MAX))


class Settings(BaseSettings):
    """Everything an operator may set; each field is the variable `FULLHOUSE_<FIELD>`.

    Spaces around a value are dropped. An empty variable counts as unset.
    """

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="ignore")

    database_url: str | None = None
    """PostgreSQL 15 or newer; unset, the embedded server is used."""
    data_dir: Path | None = None
    """Where the embedded server keeps its data; unset, the platform's own place."""
    host: str = "127.0.0.1"
    port: int = Field(default=8400, ge=0, le=_PORT_MAX)
    workers: int = Field(default_factory=web_processes, ge=1, le=64)
    demo: bool = False
    public_url: str | None = None
    """How guests reach this installation, for links in e-mails; unset, `http://host:port`."""
    peer_url: str | None = None
    """How other machines of this installation reach this one's web processes; unset, by `host`, or
    where the database sees this machine, and `port`."""
    smtp_url: SecretStr | None = None
    """`smtp://user:password@host:587?from=bookings@example.org`; unset, e-mails are stored."""
    bounce_domain: str | None = None
    """Whose mail is given to `fullhouse bounce`: each e-mail then comes back to an address of its
    own there. Unset, e-mails come back to the sender."""
    dkim_key_file: Path | None = None
    """A file with the private RSA key that signs e-mails by DKIM; unset, they are not signed."""
    dkim_selector: str = "fullhouse"
    """Where the DNS has the public key: `<selector>._domainkey` of the sender's domain."""
    encryption_key: SecretStr | None = None
    """Encrypts what is secret in the database: 32 random bytes in URL-safe base64, several with
    commas between them, of which the first encrypts and each decrypts."""
    encryption_key_file: Path | None = None
    """A file with such keys, one a line; unset, the embedded server's data folder has one."""
    redis_url: SecretStr | None = None
    """`redis://host:6379/0`: what the processes of several machines have read, for all of them."""
    sandbox: bool = True
    """With `demo`: run the sandbox of outside services beside it."""
    sandbox_url: str | None = None
    """The address of a running sandbox; `serve --demo` gives its processes that of its own."""
    alert_emails: Annotated[tuple[str, ...], NoDecode] = ()
    """Who is told of alerts, with commas between them; unset, the operators."""
    alert_webhook_url: SecretStr | None = None
    """Where alerts are posted to: an incoming webhook of Slack, or a program of yours."""
    alert_webhook_secret: SecretStr | None = None
    """Signs them by Standard Webhooks: `whsec_` and at least 24 random bytes in base64."""
    alert_escalation: SecretStr | None = None
    """Who else is told of a critical alert that nobody acknowledges, and after how long:
    `15m deputy@example.org, owner@example.org; 1h https://hooks.example.org/alerts`."""
    alert_heartbeat_url: SecretStr | None = None
    """Posted to every minute while somebody watches; what does not hear of it for long, calls."""
    optimise: OptimisationMode = OptimisationMode.PROPOSE
    """What the installation does to be faster: `off`, `propose`, or `act` within its limits."""
    log_json: bool = False
    log_level: LogLevel = "info"
    trusted_proxies: Annotated[tuple[str, ...], NoDecode] = ()
    """Addresses and networks whose `X-Forwarded-For` is believed."""
    webhook_networks: Annotated[tuple[str, ...], NoDecode] = ()
    """Private addresses and networks that webhooks may go to all the same, also without TLS."""
    metrics_token: SecretStr | None = Field(default=None, min_length=16)
    """What Prometheus sends to read `/metrics`; unset, only a client on the machine itself may."""
    otlp_endpoint: str | None = Field(
        default_factory=lambda: os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT") or None
    )
    """The collector that traces are sent to; unset, what OpenTelemetry's own variable names."""
    traces_share: float = Field(default=0.05, ge=0, le=1, allow_inf_nan=False)
    """Of the traces so many are kept."""
    sentry_dsn: SecretStr | None = None
    """Where unforeseen errors are reported to, without anybody's data: Sentry, or the like."""
    memory_max_mb: int | None = Field(default=None, ge=128, le=1_000_000)
    """A web process or worker that has more is replaced; unset, half of the machine's memory."""
    replace_processes: bool = True
    """Whether a process whose memory grows without end is replaced, without a lost request."""
    connections_max: int = Field(default=POOL_CONNECTIONS_MAX, ge=2, le=200)
    writes_burst: Count = WRITES_BURST
    writes_per_second: Rate = WRITES_PER_SECOND
    holds_per_client: Count = HOLDS_PER_CLIENT_MAX
    """Live holds and waiting-list entries of one network address, at one business."""
    held_places_per_client: Count = HELD_PLACES_PER_CLIENT_MAX
    waits_per_client: Count = WAITS_PER_CLIENT_MAX
    """Entries of one network address on the waiting list of one slot."""
    reads_burst: Count = READS_BURST
    reads_per_second: Rate = READS_PER_SECOND
    streams_per_client_max: Count = STREAMS_PER_CLIENT_MAX

    @property
    def base_url(self) -> str:
        """The address that links start with, without a slash at its end."""
        return (self.public_url or f"http://{reachable(self.host)}:{self.port}").rstrip("/")

    @model_validator(mode="before")
    @classmethod
    def _drop_blanks(cls, given: dict[str, object]) -> dict[str, object]:
        stripped = {
            name: pasted(value) if isinstance(value, str) else value
            for name, value in given.items()
        }
        return {name: value for name, value in stripped.items() if value != ""}

    @field_validator("data_dir")
    @classmethod
    def _check_folder(cls, value: Path | None) -> Path | None:
        return None if value is None else usable_folder(value)

    @field_validator("database_url")
    @classmethod
    def _check_database(cls, value: str | None) -> str | None:
        if value is not None:
            require_database_url(value)
        return value

    @field_validator("public_url")
    @classmethod
    def _check_public_url(cls, value: str | None) -> str | None:
        if value is not None:
            require_public_url(value)
        return value

    @field_validator("sandbox_url", "peer_url")
    @classmethod
    def _check_private_url(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value is not None:
            example = _PEER_EXAMPLE if info.field_name == "peer_url" else _SANDBOX_EXAMPLE
            require_public_url(value, example=example)
        return value

    @field_validator("redis_url")
    @classmethod
    def _check_redis(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            require_redis_url(value.get_secret_value())
        return value

    @field_validator("encryption_key")
    @classmethod
    def _check_keys(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not all(map(is_key, value.get_secret_value().split(","))):
            raise ValueError(
                "Give 32 random bytes in URL-safe base64, as `openssl rand -base64 32 | tr +/ -_` "
                "prints them; several keys have commas between them."
            )
        return value

    @field_validator("encryption_key_file")
    @classmethod
    def _check_key_file(cls, value: Path | None) -> Path | None:
        if value is None:
            return None
        try:
            path = value.expanduser()
        except RuntimeError:
            raise ValueError("Name another file: no user has that home folder.") from None
        if path.is_dir():
            raise ValueError("Name the file with the keys, not a folder.")
        return path

    @field_validator("smtp_url")
    @classmethod
    def _check_mail_server(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            require_smtp_url(value.get_secret_value())
        return value

    @field_validator("bounce_domain")
    @classmethod
    def _check_bounce_domain(cls, value: str | None) -> str | None:
        if value is not None and not (value.isascii() and "." in value and is_host(value)):
            raise ValueError("Give a domain of yours, such as bounces.example.org.")
        return value

    @field_validator("dkim_key_file")
    @classmethod
    def _check_dkim_key(cls, value: Path | None) -> Path | None:
        if value is not None:
            require_dkim_key(value)
        return value

    @field_validator("dkim_selector")
    @classmethod
    def _check_dkim_selector(cls, value: str) -> str:
        if not (value.isascii() and is_host(value)):
            raise ValueError("Give letters, digits and hyphens, such as fullhouse-2027.")
        return value

    @field_validator("alert_emails")
    @classmethod
    def _check_emails(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        require_emails(value)
        return value

    @field_validator("alert_webhook_url", "alert_heartbeat_url", "alert_webhook_secret")
    @classmethod
    def _check_alerts(cls, value: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        if value is not None:
            is_secret = info.field_name == "alert_webhook_secret"
            (alert_secret if is_secret else require_alert_url)(value.get_secret_value())
        return value

    @field_validator("alert_escalation")
    @classmethod
    def _check_escalation(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            for target in escalation_targets(value.get_secret_value()):
                require_emails(target.emails)
        return value

    @field_validator("otlp_endpoint")
    @classmethod
    def _check_collector(cls, value: str | None) -> str | None:
        if value is not None:
            require_alert_url(value)
        return value

    @field_validator("sentry_dsn")
    @classmethod
    def _check_sentry(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            require_sentry_dsn(value.get_secret_value())
        return value

    @field_validator("host")
    @classmethod
    def _check_host(cls, value: str) -> str:
        if not is_host(value):
            raise ValueError(
                "Give an address of this machine, such as 127.0.0.1, 0.0.0.0 or ::1, "
                "without a scheme and a port."
            )
        return value

    @field_validator("log_level", "optimise", mode="before")
    @classmethod
    def _lower(cls, value: object) -> object:
        return value.lower() if isinstance(value, str) else value

    @field_validator("trusted_proxies", "webhook_networks", "alert_emails", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        """A JSON list, or addresses with commas between them."""
        if not isinstance(value, str):
            return value
        if not value.startswith("["):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        try:
            return tuple(json.loads(value))
        except ValueError:
            raise ValueError(_NETWORKS_SENTENCE) from None

    @field_validator("trusted_proxies", "webhook_networks")
    @classmethod
    def _check_networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not all(is_network(one) for one in value):
            raise ValueError(_NETWORKS_SENTENCE)
        return value


_NETWORKS_SENTENCE: Final = (
    "Give addresses or networks with commas between them, such as 127.0.0.1,10.0.0.0/8."
)


def setting_names() -> list[str]:
    """The variables that are read, in their order."""
    return [f"{PREFIX}{name.upper()}" for name in Settings.model_fields]


def unknown_variables(environment: Mapping[str, str]) -> dict[str, str | None]:
    """Variables `FULLHOUSE_…` that are no setting, each with the setting of the nearest name."""
    known = [name.removeprefix(PREFIX) for name in setting_names()]
    given = {
        name: name.upper().removeprefix(PREFIX)
        for name in sorted(environment)
        if name.upper().startswith(PREFIX)
    }
    nearest = {name: get_close_matches(given[name], known, n=1) for name in given}
    return {
        name: f"{PREFIX}{matches[0]}" if matches else None
        for name, matches in nearest.items()
        if given[name] not in known
    }
