"""Bodies of forms: in the characters and coding that are decoded, or refused."""

import pytest
from tests.builders.site_client import a_request

from fullhouse.http.errors import BodyTooLarge, WrongMediaType
from fullhouse.http.limits import BODY_BYTES_MAX
from fullhouse.http.multipart import SubmittedForm, parse_multipart
from fullhouse.http.request import Request

FORM = b"application/x-www-form-urlencoded"


def a_form(body: bytes, **headers: bytes) -> Request:
    named = {name.replace("_", "-").encode(): value for name, value in headers.items()}
    request = a_request("POST", "/", headers={b"content-type": FORM, **named}, body=body)
    request.body_bytes_max = len(body)
    return request


@pytest.mark.parametrize(
    "headers",
    [
        {"content_encoding": b"gzip"},
        {"content_encoding": b"identity, br"},
        {"content_type": FORM + b"; charset=iso-8859-1"},
        {"content_type": b"application/json"},
        {"content_type": b"text/plain; charset=utf-8"},
    ],
)
async def test_what_is_coded_otherwise_or_is_no_form_is_refused(headers: dict[str, bytes]) -> None:
    with pytest.raises(WrongMediaType):
        await a_form(b"name=Ada", **headers).form()


@pytest.mark.parametrize("kind", [FORM, FORM.upper(), FORM + b' ; charset="UTF-8"', b""])
async def test_a_form_in_utf_8_is_read(kind: bytes) -> None:
    fields = await a_form(b"name=M%C3%BCller", content_type=kind).form()
    assert fields == {"name": "M\N{LATIN SMALL LETTER U WITH DIAERESIS}ller"}


@pytest.mark.parametrize("body", [b"name=M%FCller", b"name=M\xfcller"])
async def test_a_name_in_other_characters_is_not_kept_as_another(body: bytes) -> None:
    request = a_form(body)
    assert "M\N{REPLACEMENT CHARACTER}ller" not in (await request.form()).values()


async def test_a_field_beside_a_file_in_other_characters_is_not_kept_as_another() -> None:
    body = b'--x\r\nContent-Disposition: form-data; name="name"\r\n\r\nM\xfcller\r\n--x--\r\n'
    assert await parse_multipart(body, "multipart/form-data; boundary=x") == SubmittedForm()


async def test_a_form_without_files_is_no_longer_than_others_where_files_may_be_sent() -> None:
    longest = b"name=".ljust(BODY_BYTES_MAX, b"a")
    assert "name" in (await a_form(longest).form_with_files()).fields
    request = a_form(longest + b"%")
    with pytest.raises(BodyTooLarge):
        await request.form_with_files()
    assert request.form_read == {}
