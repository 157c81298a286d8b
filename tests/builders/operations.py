"""Valid requests for every write of the API, made from the list of operations."""

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import count

from PIL import Image
from tests.builders.api_client import Answer, ApiClient, Json, a_booking_body, token_of

from fullhouse.booking.model.slot import SlotId
from fullhouse.http.operations.arguments import BINARY
from fullhouse.http.operations.operation import Operation
from fullhouse.jobs.dead_letters import dead_letters_of
from fullhouse.kernel.clock import ManualClock

SCHEDULE: Json = {"starts_at": "2027-07-01T09:00", "duration_minutes": 30, "capacity": 3}
CLOSURE: Json = {"starts_at": "2027-12-24T00:00", "ends_at": "2027-12-27T00:00", "reason": "Frost"}
_ORDER = count()
_COLORS = count(1)


def a_picture() -> bytes:
    """A PNG file like no other."""
    color = next(_COLORS)
    written = io.BytesIO()
    picture = Image.new("RGB", (96, 72), (color * 37 % 256, color * 101 % 256, color * 53 % 256))
    picture.save(written, "PNG")
    return written.getvalue()


@dataclass(frozen=True, slots=True)
class Things:
    """One of each thing that an operation can be about, by the path segment before its id."""

    ids: Mapping[str, str]
    slots: tuple[str, ...]

    def path(self, operation: Operation) -> str:
        """The operation's path below `/api/v1/{org}` with the ids of these things."""
        path = operation.path.removeprefix("/api/v1/{org}").replace("{slug}", "sunflowers")
        path = path.replace("{ref}", self.ids["bookings"])
        path = path.replace("{channel}", self.ids["channels"])
        path = path.replace("{provider}", "delivery-reports")
        path = path.replace("{kind}/{language}", self.ids["email-texts"])
        before, found, after = path.partition("/{id}")
        return before + "/" + self.ids[before.rpartition("/")[2]] + after if found else path


@dataclass(frozen=True, slots=True)
class Sent:
    """A request as it is sent."""

    method: str
    path: str
    json: Json | None = None
    content: bytes | None = None
    media_type: str = "text/calendar"

    async def send(
        self, api: ApiClient, *, once: str | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Send it as the owner; `once` is the Idempotency-Key."""
        assert isinstance(api.app.clock, ManualClock)
        api.app.clock.advance(timedelta(milliseconds=100))  # beyond the rate limit
        sent = dict(headers or {})
        if once is not None:
            sent["Idempotency-Key"] = once
        if self.content is not None:
            sent["Content-Type"] = self.media_type
        return await api.ask(
            self.method,
            self.path,
            json=self.json,
            content=self.content,
            key=api.key,
            headers=sent,
        )


async def some_things(api: ApiClient) -> Things:
    """New things of the api' business, that nothing was done with yet."""
    assert isinstance(api.app.clock, ManualClock)
    api.app.clock.advance(timedelta(seconds=5))
    number = next(_ORDER)
    slots = await api.business.slots(4, capacity=9, starts_in=timedelta(days=20, hours=number))
    booking = await api.book(slots[0], name=f"Guest {number}")
    # As staff: a guest's holds and entries are limited
    hold = await api.post("/holds", {"slot": str(slots[1]), "party": 2}, key=api.key)
    waiting = a_booking_body(slots[0], name=f"Waiting {number}")
    entry = await api.post("/waiting-list", waiting, key=api.key)
    schedule = await api.post("/offerings/sunflowers/schedules", SCHEDULE, key=api.key)
    venue = str(api.business.offering.venue_id)
    closure = await api.post(f"/venues/{venue}/closures", CLOSURE, key=api.key)
    webhook = await _a_webhook(api)
    await _a_webhook_source(api)
    assert token_of(booking)
    return Things(
        {
            "bookings": str(booking.json["ref"]),
            "holds": str(hold.json["id"]),
            "waiting-list": str(entry.json["id"]),
            "schedules": str(schedule.json["id"]),
            "closures": str(closure.json["id"]),
            "webhooks": webhook,
            "channels": ("make", "sms")[number % 2],
            "email-texts": f"{('confirmation', 'ticket')[number % 2]}/en",
            "messages": await _a_test_of_a_channel(api),
            "customers": await _a_customer(api),
            "inconsistencies": await an_inconsistency(api, slots[3]),
            "dead-letters": await a_dead_letter(api),
            "venues": venue,
            "slots": str(slots[0]),
        },
        tuple(map(str, slots)),
    )


async def _a_webhook(api: ApiClient) -> str:
    """A new one, of which there can be few."""
    listed = (await api.get("/webhooks", key=api.key)).json["webhooks"]
    assert isinstance(listed, list)
    for one in listed[:-5]:
        await api.ask("DELETE", f"/webhooks/{one['id']}", key=api.key)
    added = await api.post("/webhooks", {"url": "https://example.org/hooks"}, key=api.key)
    return str(added.json["id"])


async def _a_test_of_a_channel(api: ApiClient) -> str:
    """The id of one that was sent; both channels are set up."""
    test_id = api.app.ids.uuid()
    for path in ("/channels/make", "/channels/sms"):
        await api.ask("PUT", path, json={"url": "https://example.org/hook"}, key=api.key)
    async with api.app.database.unrestricted.session() as session:
        await session.connection.execute(
            "UPDATE message_channel SET test_id = $1 WHERE channel = 'sms'", test_id
        )
    return str(test_id)


async def _a_webhook_source(api: ApiClient) -> None:
    body = {"secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}
    await api.ask("PUT", "/incoming-webhooks/delivery-reports", json=body, key=api.key)


async def _a_customer(api: ApiClient) -> str:
    """Somebody who was here and has nothing to come."""
    async with api.app.database.unrestricted.session() as session:
        found = await session.connection.fetchval(
            "INSERT INTO customer (org_id, customer_id, person_id, name, email, phone, last_at,"
            " last_ends_at, created_at)"
            " VALUES ($1, $2, $2, 'Ada', 'ada@example.org', '', $3, $3, $3)"
            " RETURNING customer_id::text",
            api.business.org_id,
            api.app.ids.uuid(),
            api.app.clock.now(),
        )
    return str(found)


async def a_dead_letter(api: ApiClient, *, error: str = "TimeoutError") -> str:
    """The id of a new job that failed for good."""
    key = f"message/{api.app.ids.uuid()}"
    async with api.app.database.unrestricted.session() as session:
        await session.connection.execute(
            "INSERT INTO effect (org_id, key, kind, subject, status, due_at, last_error,"
            " correlation_id, created_at)"
            " VALUES ($1, $2, 'message', $1, 'dead', now(), $3, $1, now())",
            api.business.org_id,
            key,
            error,
        )
        found = await dead_letters_of(session, api.business.org_id)
    return next(letter.id for letter in found if letter.key == key)


async def an_inconsistency(api: ApiClient, slot: SlotId, *, message: str = "one too many") -> str:
    """A slot that counts one place too many."""
    async with api.app.database.unrestricted.session() as session:
        await session.connection.execute(
            "UPDATE slot SET booked = booked + 1 WHERE slot_id = $1", slot
        )
        found = await session.connection.fetchval(
            "INSERT INTO inconsistency (org_id, inconsistency_id, rule, subject, message, found_at)"
            " VALUES ($1, $2, 'counters_equal_allocations', $3, $4, now())"
            " RETURNING inconsistency_id::text",
            api.business.org_id,
            api.app.ids.uuid(),
            str(slot),
            message,
        )
    return str(found)


async def a_write(api: ApiClient, operation: Operation, things: Things) -> Sent:
    """A request of this operation that succeeds, after what must have happened before it."""
    path = things.path(operation)
    if "{name}" in path:
        added = await api.post_file("/pictures", a_picture(), media_type=BINARY)
        path = path.replace("{name}", str(added.json["name"]))
    real = await _before(api, operation, path)
    if path.endswith(("/check-in", "/no-show")):
        path += "?any_time=true"
    if operation.body is None:
        return Sent(operation.method, path)
    example = next(iter(operation.body.examples.values()))
    if operation.body.media_type == BINARY:
        return Sent(operation.method, path, content=a_picture(), media_type=BINARY)
    if isinstance(example, str):
        return Sent(operation.method, path, content=example.replace("\n", "\r\n").encode())
    assert isinstance(example, Mapping)
    sold = {"currency": "GBP"}  # there are bookings, so it stays
    real = {"slot": things.slots[2], "venue": things.ids["venues"], **sold, **real}
    return Sent(
        operation.method,
        path,
        json={name: real.get(name, value) for name, value in example.items()},
    )


async def _before(api: ApiClient, operation: Operation, path: str) -> Json:
    """Do what must have happened before; what the body must have for it."""
    above = path.rpartition("/")[0]
    if operation.name == "undo":
        await Sent("POST", f"{above}/cancel").send(api)
    if path.endswith("/answers"):
        asked = {"questions": [{"id": "any-allergies", "text": "Any allergies?"}]}
        await api.ask("PATCH", "/offerings/sunflowers", json=asked, key=api.key)
    if "/inconsistencies/" not in path or operation.method == "GET":
        return {}
    repair = {"repair": (await api.get(above, key=api.key)).json["repair"]}
    if operation.name == "undoRepair":
        await api.post(f"{above}/repair", repair, key=api.key)
    return repair


_OTHERWISE: Mapping[str, Callable[[object], object]] = {
    "party": lambda party: int(str(party)) - 1,
    "capacity": lambda capacity: int(str(capacity)) + 1,
    "name": lambda name: f"{name}!",
    "repair": lambda repair: f"{repair}0",
    "reason": lambda reason: f"{reason}!",
    "kinds": lambda _: ["Booked"],
    "event": lambda event: f"{event}0",
    "email": lambda email: f"not.{email}",
    "answers": lambda _: {"any-allergies": "Milk"},
    "acknowledge_minutes": lambda minutes: int(str(minutes)) + 1,
    "status": lambda _: "failed",
    "heading": lambda heading: f"{heading}!",
    "reminders": lambda _: ["one_day"],
    "readers": lambda _: ["01977f6e-8400-7000-8000-000000000004"],
    "secret": lambda secret: f"{secret}A",
    "ids": lambda _: ["01977f6e-8c00-7000-8000-00000000002b"],
}
"""What makes another request of a body, by the first of these fields that it has."""


async def another_write(
    api: ApiClient, operation: Operation, things: Things, *, first: Sent
) -> Sent:
    """Another request of the same operation: another body, or another thing without one."""
    if first.content is not None:
        return _another_file(first, first.content)
    if first.json is None:
        other = await a_write(api, operation, await some_things(api))
        return other if other.path != first.path else replace(other, path=f"{other.path}-2")
    body = dict(first.json)
    nobody = "readers" if "readers" in body else ""
    name = next((each for each in _OTHERWISE if body.get(each)), nobody)
    body |= {name: _OTHERWISE[name](body[name])} if name else {"slot": things.slots[3]}
    return replace(first, json=body)


def _another_file(first: Sent, content: bytes) -> Sent:
    if first.media_type == BINARY:
        return replace(first, content=a_picture())
    return replace(first, content=content.replace(b"SUMMARY:", b"SUMMARY:Not "))
