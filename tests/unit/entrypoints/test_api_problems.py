"""Errors as HTTP responses: each has a status, and shows its details unless it is internal."""

from collections.abc import Iterator
from datetime import UTC, datetime
from http import HTTPStatus
from uuid import UUID

import msgspec
import pytest

from fullhouse.booking import errors as booking
from fullhouse.booking.model.slot import Alternative, SlotId
from fullhouse.entrypoints.api import assembly
from fullhouse.entrypoints.api.problems import PROBLEMS, STATUS
from fullhouse.http.operations import decoding
from fullhouse.http.operations.problems import title_of
from fullhouse.kernel.errors import (
    FullhouseError,
    InvalidInput,
    Overloaded,
    TransientError,
)
from fullhouse.people import errors as people
from fullhouse.storage.errors import (
    DatabaseBusy,
    DatabaseUnavailable,
    DataFolderInUse,
    OutcomeUnknown,
)

NINE = datetime(2027, 6, 19, 9, 0, tzinfo=UTC)


def every_error() -> Iterator[type[FullhouseError]]:
    assert callable(assembly.api_operations), "with it, all that an API call can reach is loaded"
    waiting = [FullhouseError]
    while waiting:
        kind = waiting.pop()
        yield kind
        waiting += kind.__subclasses__()


def test_every_error_has_a_status_and_business_errors_have_their_own() -> None:
    for kind in every_error():
        assert 400 <= PROBLEMS.status_of(kind) < 600
        if kind.__module__.startswith(("fullhouse.booking", "fullhouse.people")):
            assert kind in STATUS, f"{kind.__name__} is to stand in the table itself"


def test_every_error_has_a_default_sentence() -> None:
    for kind in every_error():
        if kind.__module__.startswith("fullhouse."):
            assert kind.message.endswith("."), kind.__name__
            assert "message" in vars(kind) or issubclass(kind, InvalidInput), kind.__name__


def test_each_code_has_one_status() -> None:
    by_code: dict[str, set[int]] = {}
    for kind in every_error():
        if kind.__module__.startswith("fullhouse.") and ".web." not in kind.__module__:
            by_code.setdefault(kind.code, set()).add(PROBLEMS.status_of(kind))
    twofold = {code for code, statuses in by_code.items() if len(statuses) > 1}
    assert twofold <= {"error", "storage_error"}


def test_a_transient_error_has_a_retry_after_header() -> None:
    for kind in every_error():
        if issubclass(kind, TransientError):
            headers = dict(PROBLEMS.response(kind("Later.")).headers)
            assert headers[b"retry-after"].isdigit(), kind.__name__
    assert (
        dict(PROBLEMS.response(Overloaded("Later.", retry_after_seconds=7)).headers)[b"retry-after"]
        == b"7"
    )
    assert b"retry-after" in dict(PROBLEMS.response(OutcomeUnknown("Ask again.")).headers)


def test_an_internal_error_shows_no_details() -> None:
    answer = PROBLEMS.response(DataFolderInUse("the secret is 42", data_dir="/srv/42"))
    assert answer.status == HTTPStatus.INTERNAL_SERVER_ERROR
    assert b"42" not in answer.body


def test_times_of_details_are_in_the_zone_of_the_venue() -> None:
    alternative = Alternative(SlotId(UUID(int=1)), NINE, NINE, 3)
    problem = _problem(
        booking.SlotFull(
            slot=SlotId(UUID(int=2)), remaining=0, zone="Europe/London", alternatives=(alternative,)
        )
    )
    assert problem["alternatives"] == [
        {
            "id": str(UUID(int=1)),
            "starts_at": "2027-06-19T10:00:00+01:00",
            "ends_at": "2027-06-19T10:00:00+01:00",
            "remaining": 3,
        }
    ]
    assert (problem["remaining"], problem["slot"]) == (0, str(UUID(int=2)))
    assert "offering" not in problem, "it is not known here"


def test_an_invalid_field_is_listed_in_errors() -> None:
    problem = _problem(InvalidInput("Too long.", field="name"))
    assert problem["errors"] == [{"field": "name", "message": "Too long."}]


def test_no_attribute_hides_a_member_of_the_problem() -> None:
    for kind in every_error():
        assert not {"type", "title", "status", "code"} & set(kind.attribute_names)


def test_the_booking_status_is_a_member_beside_the_http_status() -> None:
    problem = _problem(booking.WrongStatus(booking_status="no_show"))
    assert (problem["status"], problem["booking_status"]) == (409, "no_show")


def test_not_signed_in_has_a_www_authenticate_header() -> None:
    headers = dict(PROBLEMS.response(people.NotSignedIn("Sign in.")).headers)
    assert headers[b"www-authenticate"].startswith(b"Bearer")


@pytest.mark.parametrize(
    ("name", "title"),
    [("SlotFull", "Slot full"), ("IdempotencyKeyReused", "Idempotency key reused")],
)
def test_a_title_is_made_of_the_class_name(name: str, title: str) -> None:
    assert title_of(name) == title


@pytest.mark.parametrize(
    ("message", "field"),
    [
        ("Expected `int`, got `str` - at `$.party`", "party"),
        ("Expected `str` - at `$.customer.name`", "customer.name"),
        ("Expected `str` - at `key` in `$.source`", "source"),
        ("Object contains unknown field `prty`", "body"),
        ("Expected `object`, got `array`", "body"),
    ],
)
def test_the_field_is_parsed_from_the_validation_error(message: str, field: str) -> None:
    error = decoding.invalid_field(msgspec.ValidationError(message))
    assert _problem(error)["errors"] == [{"field": field, "message": error.detail}]


def _problem(error: FullhouseError) -> dict[str, object]:
    problem: dict[str, object] = msgspec.json.decode(PROBLEMS.response(error).body)
    return problem


@pytest.mark.parametrize("kind", [DatabaseUnavailable, DatabaseBusy])
def test_words_of_the_database_are_not_for_clients(
    kind: type[DatabaseUnavailable | DatabaseBusy],
) -> None:
    words = "password authentication failed for user \"fullhouse\" at ('10.0.0.5', 5432)"
    response = PROBLEMS.response(kind(words))
    assert response.status == 503
    assert b"10.0.0.5" not in response.body
    assert kind.message.encode() in response.body
