"""Bodies are compressed once, for who takes them, and never many at a time."""

import asyncio
import gzip
from pathlib import Path

import pytest
from tests.builders.site_client import a_request

from fullhouse.http import compression
from fullhouse.http.compression import CompressedBodies, accepts_gzip
from fullhouse.http.limits import COMPRESSED_BYTES_MIN, COMPRESSIONS_AT_ONCE_MAX
from fullhouse.http.request import Request
from fullhouse.http.response import Response
from fullhouse.http.static_files import StaticFiles, minified_css

BODY = b"<p>12 left</p>" * COMPRESSED_BYTES_MIN


def a_client(accepts: str | None = "gzip, deflate, br") -> Request:
    headers = {} if accepts is None else {b"accept-encoding": accepts.encode()}
    return a_request("GET", "/meadow", headers=headers)


@pytest.mark.parametrize(
    ("accepted", "sent"),
    [
        ("gzip", "gzip"),
        ("br, GZIP;q=0.5", "gzip"),
        ("*", "gzip"),
        ("gzip;q=1.0, identity", "gzip"),
        (None, "plain"),
        ("", "plain"),
        ("identity", "plain"),
        ("br, deflate", "plain"),
        ("gzip;q=0", "plain"),
        ("gzip; q=0.0", "plain"),
    ],
)
def test_gzip_is_for_who_takes_it(accepted: str | None, sent: str) -> None:
    assert ("gzip" if accepts_gzip(a_client(accepted)) else "plain") == sent


async def test_body_is_compressed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    bodies, response = CompressedBodies(), Response(200, BODY, ((b"vary", b"accept-encoding"),))
    packed = await bodies.compress(a_client(), response)
    assert gzip.decompress(packed.body) == BODY
    assert packed.headers == (*response.headers, (b"content-encoding", b"gzip"))
    monkeypatch.setattr(compression, "compressed", lambda _: b"again")
    assert (await bodies.compress(a_client(), Response(200, BODY))).body == packed.body
    assert (await bodies.compress(a_client(), Response(200, BODY + b"."))).body == b"again"


async def test_small_body_and_other_client_get_it_as_it_is() -> None:
    bodies = CompressedBodies()
    for client, body in ((a_client(), BODY[: COMPRESSED_BYTES_MIN - 1]), (a_client("br"), BODY)):
        response = Response(200, body)
        assert await bodies.compress(client, response) is response


async def test_no_request_waits_while_others_are_compressed() -> None:
    bodies = CompressedBodies()
    responses = [Response(200, BODY + b"%d" % number) for number in range(20)]
    async with asyncio.TaskGroup() as group:
        sent = [group.create_task(bodies.compress(a_client(), one)) for one in responses]
    packed = [task for task in sent if (b"content-encoding", b"gzip") in task.result().headers]
    assert len(packed) == COMPRESSIONS_AT_ONCE_MAX


@pytest.mark.parametrize(
    ("css", "minified"),
    [
        (b"/* a\n b */ a { color: red; }\n", b"a{color: red}"),
        (b".a  .b ,\n .c { margin: 0  4px; }", b".a .b,.c{margin: 0 4px}"),
        (b"a { font: 15px/1.5 var(--sans); }", b"a{font: 15px/1.5 var(--sans)}"),
        (b"a { width: calc(100% + 32px); }", b"a{width: calc(100% + 32px)}"),
        (b"@media (min-width: 2px) { a { b: c; } }", b"@media (min-width: 2px){a{b: c}}"),
        (b"a:not(.b) > .c + d { e: f }", b"a:not(.b) > .c + d{e: f}"),
    ],
)
def test_style_is_minified_and_means_the_same(css: bytes, minified: bytes) -> None:
    assert minified_css(css) == minified


def test_file_that_compressing_makes_no_smaller_is_sent_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "a.svg").write_bytes(b"<svg/>")
    (tmp_path / "b.js").write_bytes(b"const a = 1;\n" * 100)
    files = StaticFiles(tmp_path)
    assert files.file("a.svg", a_client()) is files.file("a.svg", a_client(None))
    packed = files.file("b.js", a_client())
    assert gzip.decompress(packed.body) == files.file("b.js", a_client(None)).body
