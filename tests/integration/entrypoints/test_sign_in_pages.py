"""The sign-in page: the way in, the way back, and what an attacker makes of it."""

from collections.abc import Mapping
from html import unescape
from urllib.parse import urlencode

import pytest
from tests.builders.accounts import PASSWORD, WRONG, a_person, a_sign_in
from tests.builders.api_client import Answer, ApiClient

from fullhouse.people.limits import DEVICES_PER_BROWSER_MAX, PAIR_FAILURES_FREE

LOGIN = "rosa@example.org"
FORM = {"content-type": "application/x-www-form-urlencoded"}


async def send(
    api: ApiClient, path: str, headers: Mapping[str, str] | None = None, **fields: str
) -> Answer:
    api.client.cookies.clear()  # each cookie that a test sends is in its sight
    content = urlencode(fields).encode()
    return await api.ask("POST", f"/{path}", content=content, headers={**FORM, **(headers or {})})


async def sign_in(
    api: ApiClient,
    *,
    login: str = LOGIN,
    password: str = PASSWORD,
    goes_on: str = "",
    cookies: str = "",
) -> Answer:
    headers = {"Cookie": cookies} if cookies else {}
    return await send(api, "/admin/sign-in", headers, login=login, password=password, next=goes_on)


def cookies_of(answer: Answer) -> dict[str, str]:
    """The cookies that the answer sets, by name."""
    set_cookies = answer.headers.get_list("set-cookie")  # type: ignore[attr-defined]  # of httpx
    return dict(one.partition(";")[0].split("=", 1) for one in set_cookies)


def page_of(answer: Answer) -> str:
    return unescape(answer.body.decode())


@pytest.fixture
async def rosa(api: ApiClient) -> ApiClient:
    await a_person(api.app, api.business.org_id)
    return api


async def test_password_signs_in_and_leads_where_one_wanted_to(rosa: ApiClient) -> None:
    wanted = f"/admin/{rosa.org}/bookings?search=Ada"
    asked = await rosa.ask("GET", f"/{wanted}")
    assert asked.status == 303
    form = await rosa.ask("GET", f"/{asked.headers['location']}")
    assert form.status == 200
    assert f'name="next" value="/admin/{rosa.org}/bookings?search=Ada"' in page_of(form)
    answer = await sign_in(rosa, goes_on=wanted)
    assert (answer.status, answer.headers["location"]) == (303, wanted)
    cookie = f"fullhouse_session={cookies_of(answer)['fullhouse_session']}"
    assert (await rosa.ask("GET", f"/{wanted}", headers={"Cookie": cookie})).status == 200


@pytest.mark.parametrize(
    "evil", ["https://evil.example", "//evil.example", "/\\evil.example", "/x\r\nSet-Cookie: a=b"]
)
async def test_no_next_leads_to_another_site(rosa: ApiClient, evil: str) -> None:
    answer = await sign_in(rosa, goes_on=evil)
    assert answer.headers["location"] == "/admin"
    form = await rosa.ask("GET", "//admin/sign-in?" + urlencode({"next": evil}))
    assert 'name="next" value="/admin"' in page_of(form)


async def test_wrong_password_and_unknown_login_are_one_page(rosa: ApiClient) -> None:
    wrong = await sign_in(rosa, password=WRONG)
    unknown = await sign_in(rosa, login="nina@example.org", password=WRONG)
    assert wrong.status == unknown.status == 422
    assert page_of(wrong) == page_of(unknown).replace("nina@example.org", LOGIN)
    assert "E-mail address, national ID or password is wrong" in page_of(wrong)
    assert WRONG not in page_of(wrong)
    assert "set-cookie" not in wrong.headers


async def test_empty_fields_are_named_without_a_guess(rosa: ApiClient) -> None:
    answer = await sign_in(rosa, login=" ", password="")
    assert answer.status == 422
    assert "Enter your e-mail address" in page_of(answer)
    assert "Enter your password" in page_of(answer)


async def test_lock_says_for_how_long_and_a_known_browser_is_not_locked(rosa: ApiClient) -> None:
    device = cookies_of(await sign_in(rosa))["fullhouse_device"]
    for number in range(PAIR_FAILURES_FREE):
        await sign_in(rosa, password=f"{WRONG} {number}")
    locked = await sign_in(rosa)
    assert (locked.status, locked.headers["retry-after"]) == (429, "30")
    assert "Try again in 30 seconds" in page_of(locked)
    known = await sign_in(rosa, cookies=f"fullhouse_device={device}")
    assert known.status == 303


async def test_browser_of_many_people_knows_the_last_ones(rosa: ApiClient) -> None:
    cookie = ""
    for number in range(DEVICES_PER_BROWSER_MAX + 2):
        email = f"p{number}@example.org"
        await a_person(rosa.app, rosa.business.org_id, email=email, name=f"P{number}")
        answer = await sign_in(rosa, login=email, cookies=f"fullhouse_device={cookie}")
        cookie = cookies_of(answer)["fullhouse_device"]
    assert len(set(cookie.split("."))) == DEVICES_PER_BROWSER_MAX


async def test_session_that_an_attacker_set_is_ended_by_signing_in(rosa: ApiClient) -> None:
    mallory = (await rosa.staff_cookie("Mallory"))["Cookie"]
    answer = await sign_in(rosa, cookies=mallory)
    assert cookies_of(answer)["fullhouse_session"] not in mallory
    today = f"//admin/{rosa.org}/today"
    assert (await rosa.ask("GET", today, headers={"Cookie": mallory})).status == 303


async def test_form_of_another_site_signs_nobody_in(rosa: ApiClient) -> None:
    answer = await send(
        rosa,
        "/admin/sign-in",
        {"Sec-Fetch-Site": "cross-site"},
        login=LOGIN,
        password=PASSWORD,
    )
    assert answer.status == 403
    assert "set-cookie" not in answer.headers


async def test_cookies_are_for_this_host_alone_and_no_script(rosa: ApiClient) -> None:
    answer = await sign_in(rosa)
    for cookie in answer.headers.get_list("set-cookie"):  # type: ignore[attr-defined]  # of httpx
        assert {"HttpOnly", "SameSite=strict", "Path=/"} <= set(cookie.split("; "))
        assert "Domain" not in cookie


async def test_page_cannot_be_framed_and_is_stored_nowhere(rosa: ApiClient) -> None:
    form = await rosa.ask("GET", "//admin/sign-in")
    assert "frame-ancestors 'none'" in form.headers["content-security-policy"]
    assert "form-action 'self'" in form.headers["content-security-policy"]
    assert form.headers["cache-control"] == "no-store"


async def test_person_without_access_is_told_who_is_signed_in(rosa: ApiClient) -> None:
    await a_person(rosa.app, rosa.business.org_id, email="cleo@example.org", name="Cleo")
    async with rosa.app.database.unrestricted.session() as session:
        await session.connection.execute(
            "DELETE FROM membership USING account"
            " WHERE account.account_id = membership.account_id AND account.name = 'Cleo'"
        )
    token = (await a_sign_in(rosa.app, "cleo@example.org")).session.token
    customer = {"Cookie": f"fullhouse_session={token}"}
    own = await rosa.ask("GET", "//admin", headers=customer)
    assert (own.status, own.headers["location"]) == (303, "/admin/account")
    to_sign_in = await rosa.ask("GET", f"//admin/{rosa.org}/today", headers=customer)
    assert to_sign_in.status == 303
    form = await rosa.ask("GET", f"/{to_sign_in.headers['location']}", headers=customer)
    assert "You are signed in as Cleo" in page_of(form)


async def test_password_is_taken_as_it_is_typed(rosa: ApiClient) -> None:
    await a_person(
        rosa.app,
        rosa.business.org_id,
        email="ben@example.org",
        name="Ben",
        password="  spaces count here  ",
    )
    trimmed = await sign_in(rosa, login="ben@example.org", password="spaces count here")
    assert trimmed.status == 422
    typed = await sign_in(rosa, login="ben@example.org", password="  spaces count here  ")
    assert typed.status == 303
