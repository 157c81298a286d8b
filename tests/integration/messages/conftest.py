"""A business with webhooks."""

from collections.abc import AsyncIterator

import pytest
from tests.builders.webhook_site import WebhookSite, a_webhook_site, working


@pytest.fixture
async def idle(database_url: str) -> AsyncIterator[WebhookSite]:
    """Without a worker."""
    async with a_webhook_site(database_url) as site:
        yield site


@pytest.fixture
async def site(idle: WebhookSite) -> AsyncIterator[WebhookSite]:
    """With a worker."""
    async with working(idle.app):
        yield idle
