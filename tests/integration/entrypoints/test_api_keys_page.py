"""The page of API keys: a new key is shown once and kept nowhere, an ended one is refused."""

import re
from html import unescape
from urllib.parse import urlencode

import pytest
from tests.builders.api_client import Answer, ApiClient

from fullhouse.people.limits import API_KEYS_VALID_MAX
from fullhouse.people.model import ApiKey
from fullhouse.people.reads.keys import api_keys

FORM = {"content-type": "application/x-www-form-urlencoded"}
SECRET = re.compile(r"fh_[\w-]{43}")


async def send(api: ApiClient, path: str, **fields: str) -> Answer:
    cookie = await api.staff_cookie("Olaf")
    return await api.ask(
        "POST",
        f"//admin/{api.org}/api-keys{path}",
        content=urlencode(fields).encode(),
        headers={**FORM, **cookie},
    )


async def page(api: ApiClient, path: str = "") -> str:
    cookie = await api.staff_cookie("Olaf")
    answer = await api.ask("GET", f"//admin/{api.org}/api-keys{path}", headers=cookie)
    assert answer.status == 200, answer.body
    return unescape(answer.body.decode())


async def key_named(api: ApiClient, name: str) -> ApiKey:
    async with api.app.database.session() as session:
        (found,) = [key for key in await api_keys(session, api.business.org_id) if key.name == name]
    return found


def secret_of(answer: Answer) -> str:
    assert answer.status == 200, unescape(answer.body.decode())
    (secret,) = {found[0] for found in SECRET.finditer(answer.body.decode())}
    return secret


async def test_new_key_is_shown_once_and_works_as_its_scope_says(api: ApiClient) -> None:
    answer = await send(api, "/new", name="Shop on our website", scope="read")
    secret = secret_of(answer)
    assert answer.headers["cache-control"] == "no-store"
    assert "It is shown only on this page" in unescape(answer.body.decode())
    assert (await api.ask("GET", "/bookings", key=secret)).status == 200
    refused = await api.ask("POST", "/bookings", key=secret, json={})
    assert refused.status in {403, 422}
    assert (await api.ask("GET", "/messages", key=secret)).status in {403, 404}
    shown = await page(api)
    assert "Shop on our website" in shown
    assert "Read: sees offerings, bookings and customers" in shown
    assert secret not in shown
    key = await key_named(api, "Shop on our website")
    assert secret not in await page(api, f"/{key.key_id}")


async def test_secret_is_in_no_row_and_not_in_the_answer_to_a_repeat(api: ApiClient) -> None:
    fields = {"name": "Shop", "scope": "book", "submission_id": "once"}
    secret = secret_of(await send(api, "/new", **fields))
    again = await send(api, "/new", **fields)
    key = await key_named(api, "Shop")  # one
    assert again.status == 200
    shown = unescape(again.body.decode())
    assert not SECRET.search(shown)
    assert "We showed it once, in an answer that your browser no longer has." in shown
    (href,) = re.findall(r'<a class="button main" href="([^"]+)"', shown)
    form = await page(api, href.partition("/api-keys")[2])
    assert 'value="Shop"' in form
    assert re.search(r'value="book"[^>]* checked', form)
    new = secret_of(await send(api, "/new", name="Shop", scope="book", submission_id="another"))
    assert (await api.ask("GET", "/bookings", key=new)).status == 200
    assert (await api.ask("GET", "/bookings", key=secret)).status == 200
    assert key.revoked_at is None
    async with api.app.database.unrestricted.session() as session:
        tables = await session.connection.fetch(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
        )
        for (table,) in tables:
            found = await session.connection.fetchval(
                f"SELECT count(*) FROM {table} row WHERE row::text LIKE '%' || $1 || '%'",  # noqa: S608 - of the catalogue
                secret,
            )
            assert found == 0, table


async def test_key_is_ended_after_being_asked_and_stays_in_the_list(api: ApiClient) -> None:
    secret = secret_of(await send(api, "/new", name="Shop", scope="manage"))
    key = await key_named(api, "Shop")
    assert "This cannot be undone" in await page(api, f"/{key.key_id}/end")
    assert (await api.ask("GET", "/bookings", key=secret)).status == 200
    ended = await send(api, f"/{key.key_id}/end", submitted="yes")
    assert ended.status == 303
    assert (await api.ask("GET", "/bookings", key=secret)).status == 401
    assert "Ended" in await page(api, f"/{key.key_id}")
    assert f"/{key.key_id}/end" not in await page(api, f"/{key.key_id}")


async def test_several_keys_are_ended_together_after_being_asked(api: ApiClient) -> None:
    for name in ("One", "Two"):
        secret_of(await send(api, "/new", name=name, scope="read"))
    keys = [await key_named(api, name) for name in ("One", "Two")]
    rows = {f"row.{key.key_id}": "1" for key in keys}
    asked = await send(api, "/end", **rows)
    assert "This cannot be undone" in unescape(asked.body.decode())
    assert [(await key_named(api, key.name)).revoked_at for key in keys] == [None, None]
    done = await send(api, "/end", submitted="yes", **rows)
    assert done.status == 303
    assert None not in [(await key_named(api, key.name)).revoked_at for key in keys]


@pytest.mark.parametrize(
    ("name", "scope"), [("", "read"), ("x" * 201, "read"), ("\u200b", "read"), ("Shop", "all")]
)
async def test_wrong_fields_come_back_with_their_problem(
    api: ApiClient, name: str, scope: str
) -> None:
    answer = await send(api, "/new", name=name, scope=scope)
    assert answer.status == 422
    assert not SECRET.search(answer.body.decode())


async def test_valid_keys_are_limited_and_never_hidden_by_ended_ones(api: ApiClient) -> None:
    async with api.app.database.unrestricted.transaction() as session:
        await session.connection.execute(
            "INSERT INTO api_key (org_id, key_id, name, scope, token_hash, created_at, revoked_at)"
            " SELECT $1, gen_random_uuid(), 'Old', 'read', sha256(n::text::bytea), now(), now()"
            " FROM generate_series(1, 300) AS n",
            api.business.org_id,
        )
        await session.connection.execute(
            "INSERT INTO api_key (org_id, key_id, name, scope, token_hash, created_at)"
            " SELECT $1, gen_random_uuid(), 'Many', 'read', sha256((-n)::text::bytea), now()"
            " FROM generate_series(1, $2) AS n",
            api.business.org_id,
            API_KEYS_VALID_MAX - 2,
        )  # one is the fixture's
    secret_of(await send(api, "/new", name="The last", scope="read"))
    refused = await send(api, "/new", name="One more", scope="read")
    assert refused.status == 422
    assert "You have as many keys as you can" in unescape(refused.body.decode())
    assert (await key_named(api, "The last")).revoked_at is None
    first = await page(api)
    following = re.search(r'href="[^"]*(\?after=[^"]*)" rel="next"', first)
    assert following is not None
    assert "The last" in first + await page(api, following[1])


async def test_key_of_another_business_is_neither_shown_nor_ended(
    api: ApiClient, attacker: ApiClient
) -> None:
    secret_of(await send(api, "/new", name="Shop", scope="read"))
    key = await key_named(api, "Shop")
    cookie = await attacker.staff_cookie("Mallory")
    for method, path in (("GET", ""), ("POST", "/end")):
        answer = await attacker.ask(
            method,
            f"//admin/{attacker.org}/api-keys/{key.key_id}{path}",
            headers={**FORM, **cookie},
            content=b"submitted=yes" if method == "POST" else None,
        )
        assert answer.status == 404
    assert (await key_named(api, "Shop")).revoked_at is None


async def test_team_page_leads_to_the_keys(api: ApiClient) -> None:
    cookie = await api.staff_cookie("Olaf")
    answer = await api.ask("GET", f"//admin/{api.org}/team", headers=cookie)
    assert f'href="/admin/{api.org}/api-keys"' in answer.body.decode()
