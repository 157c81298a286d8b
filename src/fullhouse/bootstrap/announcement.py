"""What a server says once it runs: its addresses, where its data is, and what to do next."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from ipaddress import ip_address
from typing import Final, TypeVar
from urllib.parse import urlsplit

import msgspec
import typer

from fullhouse.booking.model.tokens import LinkSigner
from fullhouse.booking.model.urls import set_up_path
from fullhouse.bootstrap.schema import named_queries
from fullhouse.integrations.smtp_settings import SmtpSettings, smtp_settings
from fullhouse.kernel.clock import SystemClock
from fullhouse.people.reads.installation import installation_secret
from fullhouse.people.reads.organisations import has_organisation
from fullhouse.processes.database_runtime import DatabaseRuntime
from fullhouse.settings import Settings
from fullhouse.storage.database import Session, open_database
from fullhouse.telemetry.log import get_logger

T = TypeVar("T")

_LOG: Final = get_logger("server")
_EMPTY: Final = """\
No business yet. Open this link to set yours up, in about three minutes:

  {link}

Whoever has it can: it works once, until there is a business. `fullhouse set-up` prints it again.
For programs: fullhouse organisation SLUG --name "NAME"{option}
To see an example first: fullhouse serve --demo --data-dir ANOTHER-FOLDER"""


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
        head = f"Fullhouse is running at {self.url}/ (press Ctrl+C to stop)"
        return "\n".join([head, "", *lines])

    def set_up_text(self, token: str) -> str:
        """How to set up an installation that has no business."""
        option = f" --data-dir {self.data_dir}" if self.data_dir else ""
        link = (self.public_url or self.url) + set_up_path(token)
        return _EMPTY.format(link=link, option=option)


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
        is_empty=not await _ask(runtime.url, has_organisation),
    )


async def set_up_token(url: str) -> str:
    """The token of the link that sets the installation up."""
    return LinkSigner(await _ask(url, installation_secret)).set_up_token


def announce(facts: Announcement, *, welcome: str, log_json: bool) -> None:
    """Say it to people on standard output; or as one line of the log, so that a stream stays JSON.

    The log does without `welcome`, which has a link in it that signs in or sets up.
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


async def _ask(url: str, read: Callable[[Session], Awaitable[T]]) -> T:
    database = await open_database(
        url,
        catalogue=named_queries(),
        clock=SystemClock(),
        connections_max=1,
        application_name="fullhouse serve",
    )
    try:
        async with database.unrestricted.session() as session:
            return await read(session)
    finally:
        await database.close()
