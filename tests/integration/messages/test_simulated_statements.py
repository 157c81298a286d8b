"""The statements on a message do in the simulation's memory what they do in PostgreSQL."""

from random import Random
from uuid import UUID

from tests.builders.business import Business
from tests.simulation.simulated_database import Tables

from fullhouse.bootstrap.application import Application
from fullhouse.messages.model import Message, message_id_of
from fullhouse.storage.database import Session

SEQUENCES, STATEMENTS = 80, 6
QUERIES = (
    "begin_hand_over",
    "hand_over_message",
    "claim_handed_over",
    "note_message_failure",
    "leave_to_mail_server",
    "acknowledge_message",
    "record_outcomes",
    "mark_failed",
)


async def test_statements_change_a_message_as_in_postgresql(
    app: Application, business: Business
) -> None:
    chance = Random(1)  # noqa: S311 - the same sequences in every run
    tables = Tables(app.clock)
    org_id, at = business.org_id, app.clock.now()
    async with app.database.unrestricted.transaction() as session:
        for seq in range(SEQUENCES):
            key = message_id_of(org_id, seq)
            await session.connection.execute(
                "INSERT INTO message (org_id, message_id, kind, subject_id, event_seq, recipient,"
                " subject, body_text, body_html, qr, status, created_at)"
                " VALUES ($1, $2, 'confirmation', $2, $3, '', '', '', '', '', 'due', $4)",
                org_id,
                key,
                seq,
                at,
            )
            tables.messages[key] = await stored(session, org_id, key)
            for _ in range(STATEMENTS):
                query = f"messages.{chance.choice(QUERIES)}"
                values = values_of(query, session, chance, org_id=org_id, message_id=key, at=at)
                changed = await session.execute(query, **values)
                assert tables.run(query, values)[0] == changed, query
                assert tables.messages[key] == await stored(session, org_id, key), query


async def stored(session: Session, org_id: UUID, key: UUID) -> Message:
    (message,) = await session.fetch(
        "messages.messages_by_ids", Message, org_ids=[org_id], message_ids=[key]
    )
    return message


def values_of(query: str, session: Session, chance: Random, **given: object) -> dict[str, object]:
    """What a statement takes: of one message, or of many that are one."""
    is_delivered = chance.choice((True, False))
    status = chance.choice(("handed_over", "sent"))
    outcome = chance.choice(("sent", "stored", "undeliverable"))
    values = {
        **given,
        "status": status,
        "route": "make",
        "error": "an error",
        "detail": "a detail",
        "is_delivered": is_delivered,
        "org_ids": [given["org_id"]],
        "message_ids": [given["message_id"]],
        "statuses": [outcome],
        "ats": [given["at"]],
        "errors": ["an error"],
    }
    return {name: values[name] for name in session._catalogue[query].parameters}
