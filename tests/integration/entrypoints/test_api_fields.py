"""What a request says is read with care: every field, every form of JSON, every length."""

import pytest
from tests.builders.api_client import Answer, ApiClient, a_booking_body

WRONG: list[tuple[dict[str, object], str]] = [
    ({"party": 0}, "party"),
    ({"party": 501}, "party"),
    ({"party": 2**70}, "party"),
    ({"party": "2"}, "party"),
    ({"party": None}, "party"),
    ({"slot": "not-an-id"}, "slot"),
    ({"slot": None}, "slot"),
    ({"slots": []}, "slots"),
    ({"hold": "01977f6e-8c00-7000-8000-00000000002a"}, "hold"),
    ({"customer": {"name": "", "email": "a@example.org"}}, "customer.name"),
    ({"customer": {"name": "Ada\nBcc: x", "email": "a@example.org"}}, "customer.name"),
    ({"customer": {"name": "   ", "email": "a@example.org"}}, "customer.name"),
    ({"customer": {"name": "A" * 201, "email": "a@example.org"}}, "customer.name"),
    ({"customer": {"name": "Ada", "email": "nobody"}}, "customer.email"),
    (
        {"customer": {"name": "Ada", "email": "a@example.org", "phone": "call me"}},
        "customer.phone",
    ),
    ({"customer": {"name": "A\u0000da", "email": "a@example.org"}}, "customer.name"),
    ({"source": {"utm_source": "x\u0000"}}, "body"),
    ({"source": {"UTM SOURCE": "x"}}, "source"),
    ({"source": {"utm_source\n": "x"}}, "source"),
    ({"locale": "not a language"}, "locale"),
    ({"locale": "en\n"}, "locale"),
    ({"prty": 2}, "prty"),
]


async def test_every_invalid_field_is_named(api: ApiClient, subtests: pytest.Subtests) -> None:
    slot = await api.business.a_slot()
    for change, field in WRONG:
        with subtests.test(str(change)[:80]):
            answer = await api.post("/bookings", {**a_booking_body(slot), **change})
            assert (answer.status, answer.code) == (422, "invalid_input"), answer.body
            assert _errors(answer)[0]["field"].startswith(field)


async def test_body_that_is_not_json_is_a_bad_request(
    api: ApiClient, subtests: pytest.Subtests
) -> None:
    for content in (
        b"",
        b"{",
        b"nope",
        b'{"party": 1e}',
        b"\xff\xfe",
        b'{"locale": "\\ud800"}',
    ):
        with subtests.test(str(content)):
            answer = await api.ask(
                "POST", "/bookings", content=content, headers={"Content-Type": "application/json"}
            )
            assert (answer.status, answer.code) == (400, "bad_json")


async def test_other_media_type_or_long_body_is_refused(api: ApiClient) -> None:
    as_form = await api.ask(
        "POST",
        "/bookings",
        content=b"party=2",
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    )
    assert (as_form.status, as_form.code) == (415, "unsupported_media_type")
    for header, value in (
        ("Content-Encoding", "gzip"),
        ("Content-Encoding", "br, gzip"),
        ("Content-Type", "application/json; charset=utf-16"),
        ("Content-Type", 'application/json; Charset="ISO-8859-1"'),
    ):
        coded = await api.ask("POST", "/bookings", content=b"{}", headers={header: value})
        assert (coded.status, coded.code, coded.json["sent"]) == (
            415,
            "unsupported_media_type",
            value,
        )
    for header, value in (
        ("Content-Encoding", "identity"),
        ("Content-Type", "application/json; charset=UTF-8"),
    ):
        plain = await api.ask("POST", "/bookings", content=b"{}", headers={header: value})
        assert (plain.status, plain.code) == (422, "invalid_input")
    long = await api.ask(
        "POST",
        "/bookings",
        content=b" " * (64 * 1024 + 1),
        headers={"Content-Type": "application/json"},
    )
    assert (long.status, long.code) == (413, "too_large")


def _errors(answer: Answer) -> list[dict[str, str]]:
    errors = answer.json["errors"]
    assert isinstance(errors, list)
    return errors
