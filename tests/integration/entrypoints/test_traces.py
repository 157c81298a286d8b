"""A request, its commands, jobs and calls to others are one trace, without anybody's data."""

import sys
from collections.abc import Sequence
from uuid import UUID

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from pydantic import SecretStr
from tests.builders.channel_site import a_channel_site
from tests.builders.collector import Collector, a_collector, reporting_as
from tests.builders.webhook_site import working

from fullhouse.bootstrap.reporting import reporting
from fullhouse.kernel.errors import InvalidInput
from fullhouse.settings import Settings

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
CALLER = "00f067aa0ba902b7"
TRACEPARENT = {"traceparent": f"00-{TRACE}-{CALLER}-00"}


def spans_in(collector: Collector) -> Sequence[Span]:
    found: list[Span] = []
    for path, body in collector.bodies:
        assert path == "/v1/traces"
        request = ExportTraceServiceRequest.FromString(body)
        for resource in request.resource_spans:
            for scope in resource.scope_spans:
                found += scope.spans
    return found


async def test_a_booking_is_one_trace_from_its_caller_to_the_gateway(database_url: str) -> None:
    async with a_collector() as collector, a_channel_site(database_url) as site:
        await site.set_up()
        slot = await site.business.a_slot()
        customer = {"name": "Ada Lovelace", "email": "ada@farm.example"}
        booking = {"slot": str(slot), "party": 1, "customer": customer}
        settings = Settings(otlp_endpoint=collector.url, traces_share=1.0)
        async with reporting_as(settings):
            answer = await site.api.ask("POST", "/bookings", json=booking, headers=TRACEPARENT)
            assert answer.status == 201
            assert answer.headers["x-request-id"] == str(UUID(TRACE))
            async with working(site.app):
                await site.until(handed_over_by_make=1)
        (sent,) = [one for one in site.gateway.received if "traceparent" in one.headers]
        spans = spans_in(collector)
        own = {span.name: span for span in spans if span.trace_id.hex() == TRACE}
        request, command = own["POST /api/v1/{org}/bookings"], own["ledger command"]
        (commit,) = (
            one for one in spans if one.name == "ledger commit" and one.links
            and one.links[0].span_id == command.span_id
        )  # fmt: skip
        assert request.parent_span_id.hex() == CALLER
        assert request.kind == Span.SPAN_KIND_SERVER
        assert command.parent_span_id == request.span_id
        assert command.links[0].span_id == commit.span_id
        assert {
            span.attributes[0].value.string_value
            for span in spans
            if span.trace_id.hex() == TRACE and span.name == "event Booked"
        } >= {"messages"}
        call = own["call make"]
        job = next(one for one in own.values() if one.span_id == call.parent_span_id)
        assert job.name.startswith("job ")
        assert sent.headers["traceparent"] == f"00-{TRACE}-{call.span_id.hex()}-01"
        assert all(span.start_time_unix_nano <= span.end_time_unix_nano for span in spans)
        told = b"".join(body for _, body in collector.bodies)
        for word in (b"Ada", b"ada@", b"farm.example", b"k-1", answer.body[8:16]):
            assert word not in told, "of whom is nowhere"


@pytest.mark.parametrize(
    ("module", "settings"),
    [
        ("traces", Settings(otlp_endpoint="http://127.0.0.1:4318")),
        ("error_reports", Settings(sentry_dsn=SecretStr("http://public@127.0.0.1:9/7"))),
    ],
)
def test_a_setting_without_its_extra_is_refused_with_what_to_install(
    module: str, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, f"fullhouse.integrations.{module}", None)
    with pytest.raises(InvalidInput, match="pip install"), reporting(settings, "web"):
        pytest.fail("nothing is sent")
