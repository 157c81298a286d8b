"""The two sockets of the sandbox: HTTP, and SMTP on the next port, so one address is enough."""

import errno
import socket
from dataclasses import dataclass
from ipaddress import ip_address
from types import TracebackType
from typing import Final, Self
from urllib.parse import urlsplit

from fullhouse.kernel.errors import FullhouseError, InvalidInput
from fullhouse.sandbox.limits import PORT_ATTEMPTS_MAX

_PORT_MAX: Final = 65535


class SandboxAddressUnusable(FullhouseError):
    """The port, or the next one, cannot be listened on."""

    code = "sandbox_address_unusable"
    message = "The sandbox cannot listen on this port and the next. Choose another --port."


@dataclass(frozen=True, slots=True)
class Listeners:
    """Listening sockets, closed at the end of a `with` block."""

    http: socket.socket
    smtp: socket.socket

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        self.http.close()
        self.smtp.close()

    @property
    def url(self) -> str:
        """The address of the sandbox, from which all others follow."""
        host, port = self.http.getsockname()[:2]
        if ip_address(host).is_unspecified:
            host = "::1" if ":" in host else "127.0.0.1"
        return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


@dataclass(frozen=True, slots=True)
class SandboxAddresses:
    """The addresses of the providers of a sandbox, by its own address."""

    url: str

    @property
    def smtp(self) -> str:
        """As `FULLHOUSE_SMTP_URL` has it, without a sender."""
        parts = urlsplit(self.url)
        return f"smtp://{_bracketed(parts.hostname or '')}:{(parts.port or 80) + 1}"

    @property
    def make_hook(self) -> str:
        """The webhook of a scenario; any last part does as well."""
        return self.of("make") + "/hook/fullhouse"

    @property
    def sms(self) -> str:
        """Where messages are sent to."""
        return self.of("sms") + "/messages"

    def of(self, provider: str) -> str:
        """What the addresses of a provider begin with."""
        return f"{self.url.rstrip('/')}/{provider}"


def listening_pair(host: str, port: int, *, else_any: bool = False) -> Listeners:
    """Listen on the port and the next; port 0 takes two that are free, and so does `else_any`.

    Raises `SandboxAddressUnusable`.
    """
    if port >= _PORT_MAX:
        raise InvalidInput(f"Choose a port below {_PORT_MAX}: SMTP needs the next.", field="port")
    try:
        return _any_pair(host) if port == 0 else _pair(host, port)
    except OSError as error:
        if else_any and error.errno == errno.EADDRINUSE:
            return listening_pair(host, 0)
        raise SandboxAddressUnusable(
            f"The sandbox cannot listen on {host}, ports {port} and {port + 1}: "
            f"{(error.strerror or str(error)).lower()}. Choose another --port."
        ) from error


def _any_pair(host: str) -> Listeners:
    for attempts_left in reversed(range(PORT_ATTEMPTS_MAX)):
        with _listener(host, 0) as found:
            port = int(found.getsockname()[1])
        try:
            return _pair(host, port)
        except (OSError, OverflowError):
            if not attempts_left:
                raise
    raise AssertionError("the last attempt raises")


def _pair(host: str, port: int) -> Listeners:
    http = _listener(host, port)
    try:
        return Listeners(http, _listener(host, port + 1))
    except BaseException:
        http.close()
        raise


def _listener(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family)


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
