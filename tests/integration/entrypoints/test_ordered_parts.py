"""What an offering has in an order, on its list: moved up, removed, and brought back."""

import re
from datetime import timedelta

import pytest
from tests.builders.business import Business
from tests.builders.picture_files import a_file, send
from tests.builders.staff_browser import Staff, text

from fullhouse.booking.limits import UNDO_SECONDS
from fullhouse.booking.model.questions import Question
from fullhouse.kernel.clock import ManualClock

ROWS = re.compile(r'name="row\.(sunflowers\.[^"]+)"')


async def three_of(kind: str, staff: Staff, business: Business) -> None:
    if kind == "questions":
        asked = tuple(Question(id=name, text=name) for name in ("boots", "cake", "dogs"))
        await business.change(questions=asked)
        return
    for color in (50, 100, 150):
        form = {"offering": "sunflowers", "alt": f"Shade {color}"}
        saved = await send(staff, "pictures/new", form, picture=a_file(color=color))
        assert saved.status == 303, text(saved)


async def keys_of(kind: str, staff: Staff) -> list[str]:
    return ROWS.findall(text(await staff.get(f"{kind}?offering=sunflowers")))


@pytest.mark.parametrize("kind", ["questions", "pictures"])
async def test_parts_are_moved_up_removed_and_brought_back(
    kind: str, staff: Staff, business: Business, clock: ManualClock
) -> None:
    await three_of(kind, staff, business)
    first, second, third = await keys_of(kind, staff)

    async def act(name: str, *keys: str) -> tuple[int, str]:
        answer = await staff.post(f"{kind}/{name}", query="", **{f"row.{key}": "1" for key in keys})
        return answer.status, text(answer)

    assert (await act("up", third))[0] == 303
    assert await keys_of(kind, staff) == [first, third, second]
    assert (await act("up", first))[0] == 303, "the first stays"
    assert await keys_of(kind, staff) == [first, third, second]
    assert (await act("remove", first, second))[0] == 303
    assert await keys_of(kind, staff) == [third]
    assert (await act("restore", first, second))[0] == 303
    assert await keys_of(kind, staff) == [first, third, second]
    await act("remove", third)
    clock.advance(timedelta(seconds=UNDO_SECONDS + 1))
    status, page = await act("restore", third)
    assert status == 409
    assert "too late to undo this." in page
    assert await keys_of(kind, staff) == [first, second]
