"""What the values of settings must be; each check says in a `ValueError` what to write instead."""

import os
from collections.abc import Callable, Iterable
from functools import cache
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Final
from urllib.parse import SplitResult, urlsplit

from fullhouse.kernel.errors import InvalidInput

_DATABASE_EXAMPLE: Final = "postgresql://user:password@host/database"
_REDIS_EXAMPLE: Final = "redis://host:6379/0, rediss://host:6379/0 for TLS, or unix:///path"
_PUBLIC_EXAMPLE: Final = "https://tickets.example.org"


def usable_folder(path: Path) -> Path:
    """The path with `~` replaced; raises `ValueError` for one that this user cannot get to."""
    try:
        path = path.expanduser()
        for each in (*reversed(path.absolute().parents), path):
            if not each.exists():
                break
            if not each.is_dir():
                raise ValueError(f"Name a folder: {each} is a file.")
            if not os.access(each, os.X_OK):
                raise ValueError(f"Name another folder: this user may not open {each}.")
    except RuntimeError:
        raise ValueError("Name another folder: no user has that home folder.") from None
    except OSError as error:
        raise ValueError(f"Name another folder: {error.strerror}.") from None
    return path


def require_database_url(url: str) -> None:
    """Raise `ValueError` unless the URL is one of PostgreSQL; several hosts have commas between."""
    scheme, _, rest = url.partition("://")
    hosts = rest.partition("?")[0].partition("/")[0].rpartition("@")[2].split(",")
    is_spelled = scheme in {"postgresql", "postgres"} and not any(map(str.isspace, url))
    if not is_spelled or not all(_is_host_and_port(each) for each in hosts):
        raise ValueError(f"Write it as {_DATABASE_EXAMPLE}.")


def require_public_url(url: str, *, example: str = _PUBLIC_EXAMPLE) -> None:
    """Raise `ValueError` unless the URL is an address of the web without a path."""
    parts = _url_parts(url, ("https", "http"), example=example)
    if parts.path not in {"", "/"} or parts.query or parts.fragment or parts.username is not None:
        raise ValueError(f"Write the address alone, without a path: {example}.")


def require_redis_url(url: str) -> None:
    """Raise `ValueError` unless the URL is one of Redis."""
    if url.startswith("unix:///") and len(url) > len("unix:///"):
        return
    parts = _url_parts(url, ("redis", "rediss"), example=_REDIS_EXAMPLE)
    if parts.path.strip("/") and not parts.path.strip("/").isdecimal():
        raise ValueError(f"End it with the number of a database: {_REDIS_EXAMPLE}.")


def require_smtp_url(url: str) -> None:
    """Raise `ValueError` unless the URL names a mail server and a sender."""
    # Loaded here because it takes as long as all else, and few commands send e-mails
    from fullhouse.integrations.smtp_settings import smtp_settings  # noqa: PLC0415

    try:
        smtp_settings(url)
    except InvalidInput as error:
        raise ValueError(error.detail) from None


def require_dkim_key(path: Path) -> None:
    """Raise `ValueError` unless the file has a key that signs."""
    from fullhouse.integrations.dkim_signing import read_dkim_key  # noqa: PLC0415 - see above

    try:
        read_dkim_key("x", path)
    except InvalidInput as error:
        raise ValueError(error.detail) from None


def require_emails(addresses: Iterable[str]) -> None:
    """Raise `ValueError` unless all are addresses of mailboxes."""
    from fullhouse.people.model.contact import email_address  # noqa: PLC0415 - see above

    try:
        for address in addresses:
            email_address(address)
    except InvalidInput:
        raise ValueError("Give e-mail addresses with commas between them.") from None


def _url_parts(url: str, schemes: Iterable[str], *, example: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        is_spelled = bool(parts.hostname) and parts.port != 0 and is_host(parts.hostname or "")
    except ValueError:
        raise ValueError(f"Write it as {example}.") from None
    if parts.scheme not in schemes or not is_spelled or any(map(str.isspace, url)):
        raise ValueError(f"Write it as {example}.")
    return parts


def _is_host_and_port(text: str) -> bool:
    """Whether it is a host with or without a port, or empty for the local socket."""
    if not text:
        return True
    try:
        parts = urlsplit(f"//{text}")
        return parts.port != 0 and is_host(parts.hostname or "")
    except ValueError:
        return False


def is_host(text: str) -> bool:
    """Whether it is the name or the address of a machine."""
    return _parses(ip_address, text) or all(
        0 < len(label) <= 63 and label.replace("-", "").replace("_", "").isalnum()  # noqa: PLR2004
        for label in text.removesuffix(".").split(".")
    )


def is_network(text: str) -> bool:
    """Whether it is an address or a network."""
    return _parses(lambda one: ip_network(one, strict=False), text)


def _parses(parse: Callable[[str], object], text: str) -> bool:
    try:
        parse(text)
    except ValueError:
        return False
    return True


@cache
def reachable(host: str) -> str:
    """The host as a link names it: in brackets for IPv6, and this machine for all addresses."""
    if not _parses(ip_address, host):
        return host
    address = ip_address(host)
    if address.is_unspecified:
        address = ip_address("127.0.0.1" if address.version == 4 else "::1")  # noqa: PLR2004
    return f"[{address}]" if address.version == 6 else str(address)  # noqa: PLR2004


def require_sentry_dsn(text: str) -> None:
    """Raises `ValueError` for what is no address with a key and the number of a project."""
    if not _parses(_read_dsn, text):
        raise ValueError(
            "Give the DSN that Sentry shows in the settings of a project, such as "
            "https://key@o1.ingest.sentry.io/2."
        )


def _read_dsn(text: str) -> None:
    parts = urlsplit(text)
    project = parts.path.rpartition("/")[2]
    is_given = parts.scheme in {"http", "https"} and parts.hostname and parts.username
    if not (is_given and parts.port != 0 and project.isdecimal() and text.isprintable()):
        raise ValueError
