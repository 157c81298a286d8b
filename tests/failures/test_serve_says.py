"""What `fullhouse serve` says when it has started, and in which form."""

import asyncio
import json

import aiohttp
import pytest
from tests.history.product import a_product

pytestmark = pytest.mark.timeout(300)


async def test_an_empty_installation_says_where_its_data_is_and_what_to_do_next() -> None:
    async with a_product() as product:
        async with aiohttp.ClientSession() as session, session.get(product.url) as answer:
            page = await answer.text()
        await asyncio.sleep(0.5)
        said = (product.folder / "log").read_text()
        assert f"Fullhouse is running at {product.url}/ (press Ctrl+C to stop)" in said
        assert f"Data folder   {product.data_dir}" in said
        assert f"Listening on  127.0.0.1, port {product.port} (this machine only)" in said
        assert "E-mails       stored, not sent" in said
        command = f'fullhouse organisation SLUG --name "NAME" --data-dir {product.data_dir}'
        assert command in said
    assert "No bookings here yet" in page
    assert "demo" not in page.lower()


async def test_every_line_is_json_when_the_log_is() -> None:
    async with a_product({"FULLHOUSE_LOG_JSON": "true", "FULLHOUSE_LOG_LEVEL": "info"}) as product:
        log, lines = product.folder / "log", list[dict[str, object]]()
        for _ in range(50):
            lines = [json.loads(line) for line in log.read_text().splitlines()]
            if any(line["event"] == "server.started" for line in lines):
                break
            await asyncio.sleep(0.1)
    (started,) = [line for line in lines if line["event"] == "server.started"]
    assert started["url"] == product.url
    assert started["data_dir"] == str(product.data_dir)
    assert started["is_empty"] is True
