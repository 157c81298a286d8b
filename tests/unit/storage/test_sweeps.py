"""One organisation after the other, none of which keeps those behind it from their turn."""

from uuid import UUID

import msgspec
import pytest

from fullhouse.kernel.ids import OrgId
from fullhouse.storage.errors import DatabaseBusy, DatabaseUnavailable
from fullhouse.storage.sweeps import for_each_organisation


class Found(msgspec.Struct):
    org_id: OrgId


FARMS = [Found(OrgId(UUID(int=number))) for number in range(1, 5)]


async def test_all_have_their_turn_and_then_what_went_wrong_is_raised() -> None:
    had = list[Found]()

    async def work(farm: Found) -> int:
        had.append(farm)
        if farm is FARMS[1]:
            raise DatabaseBusy
        if farm is FARMS[2]:
            raise ZeroDivisionError
        return 7

    assert await for_each_organisation([FARMS[0], FARMS[3]], work) == [7, 7]
    had.clear()
    with pytest.raises(ExceptionGroup) as raised:
        await for_each_organisation(FARMS, work)
    assert had == FARMS
    assert [type(error) for error in raised.value.exceptions] == [DatabaseBusy, ZeroDivisionError]
    assert raised.value.exceptions[1].__notes__ == [f"organisation {FARMS[2].org_id}"]


async def test_without_the_database_nobody_has_a_turn() -> None:
    async def work(farm: Found) -> int:
        assert farm is FARMS[0]
        raise DatabaseUnavailable

    with pytest.raises(DatabaseUnavailable):
        await for_each_organisation(FARMS, work)
