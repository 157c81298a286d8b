"""Attacks across organisations by pages: no page shows or changes what another organisation has.

The attacks are generated from the table of pages, so a new page is attacked from its first day: its
path is filled with everything that the victim has, its form with fields of the usual names.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from tests.builders.api_client import Answer, ApiClient, token_of
from tests.builders.victim import MARK, NOT_BUILT, VictimData, everything_of

from fullhouse.entrypoints.security.account_sessions import AccountSessions
from fullhouse.entrypoints.web.dispatch import PageRoute
from fullhouse.entrypoints.web.routes import page_routes
from fullhouse.http.shutdown import ShutdownSignal
from fullhouse.kernel.clock import ManualClock
from fullhouse.kernel.context import GUEST, Principal
from fullhouse.people.model.roles import account_principal

pytestmark = pytest.mark.timeout(240)

FIELDS = (
    *("slot", "slots", "to", "ref", "refs", "key", "keys", "row", "rows", "selected", "booking"),
    *("hold", "entry", "venue", "offering", "schedule", "closure", "customer", "other", "id"),
)
PARAMETER = re.compile(r"{(\w+)}")
FOLDER = re.compile(r"/([\w-]+)/{(?!offering|size)\w+}")
"""What stands before a parameter says of what its ids are."""
ENDLESS = "/live"
"""How the path of a stream ends: it is not read to its end here."""


def routes_of(api: ApiClient) -> Iterator[PageRoute]:
    sessions = AccountSessions(api.app.database, api.app.clock)
    for route in page_routes(api.app, sessions, ShutdownSignal(), health=api.health.reports.health):
        if route.has_organisation and not route.path.endswith(ENDLESS):
            yield route


def paths_of(route: PageRoute, org: str, victim_data: VictimData) -> Iterator[tuple[str, str]]:
    """Each id of the victim, and the path with it for each of its parameters."""
    path = route.path.replace("{org}", org)
    names = PARAMETER.findall(path)
    ids = victim_data.ids if names or route.method == "POST" else victim_data.ids[:1]
    if found := FOLDER.findall(path):
        ids = victim_data.ids_at(found[-1])
    for id_ in ids:
        filled = path
        for name in names:
            filled = filled.replace(f"{{{name}}}", id_)
        yield id_, filled


async def attack(
    api: ApiClient, route: PageRoute, path: str, *, id_: str, headers: Mapping[str, str]
) -> Answer:
    clock = api.app.clock
    assert isinstance(clock, ManualClock)
    clock.advance(timedelta(milliseconds=500))  # no attack is spared by the rate limit
    sent = {**headers, "Sec-Fetch-Site": "same-origin"}
    if route.method == "GET":
        return await api.ask("GET", f"/{path}", headers=sent)
    form = urlencode({**dict.fromkeys(FIELDS, id_), "reason": "x", "party": "1", "name": "M"})
    sent["Content-Type"] = "application/x-www-form-urlencoded"
    return await api.ask("POST", f"/{path}", content=form.encode(), headers=sent)


async def test_victim_has_something_of_everything(
    victim: ApiClient, victim_data: VictimData
) -> None:
    """What is not there cannot be stolen: a new table is attacked from its first day."""
    assert victim_data.ids
    rows = await everything_of(victim)
    assert {table for table, found in rows.items() if not found} == NOT_BUILT


async def test_no_page_of_ones_own_shows_or_changes_what_another_organisation_has(
    victim: ApiClient, attacker: ApiClient, victim_data: VictimData, *, subtests: pytest.Subtests
) -> None:
    before = await everything_of(victim)
    owner = await attacker.staff_cookie("Mallory")
    for route in routes_of(attacker):
        with subtests.test(f"{route.method} {route.path}"):
            for id_, path in paths_of(route, attacker.org, victim_data):
                answer = await attack(attacker, route, path, id_=id_, headers=owner)
                assert answer.status < 500, (path, id_, answer.body)
                assert MARK.encode() not in answer.body, (path, id_)
    assert await everything_of(victim) == before


async def test_no_admin_page_of_another_organisation_opens(
    victim: ApiClient, attacker: ApiClient, victim_data: VictimData, *, subtests: pytest.Subtests
) -> None:
    """With a session, a booking's link and an API key of the attacker, and with nothing."""
    before = await everything_of(victim)
    own = await attacker.book(await attacker.business.a_slot(), name="Mallory")
    credentials: tuple[tuple[str, Mapping[str, str], str], ...] = (
        ("session", await attacker.staff_cookie("Mallory"), ""),
        ("key", {"Authorization": f"Bearer {attacker.key}"}, ""),
        ("link", {}, f"?t={token_of(own)}"),
        ("nothing", {}, ""),
    )
    for route in routes_of(victim):
        if route.allow in GUEST.permissions:
            continue
        for name, headers, query in credentials:
            with subtests.test(f"{route.method} {route.path} with {name}"):
                for id_, path in paths_of(route, victim.org, victim_data):
                    answer = await attack(victim, route, path + query, id_=id_, headers=headers)
                    assert answer.status in {303, 401, 403}, (path, answer.body)
                    assert MARK.encode() not in answer.body, path
                    if answer.status == 303:
                        assert answer.headers["location"].startswith("/admin/sign-in"), path
    assert await everything_of(victim) == before


async def test_a_page_that_ignores_the_organisation_is_detected(
    victim: ApiClient,
    attacker: ApiClient,
    victim_data: VictimData,
    *,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def careless(*_: object) -> Principal:
        return account_principal(victim.app.ids.uuid(), "owner")

    monkeypatch.setattr(AccountSessions, "member", careless)
    stranger = await attacker.staff_cookie("Mallory")
    path = f"//admin/{victim.org}/bookings/{victim_data.ref}"
    answer = await victim.ask("GET", path, headers=stranger)
    assert MARK.encode() in answer.body
