"""Child processes of the benchmark: servers that run for a block, and commands with an output."""

import asyncio
import secrets
import socket
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import ExitStack, asynccontextmanager, suppress
from pathlib import Path
from typing import Final

from fullhouse.concurrency.completion import run_to_completion
from fullhouse.kernel.errors import FullhouseError

Command = Sequence[str | Path]


_STOP_SECONDS: Final = (2.0, 5.0)
"""Time for a server to stop after the first SIGTERM, and after the second."""
_PORTS: Final = range(20_000, 32_000)
_PORT_ATTEMPTS_MAX: Final = 100


class BenchmarkFailed(FullhouseError):
    """The benchmark could not be measured: a child process failed, or a precondition is not met."""

    code = "benchmark_failed"
    message = "The benchmark failed."


async def output_of(command: Command, *, environment: Mapping[str, str] | None = None) -> str:
    """The standard output of a program; raises `BenchmarkFailed` when its exit status is not 0."""
    process = await asyncio.create_subprocess_exec(
        *map(str, command),
        env=None if environment is None else dict(environment),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,  # Ctrl-C must reach this process only
    )
    try:
        output, errors = await process.communicate()
    except asyncio.CancelledError:
        if process.returncode is None:  # else it has ended, and its output is still open
            process.kill()
            await process.wait()
        raise
    if process.returncode != 0:
        detail = f"{Path(command[0]).name}: {errors.decode(errors='replace')[-2000:]}"
        raise BenchmarkFailed(detail)
    return output.decode()


@asynccontextmanager
async def running(
    command: Command, *, environment: Mapping[str, str], log: Path
) -> AsyncIterator[asyncio.subprocess.Process]:
    """A server that runs while the block lasts, and is stopped and waited for afterwards."""
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
        await run_to_completion(_stop(process))


async def _stop(process: asyncio.subprocess.Process) -> None:
    """Send SIGTERM twice, then SIGKILL: the data of the benchmark are thrown away in any case."""
    for seconds in _STOP_SECONDS:
        if process.returncode is None:
            process.terminate()
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await process.wait()
                return
    process.kill()
    await process.wait()


def free_port(count: int = 1) -> int:
    """The first of so many TCP ports of 127.0.0.1 in a row that are free.

    Below those that the system gives to outgoing connections: one of these may be taken by the time
    a program has started that should listen on it. Raises `BenchmarkFailed`.
    """
    for _ in range(_PORT_ATTEMPTS_MAX):
        first = _PORTS.start + secrets.randbelow(len(_PORTS) - count)
        with ExitStack() as probes, suppress(OSError):
            for port in range(first, first + count):
                probes.enter_context(socket.socket()).bind(("127.0.0.1", port))
            return first
    raise BenchmarkFailed(f"No TCP port of 127.0.0.1 from {_PORTS.start} to {_PORTS.stop} is free.")
