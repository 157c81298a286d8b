"""Heads of requests that no honest client sends: refused, and an answer has its headers always."""

from uuid import UUID

import pytest
from structlog.testing import capture_logs
from tests.builders.api_client import ApiClient
from tests.builders.raw_requests import RawRequest, ask_raw


@pytest.mark.parametrize(
    "host", ["x:y", "127.0.0.1:99999", "[", "[::1", "a b", "x,y", "", "x/../y", "x:65536", "u@x"]
)
async def test_a_host_that_cannot_be_is_refused(api: ApiClient, host: str) -> None:
    answer = await api.ask("GET", "/offerings", headers={"Host": host})
    assert (answer.status, answer.code) == (400, "bad_host")
    page = await api.ask("GET", f"//{api.org}", headers={"Host": host})
    assert page.status == 400
    assert "text/html" in page.headers["content-type"]
    assert "content-security-policy" in page.headers
    assert (await api.ask("GET", "//livez", headers={"Host": host})).status == 200


@pytest.mark.parametrize("host", ["book.example.org", "x_1:65535", "[::1]:8400", "10.0.0.1:80"])
async def test_any_host_that_can_be_is_served(api: ApiClient, host: str) -> None:
    assert (await api.ask("GET", "/offerings", headers={"Host": host})).status == 200


async def test_headers_of_one_name_are_one(api: ApiClient) -> None:
    hosts = ((b"host", b"book.example.org"), (b"host", b"evil.example"))
    path = "/api/v1/meadow/offerings"
    assert (await ask_raw(api, RawRequest(method="GET", path=path, headers=hosts))).status == 400
    cookie = (await api.staff_cookie())["Cookie"].encode()
    cookies = ((b"cookie", b"theme=dark"), (b"cookie", cookie))
    today = RawRequest(method="GET", path="/admin/meadow/today", headers=cookies)
    assert (await ask_raw(api, today)).status == 200


async def test_an_origin_that_cannot_be_is_another_site(api: ApiClient) -> None:
    headers = {"Origin": "http://[", "Host": "book.example.org"}
    answer = await api.ask("POST", "//meadow/sunflowers/holds", headers=headers)
    assert answer.status == 403


async def test_an_error_that_cannot_be_shown_is_answered_with_id_and_headers(
    api: ApiClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(type(api.root.pages), "error_response", fails)
    with capture_logs() as lines:
        answer = await api.ask("GET", "//nobody")
    assert (answer.status, answer.body) == (500, b"Internal Server Error")
    assert UUID(answer.headers["x-request-id"]).version == 7
    assert "content-security-policy" in answer.headers
    (line,) = [line for line in lines if line["log_level"] == "error"]
    assert line["event"] == "http.error_response_failed"
    assert isinstance(line["exc_info"], ZeroDivisionError)
