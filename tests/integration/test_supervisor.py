"""The process above the others: what it keeps, what it gives up, and how it is told to stop."""

import asyncio
import os
import signal
import socket

import pytest

from fullhouse.entrypoints.supervisor import keeper as keeping
from fullhouse.entrypoints.supervisor.keeper import (
    Keeper,
    Program,
    ProgramFailed,
    ProgramKeepsDying,
    output_of,
)
from fullhouse.entrypoints.supervisor.listening import AddressUnusable, address_of, listening
from fullhouse.entrypoints.supervisor.stopping import Stop, StoppedWhileStarting
from fullhouse.entrypoints.supervisor.supervise import Company, supervise

pytestmark = pytest.mark.timeout(90)

WRONG = Program("wrong", ("no-such-command",), os.environ)
RIGHT = Program("right", ("--version",), os.environ)


def ignore(_pid: int) -> None:
    """Nobody keeps figures here."""


async def test_a_program_that_never_stays_is_given_up_in_words(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(keeping, "RESTARTS_IN_A_ROW_MAX", 2)
    ended: list[int] = []
    with pytest.raises(ProgramKeepsDying, match="wrong ended 2 times"):
        await Keeper(WRONG, ended.append).keep()
    assert len(ended) == 2


async def test_when_one_program_is_given_up_everything_ends(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(keeping, "RESTARTS_IN_A_ROW_MAX", 1)
    closed: list[bool] = []
    companion = asyncio.Event()
    company = Company(((WRONG,),), (until(companion),), lambda: closed.append(True), ignore)
    with pytest.raises(ProgramKeepsDying):
        await supervise(company, Stop())
    assert closed == [True]


async def until(event: asyncio.Event) -> None:
    await event.wait()


async def test_a_companion_that_fails_ends_everything_and_is_heard() -> None:
    async def fail() -> None:
        raise ConnectionError

    with pytest.raises(ConnectionError):
        await supervise(Company((), (fail(),), lambda: None, ignore), Stop())


async def test_a_program_that_does_one_thing_is_waited_for() -> None:
    assert (await output_of(RIGHT)).startswith("fullhouse 0.")
    with pytest.raises(ProgramFailed, match="wrong failed"):
        await output_of(WRONG)


async def test_told_while_starting_it_starts_no_further() -> None:
    stop = Stop()
    with stop.listening():
        asyncio.get_running_loop().call_later(0.05, os.kill, os.getpid(), signal.SIGTERM)
        with pytest.raises(StoppedWhileStarting):
            await stop.while_starting(asyncio.sleep(60))
        with pytest.raises(StoppedWhileStarting):
            await stop.while_starting(asyncio.sleep(60))
        assert not stop.hurried.is_set()
        os.kill(os.getpid(), signal.SIGINT)
        await asyncio.wait_for(stop.hurried.wait(), 5)


async def test_what_is_cancelled_without_being_told_is_just_cancelled() -> None:
    task = asyncio.create_task(Stop().while_starting(asyncio.sleep(60)))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_an_address_that_is_given_back_in_time_is_taken() -> None:
    with socket.create_server(("127.0.0.1", 0)) as former:
        port = former.getsockname()[1]
        asyncio.get_running_loop().call_later(0.3, former.close)
        async with listening("127.0.0.1", port) as listener:
            assert address_of(listener) == ("127.0.0.1", port)


async def test_an_address_that_is_not_ours_is_refused() -> None:
    with pytest.raises(AddressUnusable, match=r"Cannot listen on 203\.0\.113\.1"):
        async with listening("203.0.113.1", 0):
            pytest.fail("that address is for documents only")


async def test_everywhere_is_reached_at_the_loopback() -> None:
    async with listening("0.0.0.0", 0) as listener:  # noqa: S104 - for a moment, and nobody comes
        assert address_of(listener)[0] == "127.0.0.1"
