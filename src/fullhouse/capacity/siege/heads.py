"""Attacks by request heads: without end, and made to break whoever reads them."""

from itertools import count

from fullhouse.capacity.bench.fixtures import OFFERING_SLUG, ORG_SLUG
from fullhouse.capacity.siege.attack import Attack, Attackers
from fullhouse.capacity.siege.client import Client

_RUNBOOK = "connections-at-bound"
_PIECE = b"a" * (256 * 1024)
_FORM = "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 6\r\n"


async def endless_header(attackers: Attackers) -> None:
    """Send a header field that does not end."""
    await _pour(attackers, b"GET /livez HTTP/1.1\r\nHost: localhost\r\nX-A: ")


async def endless_line(attackers: Attackers) -> None:
    """Send a request target that does not end."""
    await _pour(attackers, b"GET /livez?")


async def _pour(attackers: Attackers, opening: bytes) -> None:
    async def pour(client: Client, _number: int) -> None:
        await client.send(opening)
        while True:
            await client.send(_PIECE)

    await attackers.all_of(8, pour)


def hostile_requests() -> tuple[bytes, ...]:
    """Requests that a careless reader fails on: hosts, origins, lengths, and bytes of all kinds."""
    page = f"/{ORG_SLUG}/{OFFERING_SLUG}"
    hosts = ("x:y", "127.0.0.1:99999", "[", "[::1", "a b", "", "x" * 5_000, "\x00", "é", "a,b")
    origins = ("http://[", "http://x:99999", "null", "", "http://\xff", "//", "http://a b")
    heads = (
        "Content-Length: -1", "Content-Length: 1, 2", "Content-Length: 9" + "9" * 30,
        "Transfer-Encoding: chunked\r\nContent-Length: 5", "Transfer-Encoding: nonsense",
        "Connection: upgrade\r\nUpgrade: websocket", "Expect: nonsense", "Cookie: " + "=;" * 4_000,
        "Accept-Language: " + "x," * 4_000, "Accept: " + ";q=" * 2_000, "Range: bytes=-1",
        "If-None-Match: \x80\xff", "X-Forwarded-For: " + "1," * 4_000, "Authorization: Bearer \xff",
        "Idempotency-Key: " + "k" * 9_000, "X-Request-Id: \x01", "No colon", ": no name", " folded",
    )  # fmt: skip
    targets = (
        "/%00", "/%ff%fe", "//", "/" + "a/" * 3_900, "/..%2f..%2fetc/passwd", "http://[/", "*",
        "/?" + "&" * 7_000, f"{page}?day=%ff", f"{page}?day=99999-01-01", "x", "/\xff",
        "/?a=\x00",
    )  # fmt: skip
    lines = (
        *(f"GET {page} HTTP/1.1\r\nHost: {host}\r\n\r\n" for host in hosts),
        *(
            f"POST {page}/holds HTTP/1.1\r\nHost: x\r\nOrigin: {origin}\r\n{_FORM}\r\nslot=x"
            for origin in origins
        ),
        *(f"GET {page} HTTP/1.1\r\nHost: x\r\n{head}\r\n\r\n" for head in heads),
        *(f"GET {target} HTTP/1.1\r\nHost: x\r\n\r\n" for target in targets),
        "GET / HTTP/9.9\r\n\r\n", "get / http/1.1\r\n\r\n", "\r\n\r\n\r\n", "\x16\x03\x01\x02\x00",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "GET / HTTP/1.1\nHost: x\n\n",
        f"BREW {page} HTTP/1.1\r\nHost: x\r\n\r\n", f"TRACE {page} HTTP/1.1\r\nHost: x\r\n\r\n",
        "CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n",
        f"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n{'f' * 17}\r\n",
    )  # fmt: skip
    return tuple(line.encode("latin-1") for line in lines)


async def hostile_heads(attackers: Attackers) -> None:
    """Send each of them on a connection of its own, again and again."""
    requests, numbers = hostile_requests(), count()

    async def send(client: Client, _number: int) -> None:
        await attackers.ask(client, requests[next(numbers) % len(requests)])

    await attackers.all_of(16, send, addresses=16)


HEAD_ATTACKS = (
    Attack("endless-header", "8 connections send a header without end", endless_header, _RUNBOOK),
    Attack("endless-line", "8 connections send a target without end", endless_line, _RUNBOOK),
    Attack(
        "hostile-heads", "16 clients send heads made to break the reader", hostile_heads, _RUNBOOK
    ),
)
