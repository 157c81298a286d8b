"""`fullhouse load` as an operator types it, against the whole product."""

from pathlib import Path

import msgspec
import pytest
from tests.builders.forked import CommandResult, fullhouse
from tests.history.product import Product, a_farm, a_product


async def load(product: Product, *words: str) -> CommandResult:
    return await fullhouse(
        *("load", *words, "--url", product.url, "--org", "meadow"),
        *("--data-dir", str(product.data_dir)),
    )


@pytest.mark.timeout(300)
async def test_rush_books_forty_places_and_refuses_sixty_with_alternatives(
    tmp_path: Path,
) -> None:
    """The slot has 45 places: the scenario first books five of them, as guests would.

    The next rush finds no slot with as many places.
    """
    async with a_product({"FULLHOUSE_WRITES_BURST": "120"}) as product:
        database = await product.database()
        business = await a_farm(database)
        await business.a_slot(capacity=45)
        await business.slots(20, capacity=39)
        await database.close()
        figure = tmp_path / "rush.svg"
        rush = await load(product, "rush", "--json", "--figure", str(figure))
        another = await load(product, "rush")
    result = msgspec.json.decode(rush.output)
    assert (result["success"], result["refusals"]) == (40, 60), rush.errors
    assert (result["errors"], result["timeouts"]) == (0, 0)
    assert result["refusals_with_alternatives"] == 60
    assert result["codes"] == {"created": 40, "slot_full": 60}
    assert result["check"]["ok"]
    assert rush.status == 0
    assert "<svg" in figure.read_text("utf-8")
    assert another.status == 1
    assert "meadow has no offering with 40 places free" in another.errors
