"""Attacks by one guest on what is sold: the whole season held, and mail to who did not ask."""

from http import HTTPStatus
from itertools import count

import msgspec

from fullhouse.capacity.bench.fixtures import MANY, ORG_SLUG
from fullhouse.capacity.siege.attack import Attack, Attackers
from fullhouse.capacity.siege.availability import availability_path
from fullhouse.capacity.siege.client import Client, get, send_json

VICTIM = "victim@example.org"
_SLOTS_TOGETHER = 12
_PARTY = 10


class _SeasonSlot(msgspec.Struct):
    id: str
    remaining: int


class _SeasonAvailability(msgspec.Struct):
    slots: list[_SeasonSlot]


async def season_held(attackers: Attackers) -> None:
    """Hold the largest party at twelve times at once, wherever there is room."""
    tenant = attackers.tenant

    async def hold(client: Client, _number: int) -> None:
        path = availability_path(tenant, tenant.season, party=_PARTY)
        answer = await attackers.ask(client, get(path))
        slots = msgspec.json.decode(answer.body, type=_SeasonAvailability).slots
        ids = [slot.id for slot in slots if slot.remaining >= _PARTY]
        for at in range(0, len(ids), _SLOTS_TOGETHER):
            body = {"slots": ids[at : at + _SLOTS_TOGETHER], "party": _PARTY}
            await attackers.ask(client, send_json("POST", f"/api/v1/{tenant.org}/holds", body))

    await attackers.all_of(1, hold)


async def mass_mail(attackers: Attackers) -> None:
    """Book in the name of another, again and again."""
    numbers = count(MANY.first)

    async def book(client: Client, _number: int) -> None:
        while True:
            body = {
                "slot": MANY.id_of(next(numbers) % MANY.last),
                "party": 1,
                "customer": {"name": "Visit our shop", "email": VICTIM},
            }
            answer = await attackers.ask(
                client, send_json("POST", f"/api/v1/{ORG_SLUG}/bookings", body)
            )
            attackers.acknowledged += answer.status == HTTPStatus.CREATED

    await attackers.all_of(4, book, addresses=4)


GUEST_ATTACKS = (
    Attack(
        "season-held",
        "one guest holds every place of a season",
        season_held,
        "under-attack",
        harm="places_held",
    ),
    Attack(
        "mass-mail",
        "4 guests book again and again for one address",
        mass_mail,
        "mail-not-going-out",
        harm="mails",
    ),
)
