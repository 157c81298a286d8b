import io
import json
import logging
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID

import asyncpg
import pytest
from typing_extensions import override

from fullhouse.kernel.clock import ManualClock
from fullhouse.kernel.errors import InvalidInput
from fullhouse.messages.errors import RecipientRejected
from fullhouse.telemetry import correlation
from fullhouse.telemetry.error_summaries import traceback_of
from fullhouse.telemetry.log import LogForm, get_logger, start_logging
from fullhouse.telemetry.secrets import redact
from fullhouse.telemetry.writer import AsyncLogWriter

ID = UUID("01890000-0000-7000-8000-000000000001")


def lines_of(stream: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_line_is_json_with_logger_level_time_and_fields() -> None:
    stream = io.StringIO()
    logs = start_logging(form="json", level="info", stream=stream)
    get_logger("booking").info("booked", party=2)
    logs.close()
    (line,) = lines_of(stream)
    assert line["event"] == "booked"
    assert line["party"] == 2
    assert line["logger"] == "booking"
    assert line["level"] == "info"
    assert str(line["timestamp"]).endswith("Z")


@pytest.mark.parametrize("form", ["json", "pretty"])
def test_line_break_in_a_value_begins_no_line_of_its_own(form: LogForm) -> None:
    stream = io.StringIO()
    logging_ = start_logging(form=form, level="info", stream=stream)
    try:
        get_logger("test").info("http.noted", route="/a\n2027-06-01 [error] forged\r\x1b[31m")
    finally:
        logging_.close()
    written = stream.getvalue()
    assert written.count("\n") == 1
    assert "\r" not in written
    assert "\x1b" not in written
    assert "forged" in written


def test_own_and_library_lines_carry_the_correlation_id() -> None:
    stream = io.StringIO()
    logs = start_logging(form="json", level="info", stream=stream)
    with correlation.bind(ID):
        get_logger("booking").info("ours")
        logging.getLogger("somebody").warning("theirs: %s", 1)
    get_logger("booking").info("outside")
    logs.close()
    ours, theirs, outside = lines_of(stream)
    assert ours["correlation_id"] == str(ID)
    assert theirs["correlation_id"] == str(ID)
    assert theirs["event"] == "theirs: 1"
    assert "correlation_id" not in outside


def test_binding_ends_with_its_block() -> None:
    assert correlation.current() is None
    with correlation.bind(ID):
        assert correlation.current() == ID
    assert correlation.current() is None


def test_secrets_are_masked_by_name_and_by_form() -> None:
    stream = io.StringIO()
    logs = start_logging(form="json", level="info", stream=stream)
    get_logger("smtp").info(
        "connecting to smtp://anna:hunter2@mail.example:587",
        password="hunter2",
        headers={"Authorization": "Bearer abcdefghijkl", "x": "y"},
        note="sent Basic aHVudGVyMjpodW50ZXIy",
    )
    logs.close()
    text = stream.getvalue()
    assert "hunter2" not in text
    assert "abcdefghijkl" not in text
    assert "aHVudGVyMjpodW50ZXIy" not in text
    assert "mail.example:587" in text
    assert '"x": "y"' in text


def test_a_password_is_masked_also_in_a_text_that_is_long_and_glued_to_it() -> None:
    """In time that grows with the text alone: a client may have written it."""
    long = "a" * 100_000
    text = f"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaasmtp://anna:hunter2@mail.example {long}"
    assert str(redact(text)).endswith(f"smtp://***@mail.example {long}")


def test_deeply_nested_values_are_masked() -> None:
    deep: dict[str, object] = {"password": "hunter2"}
    for _ in range(10):
        deep = {"inside": deep}
    assert "hunter2" not in repr(redact(deep))


def test_library_error_is_logged_with_its_traceback() -> None:
    stream = io.StringIO()
    logs = start_logging(form="json", level="info", stream=stream)
    try:
        int("smtp://anna:hunter2@mail.example")
    except ValueError:
        logging.getLogger("somebody").exception("it broke")
    logs.close()
    (line,) = lines_of(stream)
    assert "ValueError" in str(line["exception"])
    assert "hunter2" not in str(line["exception"])


def test_lines_below_the_level_are_not_written() -> None:
    stream = io.StringIO()
    logs = start_logging(form="pretty", level="warning", stream=stream)
    get_logger("x").info("quiet")
    get_logger("x").warning("loud")
    logs.close()
    assert "loud" in stream.getvalue()
    assert "quiet" not in stream.getvalue()


class StuckStream(io.StringIO):
    """A terminal that nobody reads from until it is released."""

    def __init__(self) -> None:
        super().__init__()
        self.released = threading.Event()
        self.entered = threading.Event()

    @override
    def write(self, text: str, /) -> int:
        self.entered.set()
        assert self.released.wait(10)
        return super().write(text)


def test_stuck_stream_drops_and_counts_lines_without_blocking() -> None:
    stream = StuckStream()
    writer = AsyncLogWriter(stream, queue_max=2)
    writer.write("first")
    assert stream.entered.wait(10)
    for number in range(5):
        writer.write(str(number))
    stream.released.set()
    writer.close()
    assert "first\n" in stream.getvalue()
    assert "3 log lines were dropped" in stream.getvalue()


def test_closed_stream_raises_nothing() -> None:
    stream = io.StringIO()
    writer = AsyncLogWriter(stream)
    stream.close()
    writer.write("nobody hears this")
    writer.close()
    writer.close()
    assert "log-writer" not in {thread.name for thread in threading.enumerate()}


PERSON = "ada.lovelace@example.org"


def test_log_has_the_type_code_and_frames_of_an_error_and_never_its_words() -> None:
    """The words of an error quote rows, requests and the answers of other servers."""
    forms: tuple[LogForm, ...] = ("json", "pretty")
    for form in forms:
        stream = io.StringIO()
        logs = start_logging(form=form, level="info", stream=stream)
        try:
            try:
                raise asyncpg.UniqueViolationError(f"Key (email)=({PERSON}) already exists.")
            except asyncpg.PostgresError as error:
                raise InvalidInput(f"{PERSON} is invalid", field="email") from error
        except InvalidInput as error:
            get_logger("jobs").error("failed", error=error, exc_info=error)
            get_logger("jobs").exception("failed")
            get_logger("jobs").error("failed", exc_info=True)
            logging.getLogger("library").exception("failed")
        get_logger("jobs").warning("refused", error=ConnectionRefusedError(111, f"no {PERSON}"))
        logs.close()
        text = stream.getvalue()
        assert PERSON not in text
        assert text.count("UniqueViolationError 23505") == 4
        assert text.count("InvalidInput") >= 4
        assert text.count("test_telemetry_log.py") >= 8, "each traceback names its frames"
        assert "ConnectionRefusedError ECONNREFUSED" in text


def test_traceback_of_a_group_and_of_a_long_chain_is_short() -> None:
    error: Exception = ExceptionGroup(PERSON, [ValueError(PERSON), KeyError(PERSON)])
    for _ in range(20):
        outer = RuntimeError(PERSON)
        outer.__cause__ = error
        error = outer
    assert len(traceback_of(error).splitlines()) <= 10
    group = traceback_of(ExceptionGroup(PERSON, [ValueError(PERSON), KeyError(PERSON)]))
    assert group.split() == ["ExceptionGroup", "with", "ValueError", "with", "KeyError"]


def test_one_error_has_a_few_lines_a_minute_and_the_rest_is_counted() -> None:
    stream, clock = io.StringIO(), ManualClock(datetime(2027, 6, 12, tzinfo=UTC))
    logs = start_logging(form="json", level="info", stream=stream, clock=clock)

    def fail(event: str, read: Callable[[str], object] = int) -> None:
        try:
            read(PERSON)
        except (ValueError, TypeError) as error:
            get_logger("http").error(event, exc_info=error)

    for _ in range(40):
        fail("failed")
    fail("failed", UUID)
    fail("another")
    get_logger("http").error("failed", exc_info=ValueError("raised nowhere"))
    clock.advance(timedelta(seconds=61))
    fail("failed")
    fail("failed")
    logs.close()
    lines = lines_of(stream)
    assert [line["event"] for line in lines[:5]] == ["failed"] * 5
    assert len(lines) == 5 + 3 + 2
    assert [line.get("left_out") for line in lines] == [None] * 8 + [35, None]


def test_the_line_of_an_error_is_short_however_deep_it_was_raised() -> None:
    stream = io.StringIO()
    logs = start_logging(form="json", level="info", stream=stream)

    def deeper(left: int) -> None:
        if not left:
            raise ValueError
        try:
            deeper(left - 1)
        except ValueError as error:
            raise RuntimeError from error

    try:
        deeper(200)
    except RuntimeError as error:
        get_logger("http").error("failed", exc_info=error)
    logs.close()
    assert len(stream.getvalue().splitlines()) == 1
    assert len(stream.getvalue()) < 16_000


class Terminal(io.StringIO):
    @override
    def isatty(self) -> bool:
        return True


def said_in_plain_text(stream: io.StringIO) -> str:
    """The lines about a refused address and a library's warning, in the form for people."""
    logs = start_logging(form="pretty", level="info", stream=stream)
    error = RecipientRejected("Refused.", smtp_code=550, reply="<ada@example.org>: no such user")
    get_logger("messages").info("messages.undeliverable", kind="confirmation", error=error)
    logging.getLogger("library").warning("the pool is full")
    logs.close()
    return stream.getvalue()


def test_a_refused_address_is_one_line_without_colours_and_without_the_address() -> None:
    lines = said_in_plain_text(io.StringIO()).splitlines()
    assert len(lines) == 2
    assert "messages.undeliverable" in lines[0]
    assert "550" in lines[0]
    assert "\x1b" not in "".join(lines)
    assert "ada" not in lines[0]


def test_colours_are_for_terminals_that_want_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert "\x1b[" in said_in_plain_text(Terminal())
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[" not in said_in_plain_text(Terminal())
