"""Two businesses of one installation: one is attacked by the other."""

import pytest
from tests.builders.api_client import ApiClient, an_api_client
from tests.builders.business import a_business
from tests.builders.victim import VictimData, a_victim

from fullhouse.bootstrap.application import Application


@pytest.fixture
async def victim(app: Application, api: ApiClient) -> ApiClient:
    """The organisation of the `api` fixture, under its own name."""
    assert api.app is app
    return api


@pytest.fixture
async def attacker(app: Application) -> ApiClient:
    """Another organisation of the same installation, with a key and staff of its own."""
    business = await a_business(app.database, app.clock, app.ids, slug="rival")
    return await an_api_client(app, business, org="rival")


@pytest.fixture
async def victim_data(victim: ApiClient) -> VictimData:
    return await a_victim(victim)
