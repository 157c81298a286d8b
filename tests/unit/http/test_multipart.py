"""Forms with files, as browsers send them and as nobody should."""

from string import ascii_lowercase

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fullhouse.http.limits import (
    FORM_BYTES_PER_TURN_MAX,
    FORM_FIELDS_MAX,
    FORM_TEXT_BYTES_MAX,
    PART_HEAD_BYTES_MAX,
)
from fullhouse.http.multipart import SubmittedForm, parse_multipart

WORDS = st.text(ascii_lowercase + "_", min_size=1, max_size=20)
NAMES = st.one_of(WORDS, st.tuples(WORDS, WORDS).map(".".join))
NONE = SubmittedForm()
TYPE = "multipart/form-data; boundary=x"


def part(name: str, content: bytes = b"1", *, more: bytes = b"") -> bytes:
    head = f'\r\nContent-Disposition: form-data; name="{name}"'.encode()
    return b"--x" + head + more + b"\r\n\r\n" + content + b"\r\n"


END = b"--x--\r\n"


def parsed_in_turns(body: bytes, kind: str) -> tuple[SubmittedForm, int]:
    """The form, and how often others had the event loop while it was parsed."""
    parsing = parse_multipart(body, kind)
    turns = 0
    while True:
        try:
            parsing.send(None)
        except StopIteration as end:
            return end.value, turns
        turns += 1


def parsed(body: bytes, kind: str) -> SubmittedForm:
    return parsed_in_turns(body, kind)[0]


def sent(fields: dict[str, str], files: dict[str, tuple[str, bytes]]) -> tuple[bytes, str]:
    request = httpx.Request("POST", "http://book.example.org/", data=fields, files=files)
    return request.read(), request.headers["content-type"]


@given(
    st.dictionaries(NAMES, st.text(st.characters(codec="utf-8"), max_size=200), max_size=8),
    st.dictionaries(NAMES, st.binary(min_size=1, max_size=500), min_size=1, max_size=4),
)
def test_a_form_is_read_as_it_was_sent(fields: dict[str, str], files: dict[str, bytes]) -> None:
    body, kind = sent(fields, {name: (f"{name}.png", file) for name, file in files.items()})
    form = parsed(body, kind)
    assert (form.fields, form.files) == (fields, files)


@given(st.binary(max_size=300))
def test_any_bytes_are_a_form_or_none(body: bytes) -> None:
    for sent_body in (body, b"--x" + body + b"\r\n--x--"):
        form = parsed(sent_body, TYPE)
        assert all(file in body for file in form.files.values())


def test_a_field_without_a_chosen_file_has_none() -> None:
    chosen = part("logo.file", b"", more=b'; filename=""')
    assert parsed(part("name") + chosen + END, TYPE) == SubmittedForm({"name": "1"}, {})


def test_a_file_whose_name_looks_like_a_field_is_no_field() -> None:
    part = b'Content-Disposition: form-data; name="logo.file"; filename="a; name=b"\r\n\r\nbytes'
    body = b"--x\r\n" + part + b"\r\n--x--\r\n"
    assert parsed(body, TYPE) == SubmittedForm({}, {"logo.file": b"bytes"})


GOOD = part("a") + END


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (GOOD, "multipart/form-data"),
        (GOOD, "multipart/form-data; boundary="),
        (GOOD, "multipart/form-data; boundary=" + "x" * 71),
        (GOOD, "multipart/form-data; boundary=y"),
        (part("a"), TYPE),
        (b"", TYPE),
        (END, TYPE),
        (b"--x\r\n\r\n1\r\n" + END, TYPE),
        (part("a", more=b"; x=" + b"y" * PART_HEAD_BYTES_MAX) + END, TYPE),
        (b"".join(part(f"f{n}") for n in range(FORM_FIELDS_MAX + 1)) + END, TYPE),
        (part("a", b"t" * (FORM_TEXT_BYTES_MAX + 1)) + END, TYPE),
    ],
    ids=[
        "no boundary",
        "an empty boundary",
        "a long boundary",
        "another boundary",
        "no end",
        "no body",
        "no part",
        "no name",
        "a long head",
        "too many fields",
        "too much text",
    ],
)
def test_a_malformed_form_is_as_good_as_none(body: bytes, kind: str) -> None:
    assert parsed(body, kind) == NONE


def test_a_form_may_have_all_the_fields_there_may_be() -> None:
    body = b"".join(part(f"f{n}") for n in range(FORM_FIELDS_MAX)) + END
    assert len(parsed(body, TYPE).fields) == FORM_FIELDS_MAX
    assert parsed(GOOD, TYPE).fields == {"a": "1"}


@pytest.mark.parametrize("filling", [b"-", b"\r\n--", b"\r\n--x-", b"\r"])
def test_others_have_the_event_loop_while_a_long_file_is_searched(filling: bytes) -> None:
    pieces = 4
    file = filling * (pieces * FORM_BYTES_PER_TURN_MAX // len(filling))
    chosen = b'; filename="a.png"'
    body = (part("logo.file", file, more=chosen) + part("a") + END).replace(b"--x\r", b"--xy\r")
    body = body.replace(b"--x--", b"--xy--")
    form, turns = parsed_in_turns(body, TYPE + "y")
    assert form == SubmittedForm({"a": "1"}, {"logo.file": file})
    assert turns >= pieces - 1


def test_a_body_of_delimiters_is_not_searched_further_than_a_form_may_have_fields() -> None:
    body = b"--x" + b"\r\n--x" * FORM_BYTES_PER_TURN_MAX
    assert parsed_in_turns(body, TYPE) == (NONE, 0)
