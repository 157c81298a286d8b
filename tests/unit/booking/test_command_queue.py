"""The queue before the ledger: who goes first, and who waits for whom."""

import asyncio
from collections.abc import Iterator
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.builders.commands import a_booking_row, a_create_command

from fullhouse.booking import limits
from fullhouse.booking.ledger.queue import CommandQueue, PendingCommand

COMMAND = a_create_command(a_booking_row())


@pytest.fixture(scope="module")
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    loop = asyncio.new_event_loop()
    yield loop
    loop.close()


def a_command(loop: asyncio.AbstractEventLoop, *marks: object) -> PendingCommand:
    return PendingCommand(COMMAND, None, 0.0, loop.create_future(), marks)


def a_queue(commands: list[PendingCommand]) -> CommandQueue:
    queue = CommandQueue()
    for command in commands:
        queue.add(command)
    return queue


def groups_of(queue: CommandQueue) -> Iterator[list[PendingCommand]]:
    while not queue.is_empty:
        group = queue.take()
        yield group
        for command in group:
            queue.release(command)


@given(marks=st.lists(st.sets(st.integers(0, 40), min_size=1, max_size=3), max_size=150))
def test_no_group_holds_two_commands_that_must_see_each_other(
    loop: asyncio.AbstractEventLoop, marks: list[set[int]]
) -> None:
    commands = [a_command(loop, *each) for each in marks]
    queue, taken = a_queue(commands), []
    for group in groups_of(queue):
        assert 1 <= len(group) <= limits.GROUP_COMMANDS_MAX
        held = [mark for command in group for mark in command.marks]
        assert len(set(held)) == len(held)
        taken += group
    assert sorted(map(id, taken)) == sorted(map(id, commands))
    assert len(queue) == 0


@given(marks=st.lists(st.integers(0, 5), max_size=60))
def test_commands_with_the_same_mark_keep_their_order(
    loop: asyncio.AbstractEventLoop, marks: list[int]
) -> None:
    commands = [a_command(loop, mark) for mark in marks]
    taken = [command for group in groups_of(a_queue(commands)) for command in group]
    for mark in set(marks):
        of_mark = [command for command in taken if command.marks == (mark,)]
        assert of_mark == [command for command in commands if command.marks == (mark,)]


def test_commands_of_one_customer_delay_nobody_else(loop: asyncio.AbstractEventLoop) -> None:
    crowd = [a_command(loop, "one customer", number) for number in range(100)]
    others = [a_command(loop, f"customer {number}", 1_000 + number) for number in range(20)]
    queue = a_queue([*crowd, *others])
    assert queue.take() == [crowd[0], *others]


def test_a_line_has_an_end(loop: asyncio.AbstractEventLoop) -> None:
    queue = a_queue([a_command(loop, "one customer") for _ in range(limits.LINE_COMMANDS_MAX)])
    assert queue.admits(("one customer", "another key"))
    queue.add(a_command(loop, "one customer"))
    assert not queue.admits(("another key", "one customer"))
    assert queue.admits(("another customer",))


def test_a_group_grows_with_the_queue(loop: asyncio.AbstractEventLoop) -> None:
    def first_group(queued: int) -> int:
        return len(a_queue([a_command(loop, number) for number in range(queued)]).take())

    assert first_group(10) == 10
    assert first_group(100) == limits.GROUP_COMMANDS_MIN
    assert first_group(400) == 200
    assert first_group(limits.QUEUE_COMMANDS_MAX) == limits.GROUP_COMMANDS_MAX


def test_a_command_that_waits_takes_the_place_of_the_one_that_is_dropped(
    loop: asyncio.AbstractEventLoop,
) -> None:
    first, second, other = (a_command(loop, mark) for mark in ("a", "a", "b"))
    queue = a_queue([first, second, other])
    queue.retain(lambda command: command is not first)
    assert queue.take() == [second, other]


def test_all_are_removed_with_those_that_wait(loop: asyncio.AbstractEventLoop) -> None:
    commands = [a_command(loop, "a", number) for number in range(3)]
    queue = a_queue(commands)
    assert list(queue.remove_all()) == commands
    assert len(queue) == 0
    assert queue.is_empty


def test_creations_exclude_each_other_by_customer_only_where_duplicates_are_refused() -> None:
    def marks(number: int, window: int | None) -> set[object]:
        booking = a_booking_row(booking_id=UUID(int=number), customer_email="rosa@example.org")
        return {*a_create_command(booking, duplicate_window_minutes=window).exclusive_marks()}

    assert len(marks(1, 180) & marks(2, 180)) == 1
    assert not marks(1, 180) & marks(2, None)
