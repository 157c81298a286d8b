"""Attacks across organisations: what one business has, another never reads nor writes.

The attacks are made of the application's own list of operations, so a new one is attacked from the
day it is there. Each is tried with everything an attacker of another business can have: a good API
key of that business, its staff session, a token of one of its own bookings; on the victim's address
with the victim's ids, and on the attacker's own address with the victim's ids.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import pytest
from tests.builders.api_client import (
    Answer,
    ApiClient,
    Json,
    a_booking_body,
    a_customer_json,
    an_api_client,
    token_of,
)
from tests.builders.business import a_business

from fullhouse.bootstrap.application import Application
from fullhouse.entrypoints.api.operation import Operation
from fullhouse.entrypoints.security.access import AccessControl
from fullhouse.kernel.clock import ManualClock
from fullhouse.kernel.context import OPERATOR, Principal

MARK = "Victim Vera"
"""The victim's customer: her name is in no answer that an attacker ever gets."""

CALENDAR = b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//EN\r\nEND:VCALENDAR\r\n"
TABLES = (
    *("organisation", "venue", "api_key", "staff_session", "offering", "schedule", "closure"),
    *(
        "slot",
        "booking",
        "slot_allocation",
        "waiting_list_entry",
        "idempotency",
        "event",
        "message",
    ),
)


@dataclass(frozen=True, slots=True)
class VictimData:
    """Everything of the victim's that has an id."""

    ref: str
    token: str
    venue: str
    slot: str
    hold: str
    waiting: str
    schedule: str
    closure: str

    def ids_for(self, operation: Operation) -> Iterator[str]:
        """Each id of the victim's that could stand in this operation's path."""
        if "{id}" not in operation.path:
            yield ""
            return
        yield from (self.venue, self.slot, self.hold, self.waiting, self.schedule, self.closure)


@pytest.fixture
async def victim(app: Application, api: ApiClient) -> ApiClient:
    """The business of the api, under its own name."""
    assert api.app is app
    return api


@pytest.fixture
async def attacker(app: Application) -> ApiClient:
    """Another business in the same app, with a key and staff of its own."""
    business = await a_business(app.database, app.clock, app.ids, slug="rival")
    return await an_api_client(app, business, org="rival")


@pytest.fixture
async def prey(victim: ApiClient) -> VictimData:
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
    return VictimData(
        ref=str(booking.json["ref"]),
        token=token_of(booking),
        venue=venue,
        slot=str(slot),
        hold=str(hold.json["id"]),
        waiting=str(waiting.json["id"]),
        schedule=str(schedule.json["id"]),
        closure=str(closure.json["id"]),
    )


async def test_a_key_or_session_of_another_business_opens_nothing(
    victim: ApiClient, attacker: ApiClient, prey: VictimData, *, subtests: pytest.Subtests
) -> None:
    """On the victim's own address, with whatever the attacker has."""
    before = await _everything(victim)
    staff = await attacker.staff_cookie("Mallory")
    own = await attacker.book(await attacker.business.a_slot(), name="Mallory")
    for operation, path, body in _attacks(victim, prey):
        if operation.is_public:
            continue
        for name, headers, query in (
            ("key", {"Authorization": f"Bearer {attacker.key}"}, ""),
            ("staff", {**staff, "Sec-Fetch-Site": "same-origin"}, ""),
            ("token", {}, f"?token={token_of(own)}"),
            ("nothing", {}, ""),
        ):
            with subtests.test(f"{operation.name} with {name} at {path}"):
                answer = await _attack(victim, operation, path + query, body=body, headers=headers)
                assert answer.status in {401, 403, 404}, answer.body
                assert MARK.encode() not in answer.body
    assert await _everything(victim) == before


async def test_ids_of_another_business_are_nothing_at_ones_own_address(
    victim: ApiClient, attacker: ApiClient, prey: VictimData, *, subtests: pytest.Subtests
) -> None:
    """The attacker asks at home, as its own owner, for what is the victim's."""
    before = await _everything(victim)
    key = {"Authorization": f"Bearer {attacker.key}"}
    for operation, path, body in _attacks(attacker, prey):
        for token in ("", f"?token={prey.token}"):
            with subtests.test(f"{operation.name} at {path}{token and ' with its token'}"):
                answer = await _attack(attacker, operation, path + token, body=body, headers=key)
                assert MARK.encode() not in answer.body
                assert prey.ref.encode() not in answer.body
                if "{id}" in operation.path or "{ref}" in operation.path:
                    assert answer.status in {404, 422}, answer.body
    assert await _everything(victim) == before


async def test_slots_holds_and_venues_of_another_business_cannot_be_used(
    victim: ApiClient, attacker: ApiClient, prey: VictimData, *, subtests: pytest.Subtests
) -> None:
    """Ids inside of bodies, where no path says whose they are."""
    before = await _everything(victim)
    mine = await attacker.book(await attacker.business.a_slot(), name="Mallory")
    customer = a_customer_json("Mallory")
    move = f"/bookings/{mine.json['ref']}/reschedule"
    offering = {"venue": prey.venue, "name": "Mine", "price_amount": 1}
    for method, path, body, code in (
        (
            "POST",
            "/bookings",
            {"slot": prey.slot, "party": 1, "customer": customer},
            "unknown_slot",
        ),
        ("POST", "/bookings", {"hold": prey.hold, "customer": customer}, "unknown_booking"),
        ("POST", "/holds", {"slot": prey.slot, "party": 1}, "unknown_slot"),
        (
            "POST",
            "/waiting-list",
            {"slot": prey.slot, "party": 1, "customer": customer},
            "unknown_slot",
        ),
        ("POST", move, {"slot": prey.slot}, "unknown_slot"),
        ("PUT", "/offerings/mine", offering, "unknown_venue"),
    ):
        with subtests.test(f"{method} {path}"):
            answer = await attacker.ask(method, path, json=body, key=attacker.key)
            assert (answer.status // 100, answer.code) == (4, code), answer.body
    assert await _everything(victim) == before


async def test_the_same_idempotency_key_is_another_one_in_another_business(
    victim: ApiClient, attacker: ApiClient
) -> None:
    theirs = await victim.post(
        "/bookings", a_booking_body(await victim.business.a_slot(), name=MARK), once="order-1"
    )
    mine = await attacker.post(
        "/bookings",
        a_booking_body(await attacker.business.a_slot(), name="Mallory"),
        once="order-1",
    )
    assert (theirs.status, mine.status) == (201, 201)
    assert theirs.json["ref"] != mine.json["ref"]


async def test_lists_hold_what_is_ones_own(
    victim: ApiClient, attacker: ApiClient, prey: VictimData
) -> None:
    seen = await attacker.get("/bookings?from=2027-01-01&to=2027-12-31", key=attacker.key)
    assert (seen.status, seen.json["bookings"]) == (200, [])
    own = await victim.get("/bookings?from=2027-01-01&to=2027-12-31", key=victim.key)
    assert prey.ref.encode() in own.body


async def test_a_door_that_forgot_whose_key_it_is_would_be_noticed(
    victim: ApiClient, attacker: ApiClient, prey: VictimData, *, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def careless(*_: object) -> Principal:
        return OPERATOR

    monkeypatch.setattr(AccessControl, "_key", careless)
    answer = await victim.get(f"/bookings/{prey.ref}", key=attacker.key)
    assert answer.status == 200
    assert MARK.encode() in answer.body


def _attacks(api: ApiClient, prey: VictimData) -> Iterator[tuple[Operation, str, Json]]:
    """Every operation with every id of the victim's, and a body that it would take."""
    for operation in api.root.api.operations:
        if operation.path.endswith("/live"):
            continue  # a public stream of counts, and endless
        for id_ in prey.ids_for(operation):
            path = operation.path.replace("{org}", api.org).replace("{id}", id_)
            path = path.replace("{ref}", prey.ref).replace("{slug}", "sunflowers")
            yield operation, path, _body_of(operation, prey)


def _body_of(operation: Operation, prey: VictimData) -> Json:
    """The operation's own example, with the victim's ids for those in it."""
    if operation.body is None:
        return {}
    example = next(iter(operation.body.examples.values()))
    if not isinstance(example, Mapping):
        return {}
    real = {"slot": prey.slot, "venue": prey.venue, "hold": prey.hold}
    return {name: real.get(name, value) for name, value in example.items()}


async def _attack(
    api: ApiClient, operation: Operation, path: str, *, body: Json, headers: Mapping[str, str]
) -> Answer:
    clock = api.app.clock
    assert isinstance(clock, ManualClock)
    clock.advance(timedelta(milliseconds=100))  # no attack is spared by the rate limit
    if operation.body is not None and operation.body.media_type == "text/calendar":
        sent = {**headers, "Content-Type": "text/calendar"}
        return await api.ask(operation.method, f"/{path}", content=CALENDAR, headers=sent)
    has_body = operation.body is not None
    return await api.ask(
        operation.method, f"/{path}", json=body if has_body else None, headers=headers
    )


async def _everything(api: ApiClient) -> dict[str, list[str]]:
    """Every row of the business, as text."""
    org_id: UUID = api.business.org_id
    async with api.app.database.session() as session:
        return {
            table: [
                row["row"]
                for row in await session.connection.fetch(
                    f"SELECT t::text AS row FROM {table} t WHERE org_id = $1 ORDER BY 1",  # noqa: S608 - our own names
                    org_id,
                )
            ]
            for table in TABLES
        }
