"""Running the programs that make and take the load, and reading what they say."""

import asyncio
import socket
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Final

from fullhouse.concurrency.completion import run_to_completion

Command = Sequence[str | Path]


_PATIENCE_SECONDS: Final = (2.0, 5.0)
"""How long a server may take to stop when told, and then when told again."""


class ProgramFailed(RuntimeError):
    """A program of the benchmark ended badly; the end of what it said is the message."""


async def output_of(command: Command) -> str:
    """What a program prints; raises `ProgramFailed` when it ends badly."""
    process = await asyncio.create_subprocess_exec(
        *map(str, command),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,  # Ctrl-C is for us to hear
    )
    try:
        said, complained = await process.communicate()
    except asyncio.CancelledError:
        process.kill()
        await process.wait()
        raise
    if process.returncode != 0:
        detail = f"{Path(command[0]).name}: {complained.decode(errors='replace')[-2000:]}"
        raise ProgramFailed(detail)
    return said.decode()


@asynccontextmanager
async def running(
    command: Command, *, environment: Mapping[str, str], log: Path
) -> AsyncIterator[asyncio.subprocess.Process]:
    """A server for as long as the block lasts: then told to stop, and waited for."""
    with log.open("ab") as stream:
        process = await asyncio.create_subprocess_exec(
            *map(str, command),
            env=dict(environment),
            stdout=stream,
            stderr=stream,
            start_new_session=True,  # as above
        )
    try:
        yield process
    finally:
        await run_to_completion(_stopped(process))


async def _stopped(process: asyncio.subprocess.Process) -> None:
    """Tell it to stop, tell it again, and make it: what it served is thrown away in any case."""
    for patience in _PATIENCE_SECONDS:
        if process.returncode is None:
            process.terminate()
        with suppress(TimeoutError):
            async with asyncio.timeout(patience):
                await process.wait()
                return
    process.kill()
    await process.wait()


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
