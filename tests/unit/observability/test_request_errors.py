"""What a probe is told of us is no error that visitors see."""

import pytest

from fullhouse.observability.measurements import is_error


@pytest.mark.parametrize(
    ("route", "status", "found"),
    [
        ("/{org}/{offering}", "500", True),
        ("/api/v1/{org}/bookings", "503", True),
        ("/{org}/{offering}", "404", False),
        ("/readyz", "503", False),
        ("/api/health", "503", False),
        ("/api/health/database", "503", False),
    ],
)
def test_an_error_is_one_of_visitors(route: str, status: str, *, found: bool) -> None:
    assert is_error(("GET", route, status)) is found
