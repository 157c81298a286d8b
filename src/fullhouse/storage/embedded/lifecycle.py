"""Run the embedded server as its owner, or attach to the server of another owner."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path

import asyncpg
import platformdirs

from fullhouse.concurrency.completion import run_to_completion
from fullhouse.storage.connection import connect
from fullhouse.storage.embedded.owner import OWNER_LOCK, attached_client, ownership, wait_for_detach
from fullhouse.storage.embedded.server import (
    DATABASE,
    EmbeddedServer,
    running_sockets,
    server_on,
    socket_url,
)
from fullhouse.storage.errors import (
    DatabaseUnavailable,
    DataFolderInUse,
    DataFolderUnusable,
    NoData,
)
from fullhouse.storage.limits import EMBEDDED_START_SECONDS_MAX

_SYSTEM_DATA_DIR = Path("/var/lib/fullhouse")
_CLUSTER = "postgres"
_POLL_SECONDS = 0.1


@asynccontextmanager
async def embedded_server(data_dir: Path, *, creates: bool = True) -> AsyncIterator[EmbeddedServer]:
    """Own the data folder and run its server for the block; it `creates` a missing cluster.

    Raises `DataFolderInUse`, `DataFolderUnusable`, `EmbeddedServerFailed`, or else `NoData`.
    """
    if not creates:
        _require_any(data_dir, data_dir / OWNER_LOCK, data_dir / _CLUSTER)
    data_dir = ensure_data_dir(data_dir)
    with ownership(data_dir):
        if not creates:
            _require_any(data_dir, data_dir / _CLUSTER)
        server = await run_to_completion(asyncio.to_thread(server_on, data_dir))
        try:
            await run_to_completion(asyncio.to_thread(server.start))
            await _ensure_database(server)
            yield server
        finally:
            await run_to_completion(asyncio.to_thread(server.stop))
            with suppress(OSError):  # another program has put a file there
                server.sockets.rmdir()


@asynccontextmanager
async def attached_server(data_dir: Path) -> AsyncIterator[str]:
    """Yield the URL of the folder's running server, or of one started for the block.

    Raises as `embedded_server`, but `DataFolderInUse` only if the owner's server does not answer.
    Creates nothing: a mistyped folder is `NoData`.
    """
    async with AsyncExitStack() as stack:
        try:
            server = await stack.enter_async_context(embedded_server(data_dir, creates=False))
        except DataFolderInUse as error:
            stack.enter_context(attached_client(data_dir))
            url = await _running_url(data_dir, error)
        else:
            stack.push_async_callback(wait_for_detach, data_dir)
            url = server.url
        yield url


@asynccontextmanager
async def database_at(database_url: str | None, data_dir: Path | None) -> AsyncIterator[str]:
    """Yield the given URL, or that of the embedded server."""
    if database_url is not None:
        yield database_url
    else:
        async with attached_server(data_dir or default_data_dir()) as url:
            yield url


def default_data_dir() -> Path:
    """Return the default data folder: the system's for root, else the user's."""
    if os.geteuid() == 0:
        return _SYSTEM_DATA_DIR
    return platformdirs.user_data_path("fullhouse", appauthor=False)


def ensure_data_dir(data_dir: Path) -> Path:
    """Create the folder if missing, searchable by others; raises `DataFolderUnusable`."""
    try:
        data_dir.mkdir(mode=0o711, parents=True, exist_ok=True)
    except OSError as error:
        detail = f"{data_dir} cannot be created: {error.strerror}. Name another --data-dir."
        raise DataFolderUnusable(detail) from error
    if not os.access(data_dir, os.W_OK | os.X_OK):
        detail = f"This user cannot write to {data_dir}. Name another --data-dir."
        raise DataFolderUnusable(detail)
    return data_dir.resolve()


def _require_any(data_dir: Path, *signs: Path) -> None:
    """Raise `NoData` where there is none of what a server leaves in its folder."""
    if not any(sign.exists() for sign in signs):
        raise NoData(
            f"There is no data in {data_dir} yet: the first `fullhouse serve` creates it. "
            "For other data name its --data-dir."
        )


async def _ensure_database(server: EmbeddedServer) -> None:
    connection = await connect(server.url_of("postgres"), application_name="fullhouse")
    try:
        await connection.execute(f'CREATE DATABASE "{DATABASE}"')
    except asyncpg.DuplicateDatabaseError:
        pass
    finally:
        await connection.close()


async def _running_url(data_dir: Path, in_use: DataFolderInUse) -> str:
    """Wait for the owner's server, which may just be starting, and return its URL."""
    try:
        async with asyncio.timeout(EMBEDDED_START_SECONDS_MAX):
            while True:
                sockets = running_sockets(data_dir)
                if sockets is not None and await _accepts_connections(
                    url := socket_url(sockets, DATABASE)
                ):
                    return url
                await asyncio.sleep(_POLL_SECONDS)
    except TimeoutError:
        raise in_use from None


async def _accepts_connections(url: str) -> bool:
    try:
        connection = await connect(url, application_name="fullhouse")
    except DatabaseUnavailable:
        return False
    await connection.close()
    return True
