"""The fixtures of the fast tests, without the application that those of all tests import."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import structlog
from structlog.typing import EventDict

from fullhouse.kernel.clock import ManualClock


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(datetime(2027, 6, 12, 8, 0, tzinfo=UTC))


@pytest.fixture(autouse=True)
def silence() -> Iterator[None]:
    structlog.configure(processors=[_drop])
    yield
    structlog.reset_defaults()


def _drop(_logger: object, _name: str, _event: EventDict) -> EventDict:
    raise structlog.DropEvent
