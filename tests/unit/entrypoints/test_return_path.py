"""Where a page goes on after signing in: nowhere but in the staff area."""

import pytest

from fullhouse.entrypoints.web.account_views import return_path


@pytest.mark.parametrize(
    "path",
    [
        "/admin",
        "/admin/meadow/today",
        "/admin/meadow/bookings?search=Ada%20L&sort=-name",
        "/admin?x=1",
        "/admin/meadow/bookings/K7QF2M9D",
    ],
)
def test_path_of_the_staff_area_is_kept(path: str) -> None:
    assert return_path(path) == path


@pytest.mark.parametrize(
    "path",
    [
        *("", "/", "admin", "/administrator", "/meadow", "https://evil.example/admin"),
        *("//evil.example", "//evil.example/admin", "/\\evil.example", "\\\\evil.example"),
        *("/admin/../meadow", "/admin/./x", "/admin//evil.example", "/admin/%2e%2e/x"),
        *("/admin/\t/evil.example", "/admin/x\r\nSet-Cookie: a=b", "/admin/x y", "/admin/ü"),
        *("javascript:alert(1)", "/admin\\@evil.example", "/admin@evil.example"),
        *("/admin/leave", "/admin/sign-in?next=/admin/sign-in", "/admin/enter/token"),
        "/admin/" + "x" * 1_000,
    ],
)
def test_anything_else_is_the_staff_area(path: str) -> None:
    assert return_path(path) == "/admin"
