"""The root application: ids, limits, headers, system routes, and errors as problems."""

import asyncio
import os
import signal
import socket
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from uuid import UUID

import pytest
from structlog.testing import capture_logs
from tests.builders.api_client import ApiClient, a_booking_body, an_api_client
from tests.builders.business import Business
from tests.builders.site_client import a_request

from fullhouse.bootstrap.application import Application
from fullhouse.http.response import EventStream
from fullhouse.http.server import web_process
from fullhouse.http.server.limits import READINESS_AGE_SECONDS_MAX, STREAMS_MAX
from fullhouse.http.server.listening import answers
from fullhouse.http.server.open_files import capacity_of
from fullhouse.http.server.proxies import TrustedProxies
from fullhouse.http.server.rate_limits import TokenBucketLimiter
from fullhouse.http.server.web_process import Site, run_web_process
from fullhouse.http.shutdown import ShutdownSignal
from fullhouse.kernel.clock import ManualClock
from fullhouse.kernel.ids import RandomIds


async def test_a_client_may_give_the_request_id(api: ApiClient, ids: RandomIds) -> None:
    mine = str(ids.uuid())
    answer = await api.ask("GET", "", headers={"X-Request-ID": mine})
    assert answer.headers["x-request-id"] == mine
    other = await api.ask("GET", "", headers={"X-Request-ID": "not one of ours"})
    assert UUID(other.headers["x-request-id"]).version == 7


async def test_an_event_has_the_id_of_its_request_as_correlation_id(
    api: ApiClient, ids: RandomIds
) -> None:
    mine = ids.uuid()
    slot = await api.business.a_slot()
    answer = await api.ask(
        "POST", "/bookings", json=a_booking_body(slot), headers={"X-Request-ID": str(mine)}
    )
    assert answer.status == 201
    async with api.app.database.unrestricted.session() as session:
        found = await session.connection.fetchval(
            "SELECT correlation_id FROM event WHERE kind = 'Booked'"
        )
    assert found == mine


async def test_a_client_past_its_rate_is_refused_with_retry_after(
    api: ApiClient, clock: ManualClock
) -> None:
    slot = await api.business.a_slot()
    request = {**a_booking_body(slot), "party": 0}
    for _ in range(120):
        assert (await api.post("/bookings", request)).status == 422
    refused = await api.post("/bookings", request)
    assert (refused.status, refused.code) == (429, "too_many_requests")
    assert refused.headers["retry-after"] == "1"
    assert refused.headers["ratelimit-remaining"] == "0"
    assert refused.headers["ratelimit-limit"] == "120"
    assert (await api.get("/offerings")).status == 200, "reads have a share of their own"
    page = await api.client.post("/meadow/sunflowers/holds", data={})
    assert page.status_code == 429
    assert "text/html" in page.headers["content-type"]
    clock.advance(timedelta(seconds=1))
    assert (await api.post("/bookings", request)).status == 422


async def test_probes_pass_the_rate_limit(api: ApiClient) -> None:
    for _ in range(601):
        await api.ask("HEAD", "//schema/openapi.json")
    assert (await api.client.get("/metrics")).status_code == 429
    assert (await api.client.get("/livez")).status_code == 200


async def test_an_accepted_api_key_has_its_own_rate_limit(api: ApiClient) -> None:
    slot = await api.business.a_slot()
    request = {**a_booking_body(slot), "party": 0}
    assert (await api.get("/bookings", key=api.key)).status == 200, "now the key is known"
    for _ in range(121):
        await api.post("/bookings", request)
    assert (await api.post("/bookings", request)).status == 429
    assert (await api.post("/bookings", request, key="fh_made_up")).status == 429
    assert (await api.post("/bookings", request, key=api.key)).status == 422


async def test_any_site_may_call_the_api_from_its_pages(api: ApiClient) -> None:
    asked = await api.ask(
        "OPTIONS",
        "/bookings",
        headers={"Origin": "https://shop.example", "Access-Control-Request-Method": "POST"},
    )
    assert asked.status == 204
    assert asked.headers["access-control-allow-origin"] == "*"
    assert "Idempotency-Key" in asked.headers["access-control-allow-headers"]
    assert "access-control-allow-credentials" not in asked.headers
    answer = await api.get("/offerings")
    assert answer.headers["access-control-allow-origin"] == "*"


async def test_api_responses_have_security_headers(api: ApiClient) -> None:
    answer = await api.get("/offerings")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "strict-transport-security" not in answer.headers


async def test_a_head_is_a_get_without_its_body(api: ApiClient) -> None:
    head = await api.ask("HEAD", "/offerings")
    full = await api.get("/offerings")
    assert (head.status, head.body) == (200, b"")
    assert head.headers["content-length"] == full.headers["content-length"]


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nothing", 404, "not_found"),
        ("GET", "/offerings/a/b/c", 404, "not_found"),
        ("GET", "/offerings/", 404, "unknown_offering"),
        ("GET", "/offerings/%00", 404, "unknown_offering"),
        ("GET", "/offerings/%ff", 404, "unknown_offering"),
        ("PATCH", "/bookings", 405, "method_not_allowed"),
        ("POST", "/offerings", 405, "method_not_allowed"),
    ],
)
async def test_an_unknown_route_or_method_is_a_problem(
    api: ApiClient, method: str, path: str, *, status: int, code: str
) -> None:
    answer = await api.ask(method, path)
    assert (answer.status, answer.code) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"
    assert set(answer.json) >= {"type", "title", "status", "code", "detail"}


async def test_a_malformed_page_address_is_not_found(
    api: ApiClient, subtests: pytest.Subtests
) -> None:
    for path in (
        "/%00",
        "/meadow/%00",
        "/meadow/b/%00",
        "/meadow?lang=%00",
        "/meadow/b/A?t=%00",
        "/static/" + "a" * 300,
    ):
        with subtests.test(path):
            answer = await api.client.get(path)
            assert answer.status_code == 404
            assert "text/html" in answer.headers["content-type"]


async def test_a_redirect_carries_no_line_break_of_a_visitor(api: ApiClient) -> None:
    answer = await api.client.get("/meadow/x%0d%0aX-Evil:%201/waiting")
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/meadow/x%0D%0AX-Evil:%201")
    assert "x-evil" not in answer.headers


async def test_a_wrong_method_lists_the_allowed_methods(api: ApiClient) -> None:
    assert (await api.ask("PATCH", "/bookings")).headers["allow"] == "GET, HEAD, POST"


async def test_an_unknown_organisation_is_not_found(api: ApiClient) -> None:
    for slug in ("nobody", "%00", "NOBODY", "a" * 5000):
        answer = await api.ask("GET", f"//api/v1/{slug}/offerings")
        assert (answer.status, answer.code) == (404, "unknown_organisation")


async def test_an_unexpected_error_is_logged_and_shows_no_details(
    api: ApiClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("the secret is 42")

    monkeypatch.setattr(type(api.app.directory), "organisation", broken)
    with capture_logs() as logged:
        answer = await api.get("/offerings")
    assert answer.status == 500
    assert b"42" not in answer.body
    assert [entry["event"] for entry in logged] == ["http.request_failed"]
    assert isinstance(logged[0]["exc_info"], ZeroDivisionError)


async def test_readiness_reports_the_last_check_and_the_shutdown(
    api: ApiClient, clock: ManualClock
) -> None:
    unknown = await api.client.get("/readyz")
    assert unknown.status_code == 503
    await api.health.check()
    ready = await api.client.get("/readyz")
    assert (ready.status_code, ready.json()) == (200, {"status": "ready", "age_seconds": 0.0})
    clock.advance(timedelta(seconds=READINESS_AGE_SECONDS_MAX + 1))
    assert (await api.client.get("/readyz")).status_code == 503
    await api.health.check()
    api.shutdown.set()
    draining = await api.client.get("/readyz")
    assert (draining.status_code, draining.json()["status"]) == (503, "draining")
    assert (await api.client.get("/livez")).status_code == 200


async def test_metrics_are_labelled_by_route_template_not_by_path(api: ApiClient) -> None:
    await api.get("/offerings/sunflowers")
    await api.get("/somewhere/else")
    await api.client.get("/meadow")
    text = (await api.client.get("/metrics")).text
    assert 'route="/api/v1/{org}/offerings/{slug}",status="200"' in text
    assert 'route="unknown",status="404"' in text
    assert 'route="/{org}",status="200"' in text
    assert "somewhere" not in text


async def test_a_system_route_allows_only_reads(api: ApiClient) -> None:
    answer = await api.client.post("/livez")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD")


async def test_two_applications_do_not_share_a_rate_limit(
    app: Application, business: Business
) -> None:
    one, other = await an_api_client(app, business), await an_api_client(app, business)
    async with one.client, other.client:
        for _ in range(121):
            await one.post("/bookings", {})
        assert (await one.post("/bookings", {})).status == 429
        assert (await other.post("/bookings", {})).status == 422


def test_a_bucket_refills_with_time_and_the_least_recent_client_is_evicted(
    clock: ManualClock,
) -> None:
    buckets = TokenBucketLimiter(clock, burst=2, per_second=0.5, clients_max=2)
    assert [buckets.take("a").wait_seconds for _ in range(3)] == [0, 0, 2]
    clock.advance(timedelta(seconds=1))
    assert buckets.take("a").wait_seconds == 1
    clock.advance(timedelta(seconds=1))
    share = buckets.take("a")
    assert (share.wait_seconds, share.remaining, share.full_in_seconds) == (0, 0, 4)
    buckets.take("b")
    buckets.take("c")
    assert buckets.take("a").remaining == 1, "it was the longest silent"


@pytest.mark.parametrize(
    ("trusted", "forwarded", "client"),
    [
        ((), "6.6.6.6", "10.0.0.1"),
        (("10.0.0.1",), "6.6.6.6", "6.6.6.6"),
        (("10.0.0.0/8",), "6.6.6.6, 10.9.9.9", "6.6.6.6"),
        (("10.0.0.0/8",), "7.7.7.7, 6.6.6.6", "6.6.6.6"),
        (("192.168.0.1",), "6.6.6.6", "10.0.0.1"),
        (("10.0.0.1",), "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        (("10.0.0.0/8",), "7.7.7.7, 6.6.6.6:52011, 10.9.9.9:443", "6.6.6.6"),
        (("10.0.0.1",), "[2001:db8:1:2:3:4:5:6]:4711", "2001:db8:1:2::/64"),
    ],
)
def test_forwarded_headers_count_only_from_trusted_proxies(
    trusted: tuple[str, ...], forwarded: str, *, client: str
) -> None:
    headers = {b"x-forwarded-for": forwarded.encode(), b"x-forwarded-proto": b"https"}
    proxies = TrustedProxies(trusted)
    assert proxies.client_address("10.0.0.1", headers) == client
    assert proxies.is_https("10.0.0.1", "http", headers) == (client != "10.0.0.1")


async def a_stream(api: ApiClient) -> AsyncGenerator[bytes]:
    path, query = "/api/v1/meadow/offerings/sunflowers/live", b"date=2027-06-19"
    response = await api.root(a_request("GET", path, query=query))
    assert isinstance(response, EventStream)
    return response.chunks


async def test_a_live_stream_sends_changes_and_ends_at_shutdown(api: ApiClient) -> None:
    slot = await api.business.a_slot(capacity=9)
    chunks = await a_stream(api)
    async with asyncio.timeout(5):
        assert f'{{"id":"{slot}","remaining":9}}'.encode() in await anext(chunks)
        await api.book(slot, party=2)
        change = f'data: {{"slots":[{{"id":"{slot}","remaining":7}}]}}\n\n'
        assert await anext(chunks) == change.encode()
        api.shutdown.set()
        assert [chunk async for chunk in chunks] == []


async def test_a_disconnected_client_ends_its_stream(api: ApiClient) -> None:
    await api.business.a_slot()
    chunks = await a_stream(api)
    await anext(chunks)
    waiting = asyncio.ensure_future(anext(chunks))
    await asyncio.sleep(0.05)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert api.app.changes._subscribers == {}


async def test_availability_is_not_modified_until_a_booking_changes_it(api: ApiClient) -> None:
    slot = await api.business.a_slot(capacity=4)
    path = "/offerings/sunflowers/availability?from=2027-06-19&to=2027-06-19&party=3"
    first = await api.get(path)
    assert first.status == 200
    assert first.json == {
        "offering": "sunflowers",
        "zone": "Europe/London",
        "bookable_until": "2027-09-10",
        "slots": [
            {
                "id": str(slot),
                "starts_at": "2027-06-19T09:00:00+01:00",
                "ends_at": "2027-06-19T09:30:00+01:00",
                "capacity": 4,
                "remaining": 4,
                "price": {"amount": 3600, "currency": "GBP"},
                "state": "open",
                "reason": "",
                "refusal": None,
            }
        ],
        "as_of": "2027-06-12T09:00:00+01:00",
        "stale": False,
    }
    etag = {"If-None-Match": first.headers["etag"]}
    same = await api.ask("GET", path, headers=etag)
    assert (same.status, same.body, same.headers["etag"]) == (304, b"", first.headers["etag"])
    await api.book(slot, party=2)
    changed = await api.ask("GET", path, headers=etag)
    while changed.status == 304:  # until the change has been heard of
        await asyncio.sleep(0.02)
        changed = await api.ask("GET", path, headers=etag)
    assert (changed.status, changed.json["slots"][0]["refusal"]) == (200, "slot_full")  # type: ignore[index]  # a list


async def test_a_slot_stops_being_offered_when_its_time_comes(
    api: ApiClient, clock: ManualClock
) -> None:
    await api.business.a_slot(starts_in=timedelta(hours=1))
    path = "/offerings/sunflowers/availability?from=2027-06-12&to=2027-06-12"
    before = await api.get(path)
    clock.advance(timedelta(minutes=61))
    after = await api.get(path)
    assert before.json["slots"][0]["refusal"] is None  # type: ignore[index]  # a list
    assert after.json["slots"][0]["refusal"] == "slot_past"  # type: ignore[index]  # a list


async def test_invalid_availability_queries_are_refused(
    api: ApiClient, subtests: pytest.Subtests
) -> None:
    for query in (
        "from=yesterday",
        "from=0001-01-01",
        "from=9999-12-31",
        "to=9999-12-31",
        "from=2027-06-19&to=2027-06-18",
        "from=2027-06-19&to=2027-09-18",
        "party=0",
        "party=501",
        "party=many",
    ):
        with subtests.test(query):
            answer = await api.get(f"/offerings/sunflowers/availability?{query}")
            assert (answer.status, answer.code) == (422, "invalid_input"), answer.body


async def test_the_bound_of_streams_follows_from_the_limit_of_open_files(
    api: ApiClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    @asynccontextmanager
    async def open_site(_: ShutdownSignal) -> AsyncIterator[Site]:
        yield Site(api.root, api.health)

    monkeypatch.setattr(web_process, "raise_file_limit", lambda: 1_024)
    monkeypatch.setattr(web_process, "freeze_gc", lambda: None)
    monkeypatch.setattr(web_process, "defer_gc", lambda: None)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        ready: list[bool] = []
        serving = asyncio.create_task(
            run_web_process(
                open_site,
                listener,
                drain_seconds=1,
                on_ready=lambda: ready.append(True),
                is_replaced=lambda: False,
            )
        )
        assert await answers("127.0.0.1", listener.getsockname()[1], "/livez")
        assert ready == [True]
        assert api.root.streams.streams_max == capacity_of(1_024).streams < STREAMS_MAX
        os.kill(os.getpid(), signal.SIGTERM)
        await serving
