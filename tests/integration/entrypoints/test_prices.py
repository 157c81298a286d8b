"""What a request costs of its client's rate."""

from tests.builders.api_client import ApiClient

from fullhouse.http.server.limits import BYTES_PER_TOKEN


async def test_a_long_response_costs_more_of_the_rate_the_longer_it_is(api: ApiClient) -> None:
    async def price(coding: str) -> int:
        """How many tokens the document costs."""
        before = await left()
        answer = await api.client.get("/schema/openapi.json", headers={"accept-encoding": coding})
        assert len(answer.content) > 4 * BYTES_PER_TOKEN
        return before - await left() - 1

    async def left() -> int:
        return int((await api.client.get("/meadow")).headers["ratelimit-remaining"])

    assert await price("identity") > 4
    assert await price("gzip") == 1, "compressed it is no longer than a picture"
