"""The pass with which an operator looks at the installation while its database is away."""

from datetime import UTC, datetime, timedelta

import pytest

from fullhouse.entrypoints.security.account_sessions import SESSION_COOKIE
from fullhouse.entrypoints.security.outage_pass import OutagePass
from fullhouse.http.request import Request
from fullhouse.kernel.clock import ManualClock
from fullhouse.people.limits import PAGES_SESSION_HOURS


async def _no_body(_: int) -> bytes:
    return b""


def a_request(cookies: str) -> Request:
    return Request(
        method="GET",
        path="/admin/operations",
        query_string=b"",
        headers={b"cookie": cookies.encode()},
        client_address="127.0.0.1",
        is_https=False,
        read_body=_no_body,
    )


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(datetime(2027, 6, 12, 8, tzinfo=UTC))


def test_a_pass_is_of_its_session_and_ends(clock: ManualClock) -> None:
    passes = OutagePass(b"s" * 32, clock)
    session = f"{SESSION_COOKIE.name}=one"
    cookie = passes.cookie(a_request(session))
    given = f"{cookie.name}={cookie.value}"
    with_pass = a_request(f"{session}; {given}")
    assert passes.is_valid(with_pass)
    assert not passes.is_valid(a_request(f"{SESSION_COOKIE.name}=two; {given}"))
    clock.advance(timedelta(hours=PAGES_SESSION_HOURS))
    assert not passes.is_valid(with_pass)


@pytest.mark.parametrize("ends_at", ["9" * 5_000, "99999999999", "", "-1", "²", "1.5"])
def test_what_is_no_pass_of_ours_is_refused_whatever_it_says(
    ends_at: str, clock: ManualClock
) -> None:
    passes = OutagePass(b"s" * 32, clock)
    request = a_request(f"{SESSION_COOKIE.name}=one; fullhouse_outage={ends_at}.{'0' * 64}")
    assert not passes.is_valid(request)
