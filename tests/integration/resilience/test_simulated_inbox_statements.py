"""The statements on a webhook do in the simulation's memory what they do in PostgreSQL."""

from random import Random
from uuid import UUID

from msgspec import structs
from tests.builders.business import Business
from tests.simulation.simulated_inbox import InboxTables, ReceivedRow

from fullhouse.bootstrap.application import Application
from fullhouse.resilience.inbox import WebhookToProcess
from fullhouse.storage.database import Session

SEQUENCES, STATEMENTS = 40, 6
QUERIES = ("store_webhook", "webhook_to_process", "end_webhook", "replay_webhooks")


async def test_statements_change_a_webhook_as_in_postgresql(
    app: Application, business: Business
) -> None:
    chance = Random(1)  # noqa: S311 - the same sequences in every run
    tables = InboxTables(app.clock)
    org_id, at = business.org_id, app.clock.now()
    async with app.database.unrestricted.transaction() as session:
        for number in range(SEQUENCES):
            key, event_id = UUID(int=2 * number + 1), f"event-{number}"
            for step in range(STATEMENTS):
                query = "store_webhook" if step == 0 else chance.choice(QUERIES)
                values = {
                    "org_id": org_id,
                    "webhook_id": key,
                    **values_of(query, chance, event_id=event_id, at=at),
                }
                if query == "replay_webhooks":
                    values = {"org_id": org_id, "webhook_ids": [key]}
                if step and query == "store_webhook":
                    values["webhook_id"] = UUID(int=key.int + 1)
                changed, rows = tables.run(f"resilience.{query}", values)
                if query == "webhook_to_process":
                    found = await session.fetch(f"resilience.{query}", WebhookToProcess, **values)
                    assert [structs.asdict(one) for one in found] == list(rows), query
                else:
                    assert await session.execute(f"resilience.{query}", **values) == changed, query
                expected = sorted(tables.received.values(), key=lambda row: row.webhook_id)
                assert await stored(session, org_id) == expected, query


def values_of(query: str, chance: Random, **given: object) -> dict[str, object]:
    """What a statement takes beside the key."""
    replay: dict[str, object] = {"replay": chance.randrange(2)}
    match query:
        case "store_webhook":
            return {"provider": "payments", "body": b"{}", **given}
        case "webhook_to_process":
            return replay
        case "end_webhook":
            status = chance.choice(("processed", "failed", "ignored"))
            return {**replay, "status": status, "at": given["at"]}
        case _:
            return {}


async def stored(session: Session, org_id: UUID) -> list[ReceivedRow]:
    columns = ", ".join(ReceivedRow.__struct_fields__)
    rows = await session.connection.fetch(
        f"SELECT {columns} FROM received_webhook WHERE org_id = $1 ORDER BY webhook_id",  # noqa: S608 - names of fields
        org_id,
    )
    return [ReceivedRow(*row) for row in rows]
