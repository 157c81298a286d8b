"""Closing with `tell` by API: preview, progress, undo, and what is refused."""

from typing import cast

from tests.builders.api_client import ApiClient, Json
from tests.builders.business import Business
from tests.builders.closures import tell
from tests.builders.schedules import added, slots_of

from fullhouse.bootstrap.application import Application

STORM: Json = {
    "starts_at": "2027-06-14T09:00",
    "ends_at": "2027-06-14T12:00",
    "reason": "Thunderstorm",
}


def closures_of(business: Business) -> str:
    return f"/venues/{business.offering.venue_id}/closures"


async def closures(api: ApiClient) -> list[Json]:
    answer = await api.get(closures_of(api.business), key=api.key)
    return cast("list[Json]", answer.json["closures"])


async def a_booked_morning(api: ApiClient, app: Application) -> None:
    await added(app, api.business)
    slots = await slots_of(app)
    await api.book(slots[0][0], party=4)
    await api.book(slots[1][0], party=3, name="Emmy Noether")
    await api.book(slots[2][0], name="Grace Hopper")


async def test_preview_names_whom_a_closure_touches_and_changes_nothing(
    api: ApiClient, app: Application
) -> None:
    await a_booked_morning(api, app)
    path = closures_of(api.business)
    answer = await api.post(f"{path}/preview", {**STORM, "tell": "move"}, key=api.key)
    assert (answer.status, answer.json["bookings"], answer.json["guests"]) == (200, 2, 7)
    assert "Emmy Noether" in answer.body.decode()
    assert "Grace Hopper" not in answer.body.decode()
    assert await closures(api) == []
    assert {state for *_, state, _ in await slots_of(app)} == {"open"}


async def test_progress_of_a_closure_is_listed_until_it_is_removed(
    api: ApiClient, app: Application
) -> None:
    await a_booked_morning(api, app)
    path = closures_of(api.business)
    closed = await api.post(path, {**STORM, "tell": "cancel"}, key=api.key)
    due = {"tell": "cancel", "due": 2, "told": 0, "moved": 0, "cancelled": 0}
    assert (closed.status, closed.json["notices"]) == (201, due)
    await tell(app)
    (listed,) = await closures(api)
    assert listed["notices"] == {**due, "due": 0, "told": 2, "cancelled": 2}
    removed = await api.ask("DELETE", f"/closures/{listed['id']}", key=api.key)
    assert removed.status == 204
    assert await closures(api) == []


async def test_closing_of_one_offering_is_by_its_slug(api: ApiClient, app: Application) -> None:
    await a_booked_morning(api, app)
    path, slug = closures_of(api.business), api.business.offering.slug
    closed = await api.post(path, {**STORM, "offerings": [slug]}, key=api.key)
    assert (closed.json["slots_closed"], closed.json["offerings"]) == (2, [slug])
    assert closed.json["notices"] is None
    refused = await api.post(path, {**STORM, "offerings": ["picnic"]}, key=api.key)
    assert (refused.status, refused.code) == (404, "unknown_offering")
    unknown = await api.post(path, {**STORM, "tell": "shout"}, key=api.key)
    assert (unknown.status, unknown.code) == (422, "invalid_input")


async def test_a_repeat_by_key_closes_and_tells_once(api: ApiClient, app: Application) -> None:
    await a_booked_morning(api, app)
    path, body = closures_of(api.business), {**STORM, "tell": "move"}
    first = await api.post(path, body, key=api.key, once="storm")
    again = await api.post(path, body, key=api.key, once="storm")
    assert again.json == first.json
    (listed,) = await closures(api)
    assert cast("Json", listed["notices"])["due"] == 2
