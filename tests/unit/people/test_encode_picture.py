"""Pictures of strangers wait in turn of their organisations; no process is started here."""

import asyncio
from uuid import UUID

import pytest
from tests.builders.loop import until

from fullhouse.concurrency.bulkhead import Bulkhead
from fullhouse.kernel.clock import SystemClock
from fullhouse.kernel.errors import Overloaded
from fullhouse.kernel.ids import OrgId
from fullhouse.people.actions.encode_picture import EncodePicture

MANY, ONE = OrgId(UUID(int=1)), OrgId(UUID(int=2))
FILE = b"\x89PNG\r\n\x1a\n"
WAITING_MAX = 3


async def test_one_with_many_pictures_makes_room_for_another() -> None:
    bulkhead = Bulkhead(1, waiters_max=WAITING_MAX, clock=SystemClock())
    encode = EncodePicture(bulkhead)
    await bulkhead.acquire(1)
    many = [asyncio.ensure_future(encode(MANY, FILE)) for _ in range(WAITING_MAX)]
    await until(lambda: bulkhead.statistics.waiting == WAITING_MAX)
    with pytest.raises(Overloaded):
        await encode(MANY, FILE)
    one = asyncio.ensure_future(encode(ONE, FILE))
    with pytest.raises(Overloaded):
        await many.pop()
    assert not one.done(), "it waits for its turn"
    assert bulkhead.statistics.waiting == WAITING_MAX
    for task in (*many, one):
        task.cancel()
    await asyncio.wait((*many, one))
    bulkhead.release()
    assert bulkhead.statistics.busy == 0
