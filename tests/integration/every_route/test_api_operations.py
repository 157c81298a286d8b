"""What every operation promises, asked of each from the list of operations."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import ClassVar

import pytest
from tests.builders.api_client import ApiClient, Json, a_booking_body, a_customer_json
from tests.builders.business import commit
from tests.builders.operations import SCHEDULE, Sent, a_write, another_write, some_things
from tests.builders.statement_counts import added, statements

from fullhouse.entrypoints.api.arguments import PathLoaders
from fullhouse.entrypoints.outputs.offerings import OrganisationResponse
from fullhouse.entrypoints.security.access import AccessControl, OrgContext, require
from fullhouse.entrypoints.security.account_sessions import AccountSessions
from fullhouse.entrypoints.security.api_keys import RecentApiKeys
from fullhouse.entrypoints.security.caller_turns import CallerTurns
from fullhouse.http.operations.dispatcher import Dispatcher
from fullhouse.http.operations.operation import Operation, operation
from fullhouse.http.operations.response_cache import ResponseCache
from fullhouse.http.routing import Route, Router
from fullhouse.kernel.context import GUEST_PERMISSIONS, OPERATOR, Permission, RequestContext
from fullhouse.people.model.roles import ROLES, SCOPES, ApiKeyScope, Role
from fullhouse.resilience.metrics import CacheMetrics

PUBLIC = {
    *("getOrganisation", "listVenues", "getVenue", "listOfferings", "getOffering"),
    *("getAvailability", "streamAvailability", "createBooking", "placeHold", "releaseHold"),
    "joinWaitingList",
    "sendTickets",
    "signIn",
    "refresh",
}
"""All that a guest may do without a token. Whoever adds an operation here means it."""

ACCOUNT = {"signIn", "refresh", "signOut", "getProfile"}
"""All that concerns a person and no business; `test_api_auth.py` tries each."""

TOKEN = {
    *("getBooking", "cancelBooking", "rescheduleBooking", "undo", "renewBookingLink"),
    *("changeCustomer", "changeAnswers"),
    "leaveWaitingList",
    "acknowledgeMessage",
}
"""All that the token of a link of its own opens, to a booking, an entry or a message."""


def test_public_operations_are_those_listed_here(api: ApiClient) -> None:
    operations = api.root.api.operations
    assert {one.name for one in operations if one.is_public} == PUBLIC
    assert {one.name for one in operations if not one.has_organisation} == ACCOUNT
    assert {one.name for one in operations if one.token is not None} == TOKEN
    reads = {one.name for one in operations if not one.writes}
    reading = {Permission.BROWSE, Permission.VIEW_BOOKINGS, Permission.MANAGE_OFFERINGS}
    public = [one for one in operations if one.is_public and one.has_organisation]
    assert {one.name for one in public if one.allow in reading} <= reads


@pytest.mark.timeout(120)
async def test_each_principal_passes_the_operations_of_its_permissions_alone(
    api: ApiClient, subtests: pytest.Subtests
) -> None:
    principals: dict[str, tuple[dict[str, str], frozenset[Permission]]] = {
        "guest": ({}, GUEST_PERMISSIONS)
    }
    for role, permissions in ROLES.items():
        principals[role] = (await _staff(api, role), permissions)
    for scope, permissions in SCOPES.items():
        principals[f"key {scope}"] = (await _key(api, scope), permissions)
    for one in api.root.api.operations:
        if one.path.endswith("/live") or not one.has_organisation:
            continue  # an endless stream, which is public
        for name, (headers, permissions) in principals.items():
            with subtests.test(f"{name}: {one.name}"):
                answer = await _attempt(api, one, headers)
                refused = answer in {401, 403}
                assert refused == (one.allow not in permissions), answer
                if refused:
                    assert answer == (401 if name == "guest" else 403)


@pytest.mark.timeout(120)
async def test_every_write_honours_its_idempotency_key(
    api: ApiClient, subtests: pytest.Subtests
) -> None:
    for one in api.root.api.operations:
        if not one.takes_key:
            continue
        with subtests.test(one.name):
            things = await some_things(api)
            write = await a_write(api, one, things)
            other = await another_write(api, one, things, first=write)
            first = await write.send(api, once=one.name)
            assert first.status in {200, 201, 204}, first.body
            assert "idempotent-replayed" not in first.headers
            again = await write.send(api, once=one.name)
            assert again.status == (200 if first.status == 201 else first.status)
            assert again.body == first.body
            assert again.headers.get("idempotent-replayed") == "true"
            assert again.headers.get("etag") == first.headers.get("etag")
            reused = await other.send(api, once=one.name)
            assert (reused.status, reused.code) == (422, "idempotency_key_reused")


@pytest.mark.parametrize("kind", ["slot", "hold", "waiting list"])
async def test_a_key_is_of_one_body_also_where_a_repeat_means_the_same(
    api: ApiClient, kind: str
) -> None:
    slot = str(await api.business.a_slot(capacity=2))
    path, body = "/bookings", {"slot": slot, "party": 2}
    if kind == "hold":
        hold = await api.post("/holds", body)
        body = {"hold": hold.json["id"]}
    elif kind == "waiting list":
        path = "/waiting-list"
        assert (await api.post("/bookings", {**body, "customer": a_customer_json()})).status == 201
    customer = {"name": "Grace Hopper", "email": "grace@example.org", "phone": "+442079460958"}
    first = await api.post(path, {**body, "customer": customer}, once="one")
    assert first.status == 201, first.body
    assert (await api.post(path, {**body, "customer": customer}, once="one")).status == 200
    other = {**body, "customer": {**customer, "phone": "+442079460959"}}
    reused = await api.post(path, other, once="one")
    assert (reused.status, reused.code) == (422, "idempotency_key_reused")


async def test_no_read_keeps_its_answer_which_may_be_a_secret(api: ApiClient) -> None:
    things = await some_things(api)
    headers = {"Authorization": f"Bearer {api.key}"}
    async with api.app.database.unrestricted.session() as session:
        before = await session.connection.fetchval("SELECT count(*) FROM idempotency")
    for one in api.root.api.operations:
        if one.has_organisation and not one.writes and not one.path.endswith("/live"):
            sent = {**headers, "Idempotency-Key": one.name}
            await api.ask("HEAD", things.path(one), headers=sent)
    async with api.app.database.unrestricted.session() as session:
        kept = await session.connection.fetch("SELECT outcome FROM idempotency")
    assert len(kept) == before, kept


async def test_every_operation_with_a_version_refuses_an_outdated_one(
    api: ApiClient, subtests: pytest.Subtests
) -> None:
    asked = [one for one in api.root.api.operations if one.takes_version]
    names = {
        *("saveOffering", "updateOffering", "changeSchedule", "updateSchedule", "endSchedule"),
        *("updateOrganisation", "updateVenue", "rescheduleBooking", "changeCustomer"),
        "updateWebhook",
        "changeAnswers",
        "setChannel",
        "setReminders",
        "updateReminders",
        "setDigest",
        "setEmailText",
    }
    assert {one.name for one in asked} == names
    for one in asked:
        with subtests.test(one.name):
            write = await a_write(api, one, await some_things(api))
            malformed = await write.send(api, headers={"If-Match": "nonsense"})
            refused = await write.send(api, headers={"If-Match": '"77"'})
            assert (malformed.status, refused.status) == (412, 412)
            assert refused.code == "version_conflict"
            current = f'"{refused.json["version"]}"'
            done = await write.send(api, headers={"If-Match": current})
            assert done.status in {200, 204}, done.body


async def test_of_two_editors_the_second_is_refused(api: ApiClient) -> None:
    path = "/offerings/sunflowers"
    read = await api.get(path, key=api.key)
    tag = {"If-Match": read.headers["etag"]}
    first = await Sent("PATCH", path, json={"name": "Ada's name"}).send(api, headers=tag)
    assert (first.status, first.json["version"]) == (200, int(str(read.json["version"])) + 1)
    second = await Sent("PATCH", path, json={"name": "Grace's name"}).send(api, headers=tag)
    assert (second.status, second.code) == (412, "version_conflict")
    assert second.json["version"] == first.json["version"]
    after = await api.get(path)
    assert (after.json["name"], after.headers["etag"]) == ("Ada's name", first.headers["etag"])


async def test_patch_leaves_out_fields_as_they_are(api: ApiClient) -> None:
    path = "/offerings/sunflowers"
    before = (await api.get(path)).json
    changed = await Sent("PATCH", path, json={"party_max": 5}).send(api)
    rest = {**before, "party_max": 5, "version": changed.json["version"]}
    assert changed.json == rest
    nothing = await Sent("PATCH", path, json={}).send(api)
    assert {**nothing.json, "version": 0} == {**rest, "version": 0}
    wrong = await Sent("PATCH", path, json={"party_max": None}).send(api)
    assert wrong.status == 422
    misspelt = await Sent("PATCH", path, json={"prty": 1}).send(api)
    assert misspelt.status == 422


async def test_patches_of_different_fields_at_the_same_time_are_both_kept(api: ApiClient) -> None:
    async with asyncio.TaskGroup() as group:
        for change in ({"name": "Noon"}, {"party_max": 5}, {"position": 7}, {"price_amount": 1}):
            patch = Sent("PATCH", "/offerings/sunflowers", json=dict(change))
            group.create_task(patch.send(api))
    after = (await api.get("/offerings/sunflowers")).json
    kept = (after["name"], after["party_max"], after["position"], after["version"])
    assert kept == ("Noon", 5, 7, 5)


async def test_patch_of_a_schedule_moves_its_slots(api: ApiClient) -> None:
    added = await api.post("/offerings/sunflowers/schedules", SCHEDULE, key=api.key)
    path = f"/schedules/{added.json['id']}"
    changed = await Sent("PATCH", path, json={"capacity": 8}).send(api)
    assert changed.json == {**added.json, "capacity": 8, "version": 2}
    nowhere = await Sent("PATCH", "/schedules/nowhere", json={}).send(api)
    assert (nowhere.status, nowhere.code) == (404, "unknown_schedule")


def test_an_operation_without_a_permission_cannot_be_declared() -> None:
    declare: Callable[..., object] = operation
    with pytest.raises(TypeError, match="allow"):
        declare("GET", "/api/v1/{org}/planted")


class Planted:
    """A resource whose handlers must never run, or cannot be read."""

    tag: ClassVar[str] = "Planted"
    ran: bool = False

    @operation("GET", "/api/v1/{org}/planted", allow=Permission.MANAGE_ACCESS)
    async def planted(self, org: OrgContext) -> OrganisationResponse:
        """Run although nobody may."""
        self.ran = True
        return OrganisationResponse.of(org.organisation)


class Unreadable:
    tag: ClassVar[str] = "Planted"

    @operation("GET", "/api/v1/{org}/unreadable", allow=Permission.BROWSE)
    async def unreadable(self, moon: float) -> None:
        """Ask for what no request has."""


async def test_refusal_comes_before_the_handler(api: ApiClient) -> None:
    planted = Planted()
    (one,) = _dispatcher(api).operations([planted])
    api.root.api._router = Router([Route(one.method, one.path, one.handler)])
    assert (await api.get("/planted")).status == 401
    assert (await api.ask("GET", "/planted", headers=await _key(api, "book"))).status == 403
    assert not planted.ran
    assert (await api.get("/planted", key=api.key)).status == 200
    assert planted.ran


def test_handler_that_asks_for_what_no_request_has_cannot_be_built(api: ApiClient) -> None:
    with pytest.raises(TypeError, match="moon"):
        _dispatcher(api).operations([Unreadable()])


async def test_booking_takes_three_statements_at_most(api: ApiClient) -> None:
    slots = await api.business.slots(2)
    await api.book(slots[0])  # the caches have the offering and its venue now
    before = statements(api.app)
    booked = await api.post("/bookings", a_booking_body(slots[1], name="Grace"), key=api.key)
    assert booked.status == 201
    assert 0 < len(added(before, statements(api.app))) <= 3, (
        "the key, the slot, the ledger's commit"
    )
    before = statements(api.app)
    await api.book(slots[1], name="Alan")
    assert len(added(before, statements(api.app))) == 1, (
        "a guest in a known slot: the ledger's commit alone"
    )


async def _attempt(api: ApiClient, one: Operation, headers: dict[str, str]) -> int:
    """The status of a request about nothing that exists: what is allowed changes nothing."""
    path = one.path.removeprefix("/api/v1/{org}").replace("{slug}", "nothing")
    path = path.replace("{ref}", "AAAAAAAA").replace("{id}", "nothing")
    body: Json | None = None if one.body is None else {}
    api.app.clock.advance(timedelta(milliseconds=100))  # type: ignore[attr-defined]  # a manual one
    return (await api.ask(one.method, path, json=body, headers=headers)).status


async def _staff(api: ApiClient, role: Role) -> dict[str, str]:
    return {**await api.staff_cookie(role.title(), role=role), "Sec-Fetch-Site": "same-origin"}


async def _key(api: ApiClient, scope: ApiKeyScope) -> dict[str, str]:
    app = api.app
    issued = await commit(
        app,
        app.people.issue_api_key,
        api.business.org_id,
        name=scope,
        scope=scope,
        context=RequestContext(OPERATOR, app.ids.uuid()),
    )
    return {"Authorization": f"Bearer {issued.secret}"}


def _dispatcher(api: ApiClient) -> Dispatcher[OrgContext]:
    app = api.app
    access = AccessControl(
        directory=app.directory,
        database=app.database,
        sessions=AccountSessions(app.database, app.clock),
        clock=app.clock,
        ids=app.ids,
        recent_keys=RecentApiKeys(app.clock),
        turns=CallerTurns.by(app.clock),
    )
    loaders = PathLoaders(
        app.catalogue, app.bookings, app.tokens, app.read_calendar_file, app.people.encode_picture
    )
    readers = loaders.readers()
    responses = ResponseCache(app.metrics.get(CacheMetrics))
    return Dispatcher(
        access.for_api,
        require,
        app.unit_of_work,
        readers,
        responses,
        in_turn=access.turns.turn,
    )
