"""The verdict of an outage: each bad figure turns it red, and says why."""

import asyncio
from contextlib import suppress

import msgspec
import pytest

from fullhouse.capacity.bench.programs import free_port
from fullhouse.capacity.outage.line import HOST, LineMode, faulty_line
from fullhouse.capacity.outage.outages import OUTAGES
from fullhouse.capacity.outage.report import HEADINGS, OutageReport, OutageResult, joined

HELD = OutageResult(
    name="make-down",
    what="503 to all",
    acknowledged=40,
    stored=40,
    unanswered=0,
    heard=40,
    lost=0,
    doubled=0,
    calls=44,
    waited_seconds_max=0.2,
    settled_seconds=8.0,
)


def test_an_outage_in_which_nothing_is_lost_is_well() -> None:
    assert HELD.broken == []
    assert len(list(HELD.cells)) == len(HEADINGS)
    report = OutageReport(8.0, [HELD], not_played=["redis-down"], broken_rules=[])
    assert report.ok
    assert msgspec.json.decode(msgspec.json.encode(report.to_dict()))["ok"]
    assert [line.split()[0] for line in report.lines] == ["Not", "No"]


def test_what_was_played_side_by_side_is_one_table() -> None:
    other = msgspec.structs.replace(HELD, name="smtp-down", lost=1)
    report = joined(
        [
            OutageReport(8.0, [HELD], ["redis-down"], ["A slot is oversold"]),
            OutageReport(8.0, [other], [], ["A slot is oversold"]),
        ]
    )
    assert not report.ok
    assert report.broken_rules == ["A slot is oversold"]
    assert report.not_played == ["redis-down"]
    *_, first, second = report.markdown
    assert first == "| make-down | 40 | 40 | 40 | 0 | 0 | 44 | 0.2 s | 8 s |"
    assert second == "| smtp-down | 40 | 40 | 40 | 1 | 0 | 44 | 0.2 s | 8 s |"


@pytest.mark.parametrize(
    ("figures", "sentence"),
    [
        ({"stored": 39}, "40 bookings were acknowledged and 39 stored"),
        ({"stored": 41}, "40 bookings were acknowledged and 41 stored"),
        ({"unanswered": 1}, "1 guests got no answer"),
        ({"unanswered": 1, "stored": 42}, "40 bookings were acknowledged and 42 stored"),
        ({"lost": 1}, "1 guests heard nothing"),
        ({"doubled": 2}, "2 guests heard twice"),
        ({"settled_seconds": None, "lost": 3}, "3 guests had not heard yet, and work was left"),
    ],
)
def test_each_loss_fails_it(figures: dict[str, float | None], sentence: str) -> None:
    broken = msgspec.convert({**msgspec.to_builtins(HELD), **figures}, OutageResult)
    assert any(sentence in one for one in broken.broken)
    report = OutageReport(8.0, [broken], not_played=[], broken_rules=[])
    assert not report.ok
    assert any(sentence in line for line in report.lines)


def test_a_broken_rule_fails_it() -> None:
    report = OutageReport(8.0, [HELD], not_played=[], broken_rules=["A slot is oversold"])
    assert not report.ok
    assert any("A slot is oversold" in line for line in report.lines)


def test_every_service_is_played_in_every_way_that_can_be_told_from_outside() -> None:
    modes = {(one.service, one.mode) for one in OUTAGES.values()}
    for service in ("make", "smtp", "sms", "database", "redis"):
        assert {(service, mode) for mode in ("down", "slow", "flapping")} <= modes
    for service in ("make", "smtp", "sms", "program"):
        assert {(service, mode) for mode in ("doubled", "timeout_after_effect")} <= modes
    assert {("make", "lying"), ("program", "lying")} <= modes


async def test_a_line_is_open_silent_refused_and_open_again() -> None:
    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while chunk := await reader.read(10):
                writer.write(chunk)
        writer.transport.abort()

    server = await asyncio.start_server(echo, HOST, 0)
    port = server.sockets[0].getsockname()[1]
    async with (
        server,
        faulty_line(lambda: asyncio.open_connection(HOST, port), free_port()) as line,
    ):
        reader, writer = await asyncio.open_connection(HOST, line.port)
        writer.write(b"one")
        assert await reader.readexactly(3) == b"one"
        await line.set(LineMode.SILENT)
        writer.write(b"two")
        answer = asyncio.ensure_future(reader.readexactly(3))
        await asyncio.sleep(0.05)
        assert not answer.done()
        await line.set(LineMode.OPEN)
        assert await answer == b"two"
        await line.set(LineMode.REFUSED)
        with pytest.raises(OSError, match=r"."):
            await asyncio.open_connection(HOST, line.port)
        with pytest.raises((OSError, asyncio.IncompleteReadError)):
            await reader.readexactly(1)
        writer.close()
        await line.set(LineMode.OPEN)
        _, again = await asyncio.open_connection(HOST, line.port)
        again.close()
        await again.wait_closed()
    await asyncio.sleep(0.05)
