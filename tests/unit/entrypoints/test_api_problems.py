"""Errors as HTTP responses: each has a status, and shows its details unless it is internal."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from http import HTTPStatus
from typing import Annotated, Literal
from uuid import UUID

import msgspec
import pytest
from tests.builders.site_client import a_request

from fullhouse.booking import errors as booking
from fullhouse.booking.model.slot import Alternative, SlotId
from fullhouse.entrypoints.api import assembly
from fullhouse.entrypoints.api.field_descriptions import FIELDS
from fullhouse.entrypoints.api.problem_examples import EXAMPLES
from fullhouse.entrypoints.api.problems import PROBLEMS, STATUS
from fullhouse.http.operations import decoding
from fullhouse.http.operations.application import ApiApp
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


ACTION = re.compile(
    r"(?:^|[.;] |, and |, or )(?:Add|Ask|Cancel|Change|Check|Choose|Correct|End|Fetch|Hold|Make|"
    r"Move|Repeat|Remove|Send|Set|Sign|Try|Use|Wait|try again)\b"
)
"""A sentence, or a part of one, that says what to do."""


def test_every_default_sentence_says_what_to_do() -> None:
    for kind in every_error():
        if kind.__module__.startswith("fullhouse."):
            is_ours = PROBLEMS.status_of(kind) == HTTPStatus.INTERNAL_SERVER_ERROR
            shown = FullhouseError.message if is_ours else kind.message
            assert ACTION.search(shown), f"{kind.__name__}: {shown}"


def test_the_detail_of_an_example_says_what_to_do() -> None:
    for kind in EXAMPLES:
        assert ACTION.search(EXAMPLES[kind].detail), kind.__name__


def test_every_member_of_a_problem_is_described() -> None:
    names = {name for kind in STATUS for name in kind.attribute_names}
    assert names - FIELDS.keys() == set()


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
        ("Object contains unknown field `prty`", "prty"),
        ("Object missing required field `party`", "party"),
        ("Object missing required field `name` - at `$.customer`", "customer.name"),
        ("Expected `object`, got `array`", "body"),
    ],
)
def test_the_field_is_parsed_from_the_validation_error(message: str, field: str) -> None:
    error = decoding.invalid_field(msgspec.ValidationError(message), dict)
    assert _problem(error)["errors"] == [{"field": field, "message": error.detail}]
    assert ACTION.search(error.detail), error.detail


class _Sample(msgspec.Struct, forbid_unknown_fields=True):
    """One field of each sort that bodies have."""

    party: Annotated[int, msgspec.Meta(ge=1, le=8)] = 1
    name: Annotated[str, msgspec.Meta(min_length=2, max_length=4)] = "Ana"
    country: Annotated[str, msgspec.Meta(pattern="^[A-Z]{2}$", description="Two letters: US.")] = (
        "US"
    )
    event: Annotated[str, msgspec.Meta(pattern="^[0-9]{1,19}$", examples=["4711"])] = "1"
    kind: Literal["a", "b"] = "a"
    id: UUID = UUID(int=1)
    day: date = date(2027, 6, 12)
    at: Annotated[datetime, msgspec.Meta(tz=True)] = NINE
    note: Annotated[str, msgspec.Meta(min_length=1)] = "x"
    party_max: int | None = None
    slots: Annotated[list[UUID], msgspec.Meta(min_length=1, max_length=2)] = msgspec.field(
        default_factory=lambda: [UUID(int=1)]
    )


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        ({"party": "two"}, "Send a whole number instead of text."),
        ({"party": 0}, "Send a number of at least 1."),
        ({"party": 9}, "Send a number of at most 8."),
        ({"name": "A"}, "Send at least 2 characters."),
        ({"name": "Anabel"}, "Send at most 4 characters."),
        ({"kind": "c"}, "Send one of the values that the documentation lists, not 'c'."),
        ({"id": "x"}, "Send an id as an earlier answer gave it."),
        ({"day": "12.6."}, "Send a day such as 2027-06-12 in ISO 8601."),
        ({"slots": []}, "Send at least one entry."),
        ({"slots": [str(UUID(int=1))] * 3}, "Send at most 2 entries."),
        ({"note": ""}, "Send at least one character."),
        ({"party_max": 1.5}, "Send a whole number or null instead of a number."),
        ({"at": "2027-06-12T08:30:00"}, "Send a time with its offset or Z."),
        ({"prty": 1}, "Remove the field `prty`, or correct its name."),
        ({"country": "usa"}, "Send a value of this form: Two letters: US."),
        ({"event": "x"}, "Send a value of this form: 4711"),
        ([], "Send an object instead of a list."),
    ],
)
def test_an_invalid_body_is_answered_with_what_to_send(body: object, detail: str) -> None:
    with pytest.raises(msgspec.ValidationError) as caught:
        msgspec.convert(body, _Sample)
    assert decoding.invalid_field(caught.value, _Sample).detail == detail


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


def test_programs_that_are_refused_together_are_to_come_back_at_different_times() -> None:
    api = ApiApp((), (), PROBLEMS)
    responses = [api.overload_response(a_request("POST", "/")) for _ in range(4)]
    assert [dict(one.headers)[b"retry-after"] for one in responses] == [b"1", b"2", b"3", b"1"]
