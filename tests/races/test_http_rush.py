"""`fullhouse load` as an operator types it, against the whole product."""

import asyncio
import sys
from pathlib import Path

import msgspec
import pytest
from tests.history.product import Product, a_farm, a_product


async def load(product: Product, *words: str) -> tuple[int | None, str, str]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "fullhouse", "load", *words, "--url", product.url,
        "--org", "meadow", "--data-dir", str(product.data_dir),
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    output, errors = await process.communicate()
    return process.returncode, output.decode(), errors.decode()


@pytest.mark.timeout(300)
async def test_rush_books_forty_places_and_refuses_sixty_with_alternatives(
    tmp_path: Path,
) -> None:
    """The slot has 45 places: the scenario first books five of them, as guests would."""
    async with a_product({"FULLHOUSE_WRITES_BURST": "120"}) as product:
        database = await product.database()
        business = await a_farm(database)
        await business.a_slot(capacity=45)
        await business.slots(20, capacity=39)
        await database.close()
        status, output, errors = await load(
            product, "rush", "--json", "--figure", str(tmp_path / "rush.svg")
        )
    result = msgspec.json.decode(output)
    assert (result["success"], result["refusals"]) == (40, 60), errors
    assert (result["errors"], result["timeouts"]) == (0, 0)
    assert result["refusals_with_alternatives"] == 60
    assert result["codes"] == {"created": 40, "slot_full": 60}
    assert result["check"]["ok"]
    assert status == 0
    assert "<svg" in (tmp_path / "rush.svg").read_text("utf-8")


@pytest.mark.timeout(300)
async def test_rush_without_a_suitable_slot_names_the_missing_places() -> None:
    async with a_product() as product:
        database = await product.database()
        business = await a_farm(database)
        await business.a_slot(capacity=39)
        await database.close()
        status, _, errors = await load(product, "rush")
    assert status == 1
    assert "meadow has no offering with 40 places free" in errors
