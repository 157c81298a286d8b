"""The fixtures of the fast tests, without the application that those of all tests import."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import structlog

from fullhouse.kernel.clock import ManualClock


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(datetime(2027, 6, 12, 8, 0, tzinfo=UTC))


@pytest.fixture(autouse=True)
def silence() -> Iterator[None]:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    yield
    structlog.reset_defaults()
