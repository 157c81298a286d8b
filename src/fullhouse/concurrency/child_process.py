"""A module run in a process of its own: bounded in time and memory, and killed with its caller.

For work on what strangers send: a thread shares the interpreter and cannot be stopped. The process
gets its request on standard input and gives its result on standard output. It is started for one
request, which costs a few tenths of a second, and keeps nothing.
"""

import asyncio
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process

from fullhouse.concurrency.completion import run_to_completion
from fullhouse.kernel.errors import DeadlineExceeded


class ProcessFailed(Exception):
    """The process came to no result: a limit or an error ended it with `status`."""

    def __init__(self, status: int) -> None:
        super().__init__(f"The process ended with status {status}.")
        self.status = status


async def run_in_child_process(module: str, request: bytes, *, timeout_seconds: float) -> bytes:
    """What `python -m module` makes of `request`.

    It gets the import path of this process and none of its environment, so none of its secrets.
    Raises `ProcessFailed`, and `DeadlineExceeded` when it takes longer than `timeout_seconds`.
    """
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-m", module),
        stdin=PIPE,
        stdout=PIPE,
        stderr=DEVNULL,
        env={"PYTHONPATH": os.pathsep.join(sys.path)},
    )
    try:
        async with asyncio.timeout(timeout_seconds):
            result, _ = await process.communicate(request)
    except TimeoutError:
        raise DeadlineExceeded from None
    finally:
        await run_to_completion(_end(process))
    if process.returncode:
        raise ProcessFailed(process.returncode)
    return result


async def _end(process: Process) -> None:
    if process.returncode is None:
        process.kill()
        await process.wait()
