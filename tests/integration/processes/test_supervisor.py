"""The supervisor: restarts, crash loops, failures of background tasks, and the listening socket."""

import asyncio
import os
import socket

import msgspec
import pytest

from fullhouse.concurrency.signals import StopRequest
from fullhouse.http.server.listening import AddressUnusable, address_of, listening
from fullhouse.processes import supervised_process
from fullhouse.processes.child import Program
from fullhouse.processes.process_supervisor import ProcessSupervisor
from fullhouse.processes.supervised_process import (
    ProgramCrashLoop,
    ProgramFailed,
    SupervisedProcess,
    output_of,
)

pytestmark = pytest.mark.timeout(90)

FAILING = Program("failing", ("no-such-command",), os.environ)
SLEEPING = Program("sandbox", ("sandbox", "--port", "0"), os.environ)
VERSION = Program("version", ("--version",), os.environ)


def ignore(_pid: int) -> None:
    """These tests keep no metrics of processes."""


async def test_crash_loop_is_reported_after_repeated_early_exits(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(supervised_process, "RESTARTS_IN_A_ROW_MAX", 2)
    ended: list[int] = []
    with pytest.raises(ProgramCrashLoop, match="failing ended 2 times"):
        await SupervisedProcess(FAILING, ended.append).run()
    assert len(ended) == 2


async def test_crash_loop_of_one_program_stops_everything(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(supervised_process, "RESTARTS_IN_A_ROW_MAX", 1)
    closed: list[bool] = []
    supervisor = ProcessSupervisor(
        [FAILING],
        on_exit=ignore,
        background_tasks=[wait_for_ever()],
        before_stop=lambda: closed.append(True),
    )
    with pytest.raises(ProgramCrashLoop):
        await supervisor.run(StopRequest())
    assert closed == [True]


async def wait_for_ever() -> None:
    await asyncio.Event().wait()


async def test_failed_background_task_stops_everything_and_is_raised() -> None:
    async def fail() -> None:
        raise ConnectionError

    with pytest.raises(ConnectionError):
        await ProcessSupervisor([], on_exit=ignore, background_tasks=[fail()]).run(StopRequest())


async def test_program_gives_way_by_its_niceness() -> None:
    nice = msgspec.structs.replace(SLEEPING, niceness=7)
    process = SupervisedProcess(nice, ignore)
    running = asyncio.create_task(process.run())
    while not process.pids:  # noqa: ASYNC110 - it sets no event
        await asyncio.sleep(0.01)
    own = os.getpriority(os.PRIO_PROCESS, 0)
    assert os.getpriority(os.PRIO_PROCESS, process.pids[0]) == min(own + 7, 19)
    await process.stop(asyncio.Event())
    await running


async def test_successor_that_is_not_ready_in_time_replaces_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(supervised_process, "READY_SECONDS_MAX", 0.05)
    ended: list[int] = []
    process = SupervisedProcess(SLEEPING, ended.append)
    running = asyncio.create_task(process.run())
    while not process.pids:  # noqa: ASYNC110 - it sets no event
        await asyncio.sleep(0.01)
    (child,) = process._children
    child.wants_replacement.set()
    while not ended:  # noqa: ASYNC110 - it sets no event
        await asyncio.sleep(0.01)
    assert child.pid not in ended
    assert process.pids == [child.pid]
    await process.stop(asyncio.Event())
    await running
    assert child.pid in ended


async def test_cancelled_supervision_leaves_no_process_behind() -> None:
    ended: list[int] = []
    process = SupervisedProcess(SLEEPING, ended.append)
    running = asyncio.create_task(process.run())
    while not process.pids:  # noqa: ASYNC110 - it sets no event
        await asyncio.sleep(0.01)
    pids = process.pids
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert ended == pids


async def test_program_runs_in_its_number_of_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervised_process, "RESTARTS_IN_A_ROW_MAX", 1)
    ended: list[int] = []
    twice = msgspec.structs.replace(FAILING, processes=2)
    with pytest.raises(ProgramCrashLoop):
        await ProcessSupervisor([twice], on_exit=ended.append).run(StopRequest())
    assert len(set(ended)) == 2


async def test_output_of_a_program_is_returned_and_its_failure_raised() -> None:
    assert (await output_of(VERSION)).startswith("fullhouse 0.")
    with pytest.raises(ProgramFailed, match="failing failed"):
        await output_of(FAILING)


async def test_address_in_use_is_taken_once_it_is_free() -> None:
    with socket.create_server(("127.0.0.1", 0)) as former:
        port = former.getsockname()[1]
        asyncio.get_running_loop().call_later(0.3, former.close)
        async with listening("127.0.0.1", port) as listener:
            assert address_of(listener) == ("127.0.0.1", port)


async def test_address_of_another_machine_is_refused() -> None:
    with pytest.raises(AddressUnusable, match=r"Cannot listen on 203\.0\.113\.1"):
        async with listening("203.0.113.1", 0):
            pytest.fail("that address is for documents only")


async def test_name_without_an_address_is_refused_with_what_to_set() -> None:
    with pytest.raises(AddressUnusable, match=r"no address is known.*FULLHOUSE_HOST"):
        async with listening("nobody.invalid", 0):
            pytest.fail("nobody has that name")


async def test_wildcard_address_is_reached_at_the_loopback() -> None:
    async with listening("0.0.0.0", 0) as listener:  # noqa: S104 - for a moment, without clients
        assert address_of(listener)[0] == "127.0.0.1"
