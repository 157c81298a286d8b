"""What each operating mode refuses."""

from functools import partial

import pytest

from fullhouse.entrypoints.security.restrictions import is_refused, precedence_of
from fullhouse.http.request import Request
from fullhouse.http.response import Response
from fullhouse.http.routing import Route
from fullhouse.kernel.context import Permission
from fullhouse.resilience.operating_mode import OperatingMode, OperatingModes


async def _handle(_: Request) -> Response:
    return Response(200, b"")


@pytest.mark.parametrize(
    ("method", "path", "allow", "refused_from"),
    [
        ("GET", "/livez", None, None),
        ("GET", "/static/{file}", None, None),
        ("POST", "/admin/accounts", Permission.OPERATE, None),
        ("POST", "/admin/sign-in", Permission.BROWSE, None),
        ("POST", "/api/v1/auth/sign-in", Permission.BROWSE, None),
        ("GET", "/{org}", Permission.BROWSE, OperatingMode.MAINTENANCE),
        ("GET", "/{org}/{offering}/holds/{hold}", Permission.BOOK, OperatingMode.MAINTENANCE),
        ("POST", "/api/v1/{org}/bookings", Permission.BOOK, OperatingMode.READ_ONLY),
        ("POST", "/admin/{org}/today", Permission.CHANGE_BOOKINGS, OperatingMode.READ_ONLY),
        ("GET", "/admin/{org}/season", Permission.VIEW_REPORTS, OperatingMode.ESSENTIAL),
        ("GET", "/admin/{org}/bookings.csv", Permission.VIEW_BOOKINGS, OperatingMode.ESSENTIAL),
        (
            "GET",
            "/api/v1/{org}/customers/{id}/data",
            Permission.MANAGE_CUSTOMERS,
            OperatingMode.ESSENTIAL,
        ),
    ],
)
def test_each_mode_refuses_what_the_one_before_refuses_and_more(
    method: str, path: str, allow: Permission | None, refused_from: OperatingMode | None
) -> None:
    route = Route(method, path, _handle, allow=allow)
    modes = list(OperatingMode)
    refusing = [mode for mode in modes if is_refused(route, method, mode)]
    assert refusing == ([] if refused_from is None else modes[modes.index(refused_from) :])


def test_without_its_database_the_installation_only_shows() -> None:
    found = []
    for away in (False, True):
        modes = OperatingModes(partial(bool, away))
        modes.refresh()
        found.append(modes.mode)
    assert found == [OperatingMode.FULL, OperatingMode.READ_ONLY]


def test_checkout_goes_before_availability_before_staff_before_reports() -> None:
    shares = [
        precedence_of(Route("GET", path, _handle, allow=allow)).share
        for path, allow in (
            ("/api/v1/{org}/bookings", Permission.BOOK),
            ("/{org}/{offering}", Permission.BROWSE),
            ("/admin/{org}/today", Permission.CHANGE_BOOKINGS),
            ("/admin/{org}/bookings.csv", Permission.VIEW_BOOKINGS),
        )
    ]
    assert shares == sorted(set(shares), reverse=True)
    assert precedence_of(Route("GET", "/admin/mode", _handle, allow=Permission.OPERATE)).share == 1
    assert precedence_of(Route("GET", "/static/{file}", _handle)).share == 1
