"""The addresses of the server and of the sandbox that a command works beside."""

from urllib.parse import urlsplit

from fullhouse.processes.server_address import read_address
from fullhouse.sandbox.limits import SANDBOX_PORT
from fullhouse.settings import Settings
from fullhouse.storage.embedded import default_data_dir


def server_url(settings: Settings) -> str:
    """The public address if one is set, else that of the server on the same data.

    A server with an embedded database leaves its address in the data folder, so that links and
    loads find it also when `serve` was given another port. A setting of this command goes first.
    """
    is_chosen = settings.public_url or settings.model_fields_set & {"host", "port"}
    if is_chosen or settings.database_url is not None:
        return settings.base_url
    return read_address(settings.data_dir or default_data_dir()) or settings.base_url


def names_data_of(settings: Settings, url: str) -> bool:
    """Whether the data of the settings are those of the server at a URL.

    What a person named is believed. The folder that is used without a word is that of another
    installation, unless the server that left its address there is the one of the URL.
    """
    if settings.data_dir is not None or settings.database_url is not None:
        return True
    return _place(server_url(settings)) == _place(url)


def _place(url: str) -> tuple[str, int | None]:
    """Host and port; of this machine by one name."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    return ("127.0.0.1" if host in {"localhost", "::1"} else host), parts.port


def demo_sandbox_url(settings: Settings) -> str | None:
    """The sandbox of the settings, else the one that the demo on the same data runs, if any."""
    if settings.sandbox_url is not None or settings.database_url is not None:
        return settings.sandbox_url
    return read_address(settings.data_dir or default_data_dir(), of="sandbox")


def sandbox_url(settings: Settings) -> str:
    """The same, else where `fullhouse sandbox` listens unless told otherwise."""
    return demo_sandbox_url(settings) or f"http://127.0.0.1:{SANDBOX_PORT}"
