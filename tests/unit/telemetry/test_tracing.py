"""Which spans are kept, how they belong together, and that nothing is done without a tracer."""

from datetime import UTC, datetime, timedelta
from random import Random
from uuid import UUID

import pytest

from fullhouse.kernel.clock import ManualClock
from fullhouse.kernel.ids import RandomIds
from fullhouse.telemetry import correlation, tracing

NOW = datetime(2027, 6, 12, 8, 0, tzinfo=UTC)
GIVEN = UUID("4bf92f35-77b3-4da6-a3ce-929d0e0e4736")


def a_tracer(kept: list[tracing.Span], share: float = 1.0) -> tracing.Tracer:
    return tracing.Tracer(ManualClock(NOW), kept.append, share, Random(3))  # noqa: S311 - repeatable


def test_without_a_tracer_nothing_is_made() -> None:
    with tracing.span_of_request(GIVEN, None) as request, tracing.span("x") as within:
        assert (request, within, tracing.outgoing_headers()) == (None, None, {})
    tracing.record_shared("commit", [None], seconds=1)


def test_a_share_of_the_traces_is_kept_and_all_of_one_or_none() -> None:
    kept = list[tracing.Span]()
    ids = RandomIds(ManualClock(NOW))
    with tracing.tracing_by(a_tracer(kept, 0.3)):
        for each in [ids.uuid() for _ in range(1_000)]:
            with tracing.span_of_request(each, None) as span:
                assert (span is None) == (not tracing.outgoing_headers())
            with correlation.bind(each), tracing.span("job", "consumer"):
                pass
    assert 240 < len(kept) / 2 < 360
    for request, job in zip(kept[::2], kept[1::2], strict=True):
        assert job.ids.trace_id == request.ids.trace_id
        assert job.parent_id == request.ids.span_id, "in another process, by the id alone"


def test_spans_lie_within_each_other_and_fail_with_their_block() -> None:
    kept = list[tracing.Span]()
    with tracing.tracing_by(a_tracer(kept)), correlation.bind(GIVEN):
        with pytest.raises(KeyError), tracing.span("outer"), tracing.span("inner", "client", of=1):
            raise KeyError
        with tracing.span("next"):
            pass
    inner, outer, following = kept
    assert (inner.parent_id, inner.attributes) == (outer.ids.span_id, {"of": 1})
    assert inner.has_failed
    assert outer.has_failed
    assert not following.has_failed
    assert (outer.parent_id, following.parent_id) == (None, None), "an id that was given"
    assert outer.started_at == 1_812_787_200_000_000_000
    with tracing.tracing_by(a_tracer(kept)), tracing.span("nobody asked"):
        pass
    assert len(kept) == 3, "what belongs to no request or job is no trace"


def test_what_is_done_for_several_is_linked_with_each() -> None:
    kept = list[tracing.Span]()
    with (
        tracing.tracing_by(a_tracer(kept)),
        correlation.bind(GIVEN),
        tracing.span("one") as one,
        tracing.span("two") as two,
    ):
        tracing.record_shared("commit", [one, None, two], seconds=0.5, commands=3)
    commit = kept[0]
    assert one is not None
    assert two is not None
    assert commit.links == [one.ids, two.ids]
    assert one.links == two.links == [commit.ids]
    assert commit.ended_at - commit.started_at == 500_000_000
    assert commit.ids.trace_id != GIVEN.int


def test_what_was_waited_for_lies_in_the_trace_of_its_request() -> None:
    kept = list[tracing.Span]()
    tracing.record_waited("event", GIVEN, since=NOW)
    with tracing.tracing_by(a_tracer(kept)):
        tracing.record_waited("event", GIVEN, since=NOW - timedelta(seconds=2), subscriber="mail")
    with tracing.tracing_by(a_tracer(kept, share=0)):
        tracing.record_waited("event", GIVEN, since=NOW)
    (event,) = kept
    assert event.ids.trace_id == GIVEN.int
    assert event.ended_at - event.started_at == 2_000_000_000
    assert event.attributes == {"subscriber": "mail"}


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "00-0-0-01",
        f"00-{0:032x}-{1:016x}-01",
        f"00-{1:032x}-{0:016x}-01",
        f"01-{1:032x}-{1:016x}-01",
        f"00-{1:032x}-{1:016x}-01-more",
        f"00-{1:032X}G-{1:016x}-01",
    ],
)
def test_a_header_that_says_nothing_is_left_out(header: str | None) -> None:
    assert tracing.parent_of(header) is None


def test_a_request_continues_the_trace_that_it_names_or_is_linked_with_it() -> None:
    kept = list[tracing.Span]()
    parent = tracing.parent_of(f"00-{GIVEN.int:032x}-00f067aa0ba902b7-00")
    assert parent is not None
    with tracing.tracing_by(a_tracer(kept)):
        with tracing.span_of_request(GIVEN, parent):
            headers = tracing.outgoing_headers()
        with tracing.span_of_request(UUID(int=5), parent):
            pass
    first, other = kept
    assert (first.parent_id, first.links) == (parent.span_id, [])
    assert headers == {"traceparent": first.ids.traceparent}
    assert (other.parent_id, other.links) == (None, [parent])
