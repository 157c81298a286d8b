"""Bookings are found by what a caller says of them, and by what has changed."""

from datetime import timedelta
from urllib.parse import quote

import pytest
from tests.builders.api_client import ApiClient, Json, token_of


async def found(api: ApiClient, query: str) -> list[str]:
    answer = await api.get(f"/bookings?{query}", key=api.key)
    assert answer.status == 200, answer.body
    rows = answer.json["bookings"]
    assert isinstance(rows, list)
    return [row["customer"]["name"] for row in rows]


async def three_bookings(api: ApiClient) -> dict[str, Json]:
    """Of people who come this week, in a month and in two months."""
    made = {}
    people = {
        "Ana Bauer": (2, "+442079460958"),
        "Jörg Bauer": (30, "+13125550123"),
        "Zoe Li": (60, ""),
    }
    for name, (days, phone) in people.items():
        slot = await api.business.a_slot(starts_in=timedelta(days=days))
        customer = {
            "name": name,
            "email": f"{name.split()[0].lower().replace('ö', 'oe')}@example.org",
            "phone": phone,
        }
        body = {"slot": str(slot), "party": 2, "customer": customer}
        answer = await api.post("/bookings", body)
        assert answer.status == 201, answer.body
        made[name] = {**answer.json, "token": token_of(answer)}
    return made


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("name=bauer", ["Ana Bauer", "Jörg Bauer"]),
        (f"name={quote('JÖRG')}", ["Jörg Bauer"]),
        ("name=bau%25r", []),
        ("email=ZOE@example.org", ["Zoe Li"]),
        ("email=zo@example.org", []),
        (f"phone={quote('(312) 555-0123')}", ["Jörg Bauer"]),
        (f"phone={quote('020 7946 0958')}", ["Ana Bauer"]),
        (f"phone={quote('+44 20 7946 0958')}", ["Ana Bauer"]),
        ("name=bauer&phone=312", ["Jörg Bauer"]),
        ("name=bauer&to=2027-06-20&from=2027-06-12", ["Ana Bauer"]),
        ("name=bauer&status=cancelled", []),
    ],
)
async def test_bookings_are_found_by_name_address_and_number(
    api: ApiClient, query: str, names: list[str]
) -> None:
    await three_bookings(api)
    assert await found(api, query) == names


async def test_a_booking_is_found_by_its_reference_in_any_case(api: ApiClient) -> None:
    made = await three_bookings(api)
    ref = str(made["Zoe Li"]["ref"])
    assert await found(api, f"ref={ref.lower()}") == ["Zoe Li"]
    assert await found(api, "ref=K7QF2M9D") == []


async def test_what_has_changed_since_is_found_on_any_day(api: ApiClient) -> None:
    made = await three_bookings(api)
    async with api.app.database.unrestricted.session() as session:
        now = await session.connection.fetchval("SELECT clock_timestamp()")
    since = quote(now.isoformat())
    assert await found(api, f"updated_since={since}") == []
    one = made["Zoe Li"]
    cancelled = await api.post(f"/bookings/{one['ref']}/cancel?token={one['token']}")
    assert cancelled.status == 200
    assert await found(api, f"updated_since={since}") == ["Zoe Li"]
    assert await found(api, f"updated_since={since}&name=bauer") == []
    everything = await found(api, "updated_since=2020-01-01T00:00:00Z")
    assert everything == ["Ana Bauer", "Jörg Bauer", "Zoe Li"]


@pytest.mark.parametrize(
    ("since", "is_all"),
    [("0001-01-01T00:00:00%2B23:59", True), ("9999-12-31T23:59:59-23:59", False)],
)
async def test_a_time_beyond_the_calendar_is_before_or_after_all(
    api: ApiClient, since: str, *, is_all: bool
) -> None:
    """Programs send the first or last time they know when they mean everything or nothing."""
    await three_bookings(api)
    assert (len(await found(api, f"updated_since={since}")) == 3) is is_all


async def test_pages_of_a_search_together_are_all_of_it(api: ApiClient) -> None:
    await three_bookings(api)
    first = (await api.get("/bookings?name=a&limit=1", key=api.key)).json
    rest = await found(api, f"name=a&cursor={first['next']}")
    assert [row["customer"]["name"] for row in first["bookings"]] == ["Ana Bauer"]  # type: ignore[attr-defined]  # a list
    assert rest == ["Jörg Bauer"]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("email=nobody", "email"),
        ("phone=none", "phone"),
        ("updated_since=now", "updated_since"),
        ("name=a%00", "name"),
        ("ref=%00", "ref"),
    ],
)
async def test_what_cannot_be_searched_for_is_refused(
    api: ApiClient, query: str, field: str
) -> None:
    refused = await api.get(f"/bookings?{query}", key=api.key)
    assert refused.status == 422
    assert refused.json["errors"][0]["field"] == field  # type: ignore[index]  # a list
