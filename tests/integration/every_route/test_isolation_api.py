"""Attacks across organisations: no organisation reads or writes what another has.

The attacks are generated from the list of operations, so a new operation is attacked from its first
day. Each is tried with everything that an attacker of another organisation can have: a valid API
key, a staff session, the token of a booking there; below the victim's slug with the victim's ids,
and below the attacker's own slug with the victim's ids.
"""

from collections.abc import Iterator, Mapping
from datetime import timedelta

import pytest
from tests.builders.api_client import (
    Answer,
    ApiClient,
    Json,
    a_booking_body,
    a_customer_json,
    token_of,
)
from tests.builders.victim import MARK, VictimData, everything_of

from fullhouse.entrypoints.security.access import AccessControl
from fullhouse.http.operations.operation import Operation
from fullhouse.kernel.clock import ManualClock
from fullhouse.kernel.context import OPERATOR, Principal

CALENDAR = b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//EN\r\nEND:VCALENDAR\r\n"


async def test_credentials_of_another_organisation_are_refused(
    victim: ApiClient, attacker: ApiClient, victim_data: VictimData, *, subtests: pytest.Subtests
) -> None:
    """Below the victim's slug, with all credentials of the attacker."""
    before = await everything_of(victim)
    staff = await attacker.staff_cookie("Mallory")
    own = await attacker.book(await attacker.business.a_slot(), name="Mallory")
    for operation, path, body in _attacks(victim, victim_data):
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
    assert await everything_of(victim) == before


async def test_ids_of_another_organisation_are_not_found_in_ones_own(
    victim: ApiClient, attacker: ApiClient, victim_data: VictimData, *, subtests: pytest.Subtests
) -> None:
    """Below the attacker's own slug, as its owner."""
    before = await everything_of(victim)
    key = {"Authorization": f"Bearer {attacker.key}"}
    for operation, path, body in _attacks(attacker, victim_data):
        for token in ("", f"?token={victim_data.token}"):
            with subtests.test(f"{operation.name} at {path}{token and ' with its token'}"):
                answer = await _attack(attacker, operation, path + token, body=body, headers=key)
                assert MARK.encode() not in answer.body
                assert victim_data.ref.encode() not in answer.body
                if "{id}" in operation.path or "{ref}" in operation.path:
                    assert answer.status in {404, 422}, answer.body
    assert await everything_of(victim) == before


async def test_ids_of_another_organisation_in_bodies_are_refused(
    victim: ApiClient, attacker: ApiClient, victim_data: VictimData, *, subtests: pytest.Subtests
) -> None:
    """Ids in bodies, whose organisation no path names."""
    before = await everything_of(victim)
    mine = await attacker.book(await attacker.business.a_slot(), name="Mallory")
    customer = a_customer_json("Mallory")
    move = f"/bookings/{mine.json['ref']}/reschedule"
    offering = {"venue": victim_data.venue, "name": "Mine", "price_amount": 1}
    for method, path, body, code in (
        (
            "POST",
            "/bookings",
            {"slot": victim_data.slot, "party": 1, "customer": customer},
            "unknown_slot",
        ),
        ("POST", "/bookings", {"hold": victim_data.hold, "customer": customer}, "unknown_booking"),
        ("POST", "/holds", {"slot": victim_data.slot, "party": 1}, "unknown_slot"),
        (
            "POST",
            "/waiting-list",
            {"slot": victim_data.slot, "party": 1, "customer": customer},
            "unknown_slot",
        ),
        ("POST", move, {"slot": victim_data.slot}, "unknown_slot"),
        ("PUT", "/offerings/mine", offering, "unknown_venue"),
    ):
        with subtests.test(f"{method} {path}"):
            answer = await attacker.ask(method, path, json=body, key=attacker.key)
            assert (answer.status // 100, answer.code) == (4, code), answer.body
    assert await everything_of(victim) == before


async def test_idempotency_keys_are_separate_by_organisation(
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


async def test_lists_contain_rows_of_one_organisation(
    victim: ApiClient, attacker: ApiClient, victim_data: VictimData
) -> None:
    seen = await attacker.get("/bookings?from=2027-01-01&to=2027-12-31", key=attacker.key)
    assert (seen.status, seen.json["bookings"]) == (200, [])
    own = await victim.get("/bookings?from=2027-01-01&to=2027-12-31", key=victim.key)
    assert victim_data.ref.encode() in own.body


async def test_access_control_that_ignores_the_organisation_is_detected(
    victim: ApiClient,
    attacker: ApiClient,
    victim_data: VictimData,
    *,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def careless(*_: object) -> Principal:
        return OPERATOR

    monkeypatch.setattr(AccessControl, "_key", careless)
    answer = await victim.get(f"/bookings/{victim_data.ref}", key=attacker.key)
    assert answer.status == 200
    assert MARK.encode() in answer.body


def _attacks(api: ApiClient, victim_data: VictimData) -> Iterator[tuple[Operation, str, Json]]:
    """Every operation with each id of the victim, and a body that is valid for it."""
    for operation in api.root.api.operations:
        if operation.path.endswith("/live") or not operation.has_organisation:
            continue  # a public stream of counts, and endless
        folder = operation.path.partition("/{id}")[0].rpartition("/")[2]
        for id_ in victim_data.ids_at(folder) if "{id}" in operation.path else ("",):
            path = operation.path.replace("{org}", api.org).replace("{id}", id_)
            path = path.replace("{name}", victim_data.file)
            path = path.replace("{ref}", victim_data.ref).replace("{slug}", "sunflowers")
            yield operation, path, _body_of(operation, victim_data)


def _body_of(operation: Operation, victim_data: VictimData) -> Json:
    """The example of the operation with the victim's ids."""
    if operation.body is None:
        return {}
    example = next(iter(operation.body.examples.values()))
    if not isinstance(example, Mapping):
        return {}
    real = {"slot": victim_data.slot, "venue": victim_data.venue, "hold": victim_data.hold}
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
