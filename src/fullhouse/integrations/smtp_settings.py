"""The mail server and its credentials, parsed from one URL."""

from typing import Final
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from msgspec import Struct

from fullhouse.kernel.errors import InvalidInput
from fullhouse.people.model.contact import email_address

_PORTS: Final = {"smtp": 587, "smtp+starttls": 587, "smtps": 465}
_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_EXAMPLE: Final = "smtp://user:password@host:587?from=you@example.org"


class SmtpSettings(Struct, frozen=True):
    """Mail server and credentials. `start_tls` None: TLS when the server offers it."""

    host: str
    port: int
    sender: str
    username: str | None
    password: str | None
    use_tls: bool
    start_tls: bool | None

    @property
    def address(self) -> str:
        """Host and port, for people."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def smtp_settings(url: str) -> SmtpSettings:
    """Parse `smtp://user:password@host:587?from=bookings@example.org`.

    `smtps` is TLS from the start, `smtp+starttls` TLS or nothing. Plain `smtp` demands TLS too when
    it has a password to send to another machine. Raises `InvalidInput` with what to write instead.
    """
    parts = _parts(url)
    host, port = parts.hostname or "", parts.port or _PORTS[parts.scheme]
    sender = _sender(parse_qs(parts.query).get("from", [""])[0])
    username = unquote(parts.username) if parts.username else None
    password = unquote(parts.password) if parts.password else None
    if (username is None) != (password is None):
        raise _invalid("Name both the user and the password, or neither")
    return SmtpSettings(
        host=host,
        port=port,
        sender=sender,
        username=username,
        password=password,
        use_tls=parts.scheme == "smtps",
        start_tls=_start_tls(parts.scheme, host, with_password=username is not None),
    )


def domain_of(address: str) -> str:
    return address.rpartition("@")[2]


def _parts(url: str) -> SplitResult:
    if any(map(str.isspace, url)):
        raise _invalid("Write a space in a user name or password as %20")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise _invalid(
            "Name a port from 1 to 65535, and write special characters of a password as %2F"
        ) from None
    if parts.scheme not in _PORTS:
        raise _invalid(f"Begin it with {', '.join(f'{each}://' for each in _PORTS)}")
    if not parts.hostname:
        raise _invalid("Name the mail server")
    if port == 0:
        raise _invalid("Name a port from 1 to 65535")
    if parts.path not in {"", "/"}:
        raise _invalid("Write it without a path")
    return parts


def _sender(text: str) -> str:
    """The sender's address; raises `InvalidInput` for text that is none."""
    try:
        return email_address(text)
    except InvalidInput:
        raise _invalid(
            "Name the sender, without accents before the @, as from=you@example.org"
        ) from None


def _start_tls(scheme: str, host: str, *, with_password: bool) -> bool | None:
    if scheme == "smtp+starttls":
        return True
    if scheme == "smtps" or host in _LOOPBACK:
        return False
    return True if with_password else None


def _invalid(sentence: str) -> InvalidInput:
    return InvalidInput(f"{sentence}: {_EXAMPLE}.", field="smtp_url")
