"""What a victim has besides its bookings: messages, gateways, customers, people and keys."""

from collections.abc import Mapping
from typing import Final

from tests.builders.api_client import ApiClient, Json
from tests.builders.operations import a_picture

from fullhouse.http.operations.arguments import BINARY
from fullhouse.kernel.context import OPERATOR, RequestContext

_SECRET: Final = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
_ROWS: Final[Mapping[str, str]] = {
    "message": """
INSERT INTO message (org_id, message_id, kind, subject_id, event_seq, recipient, subject, body_text,
    body_html, qr, status, created_at, sent_at)
VALUES ($1, $2, 'confirmation', $3, 1, 'vera@example.org', $4, $4, $4, '', 'sent', now(), now())""",
    "received": """
INSERT INTO received_webhook (org_id, webhook_id, provider, event_id, body, received_at)
SELECT $1, $2, 'delivery-reports', $4 || $3, '{}', now()""",
    "customer": """
INSERT INTO customer (org_id, customer_id, person_id, name, email, phone, last_at, last_ends_at,
    created_at)
SELECT $1, $2, $2, $4, 'vera@example.org', '', now(), now(), now() WHERE $3::uuid IS NOT NULL""",
    "rating": """
INSERT INTO rating (org_id, booking_id, offering_id, stars, words, created_at, changed_at)
VALUES ($1, $3, $2, 5, $4, now(), now())""",
    "note": """
INSERT INTO booking_note (org_id, booking_id, note) SELECT $1, $3, $4 WHERE $2::uuid IS NOT NULL""",
}
"""Rows that a worker or a guest writes: $1 the organisation, $2 a new id, $3 the booking's, $4 the
victim's name."""


async def some_rows(victim: ApiClient, booking: str, *, mark: str) -> dict[str, str]:
    """The ids of one of each, by what it is."""
    ids = {name: str(victim.app.ids.uuid()) for name in _ROWS}
    async with victim.app.database.unrestricted.session() as session:
        for name, statement in _ROWS.items():
            await session.connection.execute(
                statement, victim.business.org_id, ids[name], booking, mark
            )
    del ids["rating"], ids["note"]  # they are the booking's
    return {**ids, **await _settings_of(victim), **await _people_of(victim, mark)}


async def _settings_of(victim: ApiClient) -> dict[str, str]:
    """A webhook, both channels, a source of webhooks, an e-mail's text and a picture."""
    url: Json = {"url": "https://example.org/victim-vera"}
    webhook = await victim.post("/webhooks", url, key=victim.key)
    text = {"subject": "Booked", "heading": "Booked", "text": "Victim Vera {{ button }}"}
    reminders = {
        "reminders": ["one_day"],
        "thanks_hours": 0,
        "quiet_from": "21:00",
        "quiet_until": "07:30",
    }
    for path, body in (
        ("/channels/make", url),
        ("/channels/sms", url),
        ("/incoming-webhooks/delivery-reports", {"secret": _SECRET}),
        ("/email-texts/confirmation/en", text),
        ("/reminders", reminders),
    ):
        answer = await victim.ask("PUT", path, json=body, key=victim.key)
        assert answer.status == 200, answer.body
    picture = await victim.post_file("/pictures", a_picture(), media_type=BINARY)
    return {"webhook": str(webhook.json["id"]), "file": str(picture.json["name"])}


async def _people_of(victim: ApiClient, mark: str) -> dict[str, str]:
    """A member with a link to sign in, somebody who was invited, and the API key of the victim."""
    app, org_id = victim.app, victim.business.org_id
    context = RequestContext(OPERATOR, app.ids.uuid())
    async with app.unit_of_work(context, org_id) as uow:
        member = await app.people.grant_role(uow, name=mark, role="admin")
        await app.people.issue_sign_in_link(uow, member)
        invited = await app.people.invite_member(uow, email="victim.vera@example.org", role="staff")
        key = await uow.session.connection.fetchval("SELECT min(key_id::text) FROM api_key")
    return {"member": str(member), "invitation": str(invited.invitation_id), "api_key": str(key)}
