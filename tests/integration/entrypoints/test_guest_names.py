"""What guests say of themselves, by every way into a booking.

A name reaches another person's mail, so it holds no address; an e-mail address can be written to.
"""

from collections.abc import AsyncIterator
from urllib.parse import urlencode

import pytest
from tests.builders.api_client import Answer, ApiClient, an_api_client
from tests.builders.business import Business

from fullhouse.bootstrap.application import Application

ADDRESS = "Please visit https://evil.example/win"
NAME = "Mr. O'Neil-d'Arc, B.Sc."
WAYS = ("booking", "hold", "waiting", "hold page", "waiting page")
FORM = {"content-type": "application/x-www-form-urlencoded"}


@pytest.fixture
async def api(app: Application, business: Business) -> AsyncIterator[ApiClient]:
    api = await an_api_client(app, business)
    async with api.client:
        yield api


async def send(
    api: ApiClient, way: str, name: str = NAME, email: str = "victim@example.org"
) -> Answer:
    """A customer sent the way that one can come."""
    slot = str(await api.business.a_slot())
    customer = {"name": name, "email": email}
    match way:
        case "booking":
            return await api.post("/bookings", {"slot": slot, "party": 1, "customer": customer})
        case "waiting":
            return await api.post("/waiting-list", {"slot": slot, "party": 1, "customer": customer})
        case "waiting page":
            path, form = f"//{api.org}/sunflowers/waiting", {"slot": slot, "party": "1", **customer}
        case _:
            hold = (await api.post("/holds", {"slot": slot, "party": 1})).json["id"]
            if way == "hold":
                return await api.post("/bookings", {"hold": hold, "customer": customer})
            path, form = f"//{api.org}/sunflowers/holds/{hold}", customer
    return await api.ask("POST", path, headers=FORM, content=urlencode(form).encode())


async def customers(app: Application) -> set[tuple[str, str]]:
    async with app.database.unrestricted.session() as session:
        rows = await session.connection.fetch(
            """SELECT customer_name, customer_email FROM booking
            UNION SELECT customer_name, customer_email FROM waiting_list_entry"""
        )
    return {tuple(row) for row in rows} - {("", "")}


async def names(app: Application) -> set[str]:
    return {name for name, _ in await customers(app)}


@pytest.mark.parametrize("way", WAYS)
async def test_name_with_an_address_is_refused_with_a_clear_sentence(
    api: ApiClient, app: Application, way: str
) -> None:
    answer = await send(api, way, ADDRESS)
    assert answer.status == 422
    if "page" in way:
        assert "Enter only your name, without a web address" in answer.body.decode()
    else:
        assert answer.code == "invalid_input"
        assert b'"field":"customer.name","message":"Write the name alone' in answer.body
    assert await names(app) == set()


@pytest.mark.parametrize("way", WAYS)
async def test_name_with_marks_of_a_name_is_taken(
    api: ApiClient, app: Application, way: str
) -> None:
    assert (await send(api, way, NAME)).status in {201, 303}
    assert await names(app) == {NAME}


@pytest.mark.parametrize("way", WAYS)
async def test_address_that_not_every_server_takes_is_refused_with_why(
    api: ApiClient, app: Application, way: str
) -> None:
    answer = await send(api, way, email="j\u00f6rg@example.org")
    assert answer.status == 422
    assert "without accents before the @" in answer.body.decode()
    assert await customers(app) == set()


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("info@b\u00fccher.example", "info@xn--bcher-kva.example"),
        ("try..this..0511@docomo.ne.jp", "try..this..0511@docomo.ne.jp"),
        ("\ufeffada@example.org\u200b\u00a0", "ada@example.org"),
    ],
)
async def test_address_is_kept_as_it_can_be_written_to(
    api: ApiClient, app: Application, way: str, typed: str, kept: str
) -> None:
    name = "\u200bAda\u00a0Love\u200blace\u202c"
    assert (await send(api, way, name, typed)).status in {201, 303}
    assert await customers(app) == {("Ada Lovelace", kept)}
