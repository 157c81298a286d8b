"""What a server says once it runs: its addresses, where its data is, and what to do next."""

from contextlib import suppress
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

import msgspec
import typer

from fullhouse.bootstrap.schema import named_queries
from fullhouse.integrations.smtp_settings import SmtpSettings, smtp_settings
from fullhouse.kernel.clock import SystemClock
from fullhouse.people.reads.organisations import organisations
from fullhouse.processes.database_runtime import DatabaseRuntime
from fullhouse.settings import Settings
from fullhouse.storage.database import open_database
from fullhouse.telemetry.log import get_logger

_LOG: Final = get_logger("server")
_EMPTY: Final = """
No business yet. Create one, in another terminal:

  fullhouse organisation SLUG --name "NAME"{option}

It prints the address of its pages, a key for the API, with which you add venues and offerings,
and how staff sign in. To see an example first: fullhouse serve --demo --data-dir ANOTHER-FOLDER"""


class Announcement(msgspec.Struct, frozen=True, kw_only=True):
    """The facts about a running server; no secrets."""

    url: str
    listening: str
    public_url: str | None
    data_dir: str | None
    database: str
    emails: str
    is_empty: bool

    def text(self) -> str:
        """For people, in lines."""
        facts = {
            "Listening on": self.listening,
            "Guests use": self.public_url,
            "Data folder": self.data_dir,
            "Database": self.database,
            "E-mails": self.emails,
        }
        lines = [f"  {name:<13} {fact}" for name, fact in facts.items() if fact]
        option = f" --data-dir {self.data_dir}" if self.data_dir else ""
        empty = [_EMPTY.format(option=option)] if self.is_empty else []
        head = f"Fullhouse is running at {self.url}/ (press Ctrl+C to stop)"
        return "\n".join([head, "", *lines, *empty])


async def announcement(
    settings: Settings, runtime: DatabaseRuntime, address: tuple[str, int]
) -> Announcement:
    """Gather the facts; asks the database whether there is any business yet."""
    host, port = address
    name = f"[{host}]" if ":" in host else host
    server = runtime.server
    return Announcement(
        url=f"http://{name}:{port}",
        listening=_listening(settings.host, port),
        public_url=settings.public_url,
        data_dir=None if server is None else str(server.data_dir),
        database="embedded PostgreSQL" if server is not None else database_name(runtime.url),
        emails=_emails(settings),
        is_empty=await _is_empty(runtime.url),
    )


def announce(facts: Announcement, *, welcome: str, log_json: bool) -> None:
    """Say it to people on standard output; or as one line of the log, so that a stream stays JSON.

    The log does without `welcome`, which has a sign-in link in it.
    """
    if log_json:
        _LOG.info("server.started", **msgspec.structs.asdict(facts))
        return
    typer.echo(facts.text())
    if welcome:
        typer.echo(f"\n{welcome}")


def database_name(url: str) -> str:
    """Host and database of a URL, without user and password."""
    parts = urlsplit(url)
    return f"{parts.netloc.rpartition('@')[2] or 'local socket'}{parts.path}"


def _listening(host: str, port: int) -> str:
    reach = ""
    with suppress(ValueError):  # a name
        address = ip_address("127.0.0.1" if host == "localhost" else host)
        if address.is_loopback:
            reach = " (this machine only)"
        elif address.is_unspecified:
            reach = " (every network of this machine)"
    return f"{host}, port {port}{reach}"


def _emails(settings: Settings) -> str:
    if settings.smtp_url is None:
        return "stored, not sent: no mail server is set (FULLHOUSE_SMTP_URL)"
    server: SmtpSettings = smtp_settings(settings.smtp_url.get_secret_value())
    return f"sent by {server.address} from {server.sender}"


async def _is_empty(url: str) -> bool:
    database = await open_database(
        url,
        catalogue=named_queries(),
        clock=SystemClock(),
        connections_max=1,
        application_name="fullhouse serve",
    )
    try:
        async with database.unrestricted.session() as session:
            return not await organisations(session)
    finally:
        await database.close()
