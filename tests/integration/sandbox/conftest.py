"""A sandbox of its own for each test, and a program that receives its webhooks."""

from collections.abc import AsyncIterator

import pytest
from tests.builders.sandbox import RunningSandbox, a_sandbox
from tests.builders.webhook_receiver import Receiver, a_receiver


@pytest.fixture
async def box() -> AsyncIterator[RunningSandbox]:
    async with a_sandbox() as box:
        yield box


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with a_receiver(Receiver()) as receiver:
        yield receiver
