"""A module in a process of its own: what it answers, what stops it, and what it leaves behind."""

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest
from tests.builders.loop import until

from fullhouse.concurrency.child_process import ProcessFailed, run_in_child_process
from fullhouse.kernel.errors import DeadlineExceeded

HEAD = "import os, sys\n"


def a_module(folder: Path, body: str) -> str:
    (folder / "the_module.py").write_text(HEAD + body)
    return "the_module"


@pytest.fixture(autouse=True)
def importable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [*sys.path, str(tmp_path)])


async def process_of(folder: Path) -> int:
    """The id that the process writes when it has begun."""
    await until(lambda: (folder / "pid").exists() and (folder / "pid").read_text() != "")
    return int((folder / "pid").read_text())


def is_gone(process_id: int) -> bool:
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return True
    return False


async def test_it_answers_from_standard_input_without_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FULLHOUSE_SMTP_URL", "smtp://user:secret@mail")
    module = a_module(
        tmp_path,
        "sys.stdout.buffer.write(sys.stdin.buffer.read()[::-1] + str(len(os.environ)).encode())",
    )
    answer = await run_in_child_process(module, b"abc", timeout_seconds=10)
    assert answer.startswith(b"cba")
    module = a_module(tmp_path, "sys.exit(any('FULLHOUSE' in name for name in os.environ))")
    assert await run_in_child_process(module, b"", timeout_seconds=10) == b""


FOREVER = """
import signal
open(sys.path[-1] + '/pid', 'w').write(str(os.getpid()))
while True: signal.pause()
"""


async def test_at_the_time_limit_it_is_killed(tmp_path: Path) -> None:
    module = a_module(tmp_path, FOREVER)
    with pytest.raises(DeadlineExceeded):
        await run_in_child_process(module, b"", timeout_seconds=1)
    assert is_gone(await process_of(tmp_path))


async def test_it_ends_with_the_task_that_waits_for_it(tmp_path: Path) -> None:
    module = a_module(tmp_path, FOREVER)
    task = asyncio.create_task(run_in_child_process(module, b"", timeout_seconds=15))
    process_id = await process_of(tmp_path)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert is_gone(process_id)


LIMITED = """
from fullhouse.concurrency.process_limits import limit_this_process
limit_this_process(cpu_seconds=1, memory_bytes=512 * 1024 * 1024)
"""


LIMITED_BEFORE = """
import resource
resource.setrlimit(resource.RLIMIT_CPU, (3, 3))
from fullhouse.concurrency.process_limits import limit_this_process
limit_this_process(cpu_seconds=5, memory_bytes=2**30)
sys.stdout.write(str(resource.getrlimit(resource.RLIMIT_CPU)))
"""


async def test_a_lower_limit_of_the_system_stays(tmp_path: Path) -> None:
    module = a_module(tmp_path, LIMITED_BEFORE)
    assert await run_in_child_process(module, b"", timeout_seconds=15) == b"(3, 3)"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (LIMITED + "while True: pass", -signal.SIGXCPU),
        (LIMITED + "b'x' * 2**30", 1),
    ],
)
async def test_it_keeps_its_limits_of_processor_time_and_memory(
    tmp_path: Path, body: str, status: int
) -> None:
    with pytest.raises(ProcessFailed) as failed:
        await run_in_child_process(a_module(tmp_path, body), b"", timeout_seconds=15)
    assert failed.value.status == status
