"""What was read last, for the time in which it cannot be read."""

import pytest

from fullhouse.kernel.errors import NotFound, TransientError
from fullhouse.resilience.last_known import LastKnown


def known() -> LastKnown[str, str]:
    return LastKnown(100, len)


async def fail() -> str:
    raise TransientError


async def find_nothing() -> str:
    raise NotFound


async def answer() -> str:
    return "open"


async def test_last_value_stands_in_while_it_cannot_be_read() -> None:
    values = known()
    with pytest.raises(TransientError):
        await values.read("farm", fail)
    assert await values.read("farm", answer) == "open"
    assert await values.read("farm", fail) == "open"
    with pytest.raises(TransientError):
        await values.read("another", fail)


async def test_what_was_removed_is_not_shown_again() -> None:
    values = known()
    await values.read("farm", answer)
    with pytest.raises(NotFound):
        await values.read("farm", find_nothing)
    with pytest.raises(TransientError):
        await values.read("farm", fail)
