"""Sign-in by API: tokens, what they open, how they rotate, and what a thief gets."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import cast

import pytest
from tests.builders.accounts import PASSWORD, WRONG, a_person
from tests.builders.api_client import Answer, ApiClient, Json, an_api_client
from tests.builders.business import a_business
from tests.builders.statement_counts import added, statements

from fullhouse.entrypoints.outputs.accounts import TokenResponse
from fullhouse.kernel.clock import ManualClock
from fullhouse.kernel.context import OPERATOR, RequestContext
from fullhouse.people.limits import (
    ACCESS_TOKEN_SECONDS,
    API_SESSION_DAYS_MAX,
    API_SESSION_IDLE_DAYS,
    PAIR_FAILURES_FREE,
    PROFILE_SECONDS,
    REFRESH_REPEAT_SECONDS,
)
from fullhouse.people.updates import locked_organisation

LOGIN = "rosa@example.org"
AUTH = "//api/v1/auth"


async def sign_in(api: ApiClient, login: str = LOGIN, password: str = PASSWORD) -> Answer:
    return await api.ask("POST", f"{AUTH}/sign-in", json={"login": login, "password": password})


async def refresh(
    api: ApiClient, token: object, *, headers: Mapping[str, str] | None = None
) -> Answer:
    return await api.ask("POST", f"{AUTH}/refresh", json={"refresh_token": token}, headers=headers)


async def tokens_of(api: ApiClient) -> Json:
    answer = await sign_in(api)
    assert answer.status == 200, answer.body
    return answer.json


async def works(api: ApiClient, tokens: Mapping[str, object]) -> bool:
    answer = await api.get("/bookings", key=str(tokens["access_token"]))
    return answer.status == 200


@pytest.fixture
async def rosa(api: ApiClient) -> ApiClient:
    """The API, and a person with a password who may see bookings."""
    await a_person(api.app, api.business.org_id, role="staff")
    return api


async def test_answer_of_a_sign_in_has_the_fields_of_oauth(rosa: ApiClient) -> None:
    answer = await sign_in(rosa)
    assert answer.status == 200
    assert set(answer.json) == {"access_token", "refresh_token", "expires_in", "token_type"}
    assert (answer.json["expires_in"], answer.json["token_type"]) == (900, "Bearer")
    assert answer.headers["cache-control"] == "no-store"
    assert "set-cookie" not in answer.headers


async def test_access_token_opens_what_the_role_there_may(rosa: ApiClient) -> None:
    token = str((await tokens_of(rosa))["access_token"])
    assert (await rosa.get("/bookings", key=token)).status == 200
    refused = await rosa.ask("POST", "/venues", json={}, key=token)
    assert (refused.status, refused.code) == (403, "not_permitted")


async def test_access_token_is_a_guest_at_a_business_where_the_person_is_no_member(
    rosa: ApiClient,
) -> None:
    app = rosa.app
    business = await a_business(app.database, app.clock, app.ids, slug="rival")
    rival = await an_api_client(app, business, org="rival")
    token = str((await tokens_of(rosa))["access_token"])
    assert (await rival.get("", key=token)).status == 200
    seen = await rival.get("/bookings", key=token)
    as_guest = await rival.get("/bookings")
    assert (seen.status, seen.json["detail"]) == (as_guest.status, as_guest.json["detail"])
    assert seen.status == 401


async def test_role_that_was_taken_away_is_gone_at_the_next_call(rosa: ApiClient) -> None:
    tokens = await tokens_of(rosa)
    async with rosa.app.database.unrestricted.session() as session:
        await session.connection.execute("DELETE FROM membership")
    assert not await works(rosa, tokens)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"login": LOGIN}, "password"),
        ({"password": PASSWORD}, "login"),
        ({"login": 7, "password": PASSWORD}, "login"),
        ({"login": LOGIN, "password": PASSWORD, "passwort": "x"}, "passwort"),
        ({"login": LOGIN, "password": "w" * 2_000}, "password"),
    ],
)
async def test_missing_or_malformed_field_is_named(rosa: ApiClient, body: Json, field: str) -> None:
    answer = await rosa.ask("POST", f"{AUTH}/sign-in", json=body)
    assert (answer.status, answer.code) == (422, "invalid_input")
    assert [one["field"] for one in cast("list[Json]", answer.json["errors"])] == [field]


@pytest.mark.parametrize(
    ("login", "password"),
    [
        (LOGIN, WRONG),
        ("nobody@example.org", PASSWORD),
        ("", ""),
        ("rosa@example.org\r\nBcc: x@example.org", PASSWORD),
    ],
)
async def test_wrong_credentials_are_one_answer(rosa: ApiClient, login: str, password: str) -> None:
    answer = await sign_in(rosa, login, password)
    assert (answer.status, answer.code) == (401, "wrong_credentials")
    assert answer.json["detail"] == (await sign_in(rosa, LOGIN, WRONG)).json["detail"]
    assert "retry-after" not in answer.headers


async def test_huge_password_is_refused_unread(rosa: ApiClient) -> None:
    answer = await sign_in(rosa, password="w" * 10_000_000)
    assert (answer.status, answer.code) == (413, "too_large")


async def test_lock_says_when_to_try_again(rosa: ApiClient) -> None:
    for number in range(PAIR_FAILURES_FREE):
        assert (await sign_in(rosa, LOGIN, f"{WRONG} {number}")).status == 401
    locked = await sign_in(rosa)
    assert (locked.status, locked.code) == (429, "locked")
    assert locked.headers["retry-after"] == "30"
    assert (await sign_in(rosa.from_elsewhere("198.51.100.9"))).status == 200


async def test_access_token_ends_after_a_quarter_of_an_hour_and_a_refresh_renews_it(
    rosa: ApiClient, clock: ManualClock
) -> None:
    first = await tokens_of(rosa)
    clock.advance(timedelta(seconds=ACCESS_TOKEN_SECONDS))
    assert not await works(rosa, first)
    # Programs send the old token along
    stale = {"Authorization": f"Bearer {first['access_token']}"}
    answer = await refresh(rosa, first["refresh_token"], headers=stale)
    assert answer.status == 200, answer.body
    assert await works(rosa, answer.json)
    assert not set(answer.json.values()) & {first["access_token"], first["refresh_token"]}
    assert not await works(rosa, first)


async def test_refresh_token_used_twice_ends_its_family(
    rosa: ApiClient, clock: ManualClock
) -> None:
    stolen = await tokens_of(rosa)
    own = (await refresh(rosa, stolen["refresh_token"])).json
    other = await tokens_of(rosa)
    clock.advance(timedelta(seconds=REFRESH_REPEAT_SECONDS + 1))
    thief = await refresh(rosa.from_elsewhere(), stolen["refresh_token"])
    assert (thief.status, thief.code) == (401, "session_ended")
    assert not await works(rosa, own)
    assert (await refresh(rosa, own["refresh_token"])).code == "session_ended"
    assert await works(rosa, other), "another session of the person goes on"
    assert await _events(rosa) == ["RefreshTokenReused"]


async def test_repeat_of_the_same_client_within_seconds_gets_the_same_tokens(
    rosa: ApiClient, clock: ManualClock
) -> None:
    first = await tokens_of(rosa)
    second = await refresh(rosa, first["refresh_token"])
    clock.advance(timedelta(seconds=REFRESH_REPEAT_SECONDS))
    again = await refresh(rosa, first["refresh_token"])
    assert (again.status, again.json) == (200, second.json)
    assert await works(rosa, again.json)
    assert (await refresh(rosa, second.json["refresh_token"])).status == 200
    assert await _events(rosa) == []


@pytest.mark.parametrize("how", ["later", "elsewhere", "another program", "after its successor"])
async def test_other_repeat_is_a_reuse(rosa: ApiClient, clock: ManualClock, how: str) -> None:
    first = await tokens_of(rosa)
    second = await refresh(rosa, first["refresh_token"])
    client, headers = rosa, {}
    match how:
        case "later":
            clock.advance(timedelta(seconds=REFRESH_REPEAT_SECONDS + 1))
        case "elsewhere":
            client = rosa.from_elsewhere()
        case "another program":
            headers = {"User-Agent": "thief/1.0"}
        case _:
            await refresh(rosa, second.json["refresh_token"])
    assert (await refresh(client, first["refresh_token"], headers=headers)).status == 401
    assert not await works(rosa, second.json)


async def test_of_many_refreshes_at_once_all_get_the_same_tokens(rosa: ApiClient) -> None:
    first = await tokens_of(rosa)
    answers: list[Answer] = []

    async def attempt() -> None:
        answers.append(await refresh(rosa, first["refresh_token"]))

    async with asyncio.TaskGroup() as group:
        for _ in range(12):
            group.create_task(attempt())
    assert {answer.status for answer in answers} == {200}
    assert len({str(answer.json["refresh_token"]) for answer in answers}) == 1
    assert await works(rosa, answers[0].json)


async def test_session_ends_after_idle_days_and_lasts_for_so_many_at_most(
    rosa: ApiClient, clock: ManualClock
) -> None:
    tokens = await tokens_of(rosa)
    days = 0
    while days + API_SESSION_IDLE_DAYS - 1 < API_SESSION_DAYS_MAX:
        clock.advance(timedelta(days=API_SESSION_IDLE_DAYS - 1))
        days += API_SESSION_IDLE_DAYS - 1
        answer = await refresh(rosa, tokens["refresh_token"])
        assert answer.status == 200, days
        tokens = answer.json
    clock.advance(timedelta(days=API_SESSION_DAYS_MAX - days))
    assert (await refresh(rosa, tokens["refresh_token"])).code == "session_ended"
    idle = await tokens_of(rosa)
    clock.advance(timedelta(days=API_SESSION_IDLE_DAYS))
    assert (await refresh(rosa, idle["refresh_token"])).code == "session_ended"


@pytest.mark.parametrize("token", ["", "fhr_", "fhr_guessed", "fha_guessed", "fhr_\udcff"])
async def test_token_that_is_none_is_refused(rosa: ApiClient, token: str) -> None:
    answer = await refresh(rosa, token.encode("utf-8", "replace").decode())
    assert (answer.status, answer.code) == (401, "session_ended")


async def test_tokens_are_not_interchangeable(rosa: ApiClient) -> None:
    tokens = await tokens_of(rosa)
    cookie = {"Cookie": f"fullhouse_session={tokens['access_token']}"}
    today = f"//admin/{rosa.org}/today"
    assert (await rosa.ask("GET", today, headers=cookie)).status == 303, "it is no page session"
    refused = await rosa.get("/bookings", key=str(tokens["refresh_token"]))
    assert (refused.status, refused.code) == (401, "not_signed_in")
    page = (await rosa.staff_cookie())["Cookie"].partition("=")[2]
    assert (await rosa.get("/bookings", key=page)).status == 401
    assert (await rosa.get("/bookings", key=f"fha_{page}")).status == 401
    assert (await refresh(rosa, tokens["access_token"])).status == 401


async def test_sign_out_ends_all_tokens_of_the_session(rosa: ApiClient) -> None:
    tokens, other = await tokens_of(rosa), await tokens_of(rosa)
    token = str(tokens["access_token"])
    assert (await rosa.ask("POST", f"{AUTH}/sign-out", key=token)).status == 204
    assert not await works(rosa, tokens)
    assert (await refresh(rosa, tokens["refresh_token"])).code == "session_ended"
    again = await rosa.ask("POST", f"{AUTH}/sign-out", key=token)
    assert (again.status, again.code) == (401, "not_signed_in")
    assert await works(rosa, other)


async def test_session_of_the_pages_has_a_profile_and_no_other_site_ends_it(
    rosa: ApiClient,
) -> None:
    cookie = await rosa.staff_cookie("Ben", role="admin")
    profile = await rosa.ask("GET", f"{AUTH}/profile", headers=cookie)
    assert (profile.status, profile.json["name"]) == (200, "Ben")
    other_site = {**cookie, "Sec-Fetch-Site": "cross-site"}
    refused = await rosa.ask("POST", f"{AUTH}/sign-out", headers=other_site)
    assert (refused.status, refused.code) == (403, "cross_site")
    assert (await rosa.ask("POST", f"{AUTH}/sign-out", headers=cookie)).status == 204
    assert (await rosa.ask("GET", f"{AUTH}/profile", headers=cookie)).status == 401


async def test_profile_says_who_works_where(rosa: ApiClient) -> None:
    token = str((await tokens_of(rosa))["access_token"])
    profile = (await rosa.ask("GET", f"{AUTH}/profile", key=token)).json
    assert profile | {"id": ""} == {
        "id": "",
        "name": "Rosa",
        "email": LOGIN,
        "email_verified": True,
        "locale": None,
        "operator": False,
        "memberships": [{"org": "meadow", "name": "Meadow Farm", "role": "staff"}],
    }
    guest = await rosa.ask("GET", f"{AUTH}/profile")
    assert (guest.status, guest.code) == (401, "not_signed_in")
    by_key = await rosa.ask("GET", f"{AUTH}/profile", key=rosa.key)
    assert (by_key.status, by_key.code) == (401, "not_signed_in"), "a key is nobody's account"


async def test_profile_is_cached_until_something_about_it_changes(
    rosa: ApiClient, clock: ManualClock
) -> None:
    token = str((await tokens_of(rosa))["access_token"])

    async def reads() -> int:
        before = statements(rosa.app)
        assert (await rosa.ask("GET", f"{AUTH}/profile", key=token)).status == 200
        return len(added(before, statements(rosa.app)))

    assert [await reads(), await reads(), await reads()] == [3, 1, 1]
    clock.advance(timedelta(seconds=PROFILE_SECONDS))
    await rosa.ask("GET", "//meadow")  # the domains of businesses are read once a minute
    assert [await reads(), await reads()] == [3, 1]
    async with rosa.app.unit_of_work(
        RequestContext(OPERATOR, rosa.app.ids.uuid()), rosa.business.org_id
    ) as uow:
        await rosa.app.people.grant_role(uow, name="Rosa", role="admin")
    profile = (await rosa.ask("GET", f"{AUTH}/profile", key=token)).json
    assert cast("list[Json]", profile["memberships"])[0]["role"] == "admin"
    async with rosa.app.unit_of_work(
        RequestContext(OPERATOR, rosa.app.ids.uuid()), rosa.business.org_id
    ) as uow:
        organisation = await locked_organisation(uow.session, uow.org_id)
        await rosa.app.booking.change_business(uow, replace(organisation, name="Hill Farm"))
    profile = (await rosa.ask("GET", f"{AUTH}/profile", key=token)).json
    assert cast("list[Json]", profile["memberships"])[0]["name"] == "Hill Farm"


async def test_no_token_stands_in_the_database(rosa: ApiClient) -> None:
    first = await tokens_of(rosa)
    second = (await refresh(rosa, first["refresh_token"])).json
    async with rosa.app.database.unrestricted.session() as session:
        rows = await session.connection.fetchval(
            "SELECT (SELECT string_agg(s::text, '') FROM account_session s)"
            " || (SELECT string_agg(r::text, '') FROM refresh_token r)"
            " || (SELECT string_agg(e::text, '') FROM event e)"
            " || coalesce((SELECT string_agg(i::text, '') FROM idempotency i), '')"
        )
    for tokens in (first, second):
        for name in ("access_token", "refresh_token"):
            assert str(tokens[name]) not in rows


async def test_idempotency_key_stores_no_token(rosa: ApiClient) -> None:
    body = {"login": LOGIN, "password": PASSWORD}
    key = {"Idempotency-Key": "once"}
    answers = [await rosa.ask("POST", f"{AUTH}/sign-in", json=body, headers=key) for _ in range(2)]
    assert [answer.status for answer in answers] == [200, 200]
    assert answers[0].json["access_token"] != answers[1].json["access_token"]


def test_answer_names_each_token() -> None:
    assert set(TokenResponse.example) == set(TokenResponse.__struct_fields__)


async def _events(api: ApiClient) -> list[str]:
    async with api.app.database.unrestricted.session() as session:
        rows = await session.connection.fetch(
            "SELECT kind FROM event WHERE kind = 'RefreshTokenReused'"
        )
    return [row["kind"] for row in rows]
