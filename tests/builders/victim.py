"""A business with something of everything, which others may not see or change."""

from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass
from datetime import timedelta
from uuid import UUID

from tests.builders.api_client import ApiClient, a_booking_body, token_of
from tests.builders.operations import a_dead_letter, an_inconsistency
from tests.builders.victim_rows import some_rows

MARK = "Victim Vera"
"""The victim's customer: no response to the attacker contains her name."""

_TABLES = """
SELECT relname FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid AND attname = 'org_id'
WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') ORDER BY relname"""
_LIVELY = {"effect", "api_key"}
"""What the worker writes, and the time of the last use of a key."""
NOT_BUILT = {
    *("closure_notice", "customer_contact", "customer_subject", "digest_reader"),
    *("person_access", "retention_rule", "sales_day", "sales_day_due", "saved_view", "suppression"),
    *("webhook_attempt", "webhook_delivery"),
}
"""Tables in which the victim has nothing: they have no ids, or are about what others have."""
_OF_FOLDER: Mapping[str, tuple[str, ...]] = {
    "api-keys": ("api_key",),
    "b": ("ref", "booking"),
    "bookings": ("ref", "booking"),
    "channels": (),
    "closures": ("closure",),
    "customers": ("customer",),
    "d": ("member",),
    "dead-letters": ("dead_letter",),
    "e-mails": ("email_example",),
    "holds": ("hold", "booking"),
    "inconsistencies": ("inconsistency",),
    "messages": ("message",),
    "offerings": ("offering",),
    "pictures": ("picture", "file"),
    "questions": ("question",),
    "ratings": ("booking",),
    "received-webhooks": ("received",),
    "schedules": ("schedule",),
    "slots": ("slot",),
    "team": ("member", "invitation"),
    "u": ("customer",),
    "venues": ("offering",),
    "w": ("waiting",),
    "waiting-list": ("waiting",),
    "webhooks": ("webhook",),
}
"""Whose ids are below which folder of a path."""


@dataclass(frozen=True, slots=True)
class VictimData:
    """The ids of everything that the victim has."""

    ref: str
    token: str
    venue: str
    slot: str
    hold: str
    waiting: str
    schedule: str
    closure: str
    offering: str
    booking: str
    question: str
    email_example: str
    picture: str
    dead_letter: str
    inconsistency: str
    message: str
    received: str
    customer: str
    webhook: str
    file: str
    member: str
    invitation: str
    api_key: str

    @property
    def ids(self) -> Sequence[str]:
        """What may stand for an id in a path."""
        return astuple(self)

    def ids_at(self, folder: str) -> Sequence[str]:
        """The ids of what is below a folder, and one of something else."""
        return (*(getattr(self, name) for name in _OF_FOLDER[folder]), self.venue)


async def a_victim(victim: ApiClient) -> VictimData:
    """Something of everything, each under the victim's name."""
    asked = {
        "questions": [{"id": "allergies", "text": "Any allergies?"}],
        "picture": "picnic.svg",
    }
    await victim.ask("PATCH", "/offerings/sunflowers", json=asked, key=victim.key)
    slot = await victim.business.a_slot(capacity=2)
    other = await victim.business.a_slot(capacity=9, starts_in=timedelta(days=9))
    booking = await victim.book(slot, name=MARK)
    hold = await victim.post("/holds", {"slot": str(other), "party": 2})
    waiting = await victim.post("/waiting-list", a_booking_body(slot, name=MARK))
    shape = {"starts_at": "2027-07-01T09:00", "duration_minutes": 30, "capacity": 3}
    schedule = await victim.post("/offerings/sunflowers/schedules", shape, key=victim.key)
    venue = str(victim.business.offering.venue_id)
    closing = {"starts_at": "2027-12-24T00:00", "ends_at": "2027-12-27T00:00", "reason": MARK}
    closure = await victim.post(f"/venues/{venue}/closures", closing, key=victim.key)
    broken = await victim.business.a_slot(capacity=9, starts_in=timedelta(days=10))
    booking_id = await _booking_id(victim, str(booking.json["ref"]))
    return VictimData(
        ref=str(booking.json["ref"]),
        token=token_of(booking),
        venue=venue,
        slot=str(slot),
        hold=str(hold.json["id"]),
        waiting=str(waiting.json["id"]),
        schedule=str(schedule.json["id"]),
        closure=str(closure.json["id"]),
        offering=str(victim.business.offering.offering_id),
        booking=booking_id,
        question="sunflowers.allergies",
        email_example="confirmation.en",
        picture="sunflowers.picnic.svg",
        dead_letter=await a_dead_letter(victim, error=MARK),
        inconsistency=await an_inconsistency(victim, broken, message=MARK),
        **await some_rows(victim, booking_id, mark=MARK),
    )


async def _booking_id(victim: ApiClient, ref: str) -> str:
    found = await victim.app.bookings.by_ref(victim.business.org_id, ref)
    assert found is not None
    return str(found.booking.booking_id)


async def everything_of(api: ApiClient) -> dict[str, list[str]]:
    """Every row of the business, as text."""
    org_id: UUID = api.business.org_id
    async with api.app.database.unrestricted.session() as session:
        tables = [row["relname"] for row in await session.connection.fetch(_TABLES)]
        return {
            table: [
                row["row"]
                for row in await session.connection.fetch(
                    f"SELECT t::text AS row FROM {table} t WHERE org_id = $1 ORDER BY 1",  # noqa: S608 - the database's own names
                    org_id,
                )
            ]
            for table in tables
            if table not in _LIVELY
        }
