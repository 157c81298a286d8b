"""Malformed requests by the thousand: each is answered as an error of the client, never of ours.

`FULLHOUSE_MALFORMED` is their number. The seed is fixed, so that a failure can be repeated.
"""

import os
from collections.abc import AsyncIterator
from datetime import timedelta
from random import Random
from typing import Final

import msgspec
import pytest
from tests.builders.api_client import ApiClient, an_api_client
from tests.builders.business import Business
from tests.builders.site_client import a_request

from fullhouse.bootstrap.application import Application
from fullhouse.http.request import Request
from fullhouse.kernel.clock import ManualClock

REQUESTS: Final = int(os.environ.get("FULLHOUSE_MALFORMED", "5000"))
SEED: Final = 2027
HOSTILE_TEXTS: Final = (
    *("", " ", "\x00", "a\x00b", "\ud800", "\U0010ffff", "é" * 50, "../../etc/passwd", "%", "%zz"),
    *("0", "-1", "1e999", "99999999999999999999", "NaN", "true", "null", "[]", "{}", "'; DROP--"),
    *("2027-02-30", "0000-00-00", "9999-12-31", "sunflowers", "meadow", "A" * 3000),
    *("00000000-0000-0000-0000-000000000000", "AAAAAAAA", "\r\nX-Evil: 1", "<script>"),
)
VALUES: Final[tuple[object, ...]] = (
    *(None, True, 0, -1, 1.5, 2**31, 2**63, 2**70, 1e308, [], [[]], {}, {"a": {"b": []}}),
    *HOSTILE_TEXTS,
)
HEADERS: Final = (
    (b"content-type", b"application/json"),
    (b"content-type", b"text/plain"),
    (b"content-type", b""),
    (b"content-type", b"text/calendar"),
    (b"content-length", b"-5"),
    (b"content-length", b"99999999999999999999"),
    (b"authorization", b"Bearer"),
    (b"authorization", b"Bearer fh_\xff\xfe"),
    (b"authorization", b"Basic QTpC"),
    (b"cookie", b"fullhouse_staff=\xff; ;;=;"),
    (b"idempotency-key", b"\xff"),
    (b"if-none-match", b'W/"x", *, "'),
    (b"if-match", b'W/"x", *, "99999999999999999999"'),
    (b"if-match", b"\xff"),
    (b"x-request-id", b"\x80"),
    (b"x-forwarded-for", b"::::, 999.1.1.1"),
    (b"accept-language", b"xx;q=nan, *;q=9"),
    (b"host", b"\xff"),
    (b"origin", b"null"),
)
PAGES: Final = (
    *("/{x}", "/meadow/{x}", "/meadow/{x}/holds", "/meadow/sunflowers/holds/{x}"),
    *("/meadow/b/{x}", "/meadow/b/{x}/change", "/meadow/w/{x}", "/admin/{x}/today"),
    *("/admin/enter/{x}", "/admin/meadow/bookings/{x}", "/static/{x}", "/meadow/sunflowers"),
)


@pytest.fixture
async def api(app: Application, business: Business) -> AsyncIterator[ApiClient]:
    api = await an_api_client(app, business)
    async with api.client:
        yield api


@pytest.mark.timeout(600)
async def test_no_malformed_request_is_a_server_error(api: ApiClient, clock: ManualClock) -> None:
    await api.business.slots(3)
    random = Random(SEED)  # noqa: S311 - the same in every run
    for number in range(REQUESTS):
        clock.advance(timedelta(milliseconds=200))
        request, body = _malformed(api, random)
        status = (await api.root(request)).status
        assert status < 500, (number, request.path, request.query_string, body[:300])


def _malformed(api: ApiClient, random: Random) -> tuple[Request, bytes]:
    if random.random() < 0.3:
        path = random.choice(PAGES).replace("{x}", random.choice(HOSTILE_TEXTS))
        method, body = random.choice(("GET", "POST", "PUT", "PATCH")), random.randbytes(40)
    else:
        operation = random.choice(api.root.api.operations)
        while operation.path.endswith("/live"):
            operation = random.choice(api.root.api.operations)
        method, path = operation.method, operation.path.replace("{org}", "meadow")
        for name in operation.path_parameters:
            path = path.replace("{" + name + "}", random.choice(HOSTILE_TEXTS))
        example = next(iter(operation.body.examples.values())) if operation.body else {}
        body = _broken(example, random)
    headers = random.sample(HEADERS, random.randrange(4))
    if random.randrange(2):
        headers.append((b"authorization", f"Bearer {api.key}".encode()))
    if random.randrange(2):
        headers.insert(0, (b"content-type", b"application/json"))
    names = ("from", "to", "party", "cursor", "limit", "status", "token", "date", "day", "slot")
    query = "&".join(f"{random.choice(names)}={random.choice(HOSTILE_TEXTS)}" for _ in range(3))
    # As a server would give it: bytes that are no UTF-8 have become replacement characters
    text = path.encode("utf-8", "surrogatepass").decode("utf-8", "replace")
    asked = query.encode("utf-8", "surrogatepass")
    return a_request(method, text, query=asked, headers=dict(headers), body=body), body


def _broken(example: object, random: Random) -> bytes:
    """The body of a good request with a field or a few bytes of it damaged."""
    if isinstance(example, dict) and example and random.randrange(4):
        damaged = dict(example)
        damaged[random.choice([*example, "more"])] = random.choice(VALUES)
        return msgspec.json.encode(damaged, enc_hook=str) if _is_text(damaged) else b'"\\ud800"'
    body = bytearray(example.encode() if isinstance(example, str) else msgspec.json.encode(example))
    for _ in range(random.randrange(1, 6)):
        body[random.randrange(len(body))] = random.randrange(256)
    return bytes(body)


def _is_text(value: object) -> bool:
    return "\\ud800" not in repr(value)
