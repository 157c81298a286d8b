"""Requests damaged byte by byte, on real sockets: an answer of one of few statuses, or a close.

`FULLHOUSE_MALFORMED` is the number of connections, a tenth of it by default. The seed is fixed.
"""

import asyncio
import os
import re
from collections import Counter
from random import Random
from typing import Final

import pytest
from structlog.testing import capture_logs
from tests.builders.http_server import a_root_app, a_server, exchange

from fullhouse.telemetry.metrics import MetricRegistry

CONNECTIONS: Final = int(os.environ.get("FULLHOUSE_MALFORMED", "5000")) // 10
TOGETHER: Final = 20
SEED: Final = 2027
VALID: Final = (
    b"POST /api/echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello",
    (
        b"POST /api/echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"2;a=b\r\nhi\r\n0\r\nX: y\r\n\r\n"
    ),
    b"POST /api/echo HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\nabc",
    b"GET /api/two HTTP/1.1\r\nHost: x\r\nConnection: keep-alive\r\n\r\n",
    b"GET /api/slow/a%20b?c=%zz HTTP/1.0\r\nHost: x\r\n\r\n",
    b"GET http://x/livez HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n",
    b"HEAD /livez HTTP/1.1\r\nHost: x\r\n\r\n",
    b"OPTIONS * HTTP/1.1\r\nHost: x\r\nOrigin: http://[\r\n\r\n",
)
TOKENS: Final = (
    *(b"\r\n", b"\n", b"\r", b"\x00", b" ", b":", b"\t", b",", b"\xff", b"\r\n\r\n", b"0", b"-1"),
    *(b"chunked", b"FFFFFFFF", b"HTTP/1.1", b"Content-Length: 9\r\n", b"Connection: close\r\n"),
    b"Transfer-Encoding: chunked\r\n",
)
STATUSES: Final = {"100", "200", "204", "400", "404", "405", "408", "413", "431", "501", "505"}


def damaged(random: Random) -> bytes:
    """One to three valid requests, with up to four bytes or pieces changed, added or removed."""
    data = bytearray(b"".join(random.choices(VALID, k=random.randrange(1, 4))))
    for _ in range(random.randrange(5)):
        at, other = random.randrange(len(data)), random.randrange(len(data))
        match random.randrange(4):
            case 0:
                data[at] = random.randrange(256)
            case 1:
                data[at:at] = random.choice(TOKENS)
            case 2:
                del data[at : at + random.randrange(1, 8)]
            case _:
                data[at:at] = data[other : other + 20]
    return bytes(data)


async def statuses_of(port: int, data: bytes, split: int) -> list[str]:
    """The statuses that a client reads; none where the server cut it off while it still sent."""
    try:
        answer = await exchange(port, data[:split], data[split:], half_close=True)
    except OSError:
        return []
    return [status.decode() for status in re.findall(rb"HTTP/1\.1 (\d{3}) [A-Z]", answer)]


@pytest.mark.timeout(300)
async def test_damaged_requests_are_answered_or_refused_and_harm_nobody() -> None:
    random = Random(SEED)  # noqa: S311 - the same in every run
    metrics, seen = MetricRegistry(), Counter[str]()
    with capture_logs() as lines:
        async with a_server(a_root_app(metrics), metrics) as port:
            for _ in range(CONNECTIONS // TOGETHER):
                sent = [damaged(random) for _ in range(TOGETHER)]
                async with asyncio.TaskGroup() as group:
                    asked = [
                        group.create_task(statuses_of(port, one, random.randrange(len(one))))
                        for one in sent
                    ]
                for task in asked:
                    seen.update(task.result())
            assert await statuses_of(port, VALID[0], 0) == ["200"]
    assert seen.keys() <= STATUSES
    assert min(seen["200"], seen["400"]) > CONNECTIONS // 10
    assert not [line for line in lines if line["log_level"] == "error"]
