"""`fullhouse optimise` lists what is proposed, and asks the worker for it."""

import pytest

from fullhouse.entrypoints.cli import optimise as command
from fullhouse.kernel.clock import ManualClock
from fullhouse.kernel.errors import InvalidInput
from fullhouse.kernel.ids import Ids
from fullhouse.observability.optimisations import OptimisationAct, Proposal, propose
from fullhouse.settings import Settings
from fullhouse.storage.database import Database

NAME = "advised_booking_1"


async def test_an_operator_applies_a_proposal_and_takes_it_back(
    database: Database, database_url: str, clock: ManualClock, ids: Ids
) -> None:
    settings = Settings(database_url=database_url)
    found = await command.read_optimisations(settings)
    assert command.format_optimisations(found.optimisations) == "  Nothing is proposed."
    made = Proposal(
        "index", NAME, "booking", "It is slow.", "CREATE INDEX", "DROP INDEX", ["a.b"], {"cost": 1}
    )
    async with database.unrestricted.session() as session:
        assert await propose(session, made, optimisation_id=ids.uuid(), now=clock.now())
    with pytest.raises(InvalidInput, match="Name one"):
        await command.change_optimisations(settings, OptimisationAct.APPLY, None)
    await command.change_optimisations(settings, OptimisationAct.APPLY, NAME)
    with pytest.raises(InvalidInput, match="This one is approved"):
        await command.change_optimisations(settings, OptimisationAct.APPLY, NAME)
    await command.change_optimisations(settings, OptimisationAct.UNDO, NAME)
    found = await command.read_optimisations(settings)
    assert [step.state for step in found.steps] == ["proposed", "approved", "undone"]
    text = command.format_optimisations(found.optimisations)
    assert "undone     advised_booking_1" in text
    assert "It is slow." in text
