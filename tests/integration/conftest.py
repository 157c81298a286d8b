"""The doors of a house, for tests that come in by HTTP."""

from collections.abc import AsyncIterator

import pytest
from tests.builders.business import Business
from tests.builders.doors import Doors, the_doors

from fullhouse.bootstrap.application import House


@pytest.fixture
async def doors(house: House, business: Business) -> AsyncIterator[Doors]:
    """The doors of the business in that house, and its own key."""
    doors = await the_doors(house, business)
    async with doors.client:
        yield doors
