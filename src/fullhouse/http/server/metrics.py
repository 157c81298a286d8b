"""Metrics of requests and of the server."""

from typing_extensions import override

from fullhouse.kernel.errors import FullhouseError
from fullhouse.telemetry.metrics import CachedLabels, MetricRegistry, MetricSet


class RequestMetrics(MetricSet):
    """Requests by method, route template and status; never by path, which clients choose."""

    @override
    def __init__(self, registry: MetricRegistry) -> None:
        self._seconds = registry.durations(
            "request_seconds", "Duration of requests", "method", "route", "status"
        )
        self._timeouts = CachedLabels(
            registry.counter(
                "request_timeouts", "Requests ended by their time limit", "route", "cause"
            )
        )

        self._errors = CachedLabels(
            registry.counter("request_errors", "Requests that ended in an error", "code")
        )

    def failed(self, error: Exception) -> None:
        """Count an error by its code; one that none of ours stands for is `internal_error`."""
        code = error.code if isinstance(error, FullhouseError) else "internal_error"
        self._errors.labels(code).inc()

    def observe(self, *, method: str, route: str, status: int, seconds: float) -> None:
        self._seconds.labels(method, route, str(status)).observe(seconds)

    def timed_out(self, *, route: str, cause: str) -> None:
        """Count a request that its time limit ended; `cause` is `body` or `handler`."""
        self._timeouts.labels(route, cause).inc()


class ServerMetrics(MetricSet):
    """Connections of this installation, and requests refused before they were read."""

    @override
    def __init__(self, registry: MetricRegistry) -> None:
        self._connections = registry.gauge_of_sum(
            "connections_open", "Open connections, streams among them"
        )
        self._streams = registry.gauge_of_sum("streams_open", "Open streams of live counts")
        self._refused = registry.counter(
            "requests_refused", "Requests refused unread because too many were under way"
        )

    def opened(self, *, connections: int, streams: int) -> None:
        """Record how many are open now."""
        self._connections.set(connections)
        self._streams.set(streams)

    def refused(self, requests: int) -> None:
        self._refused.inc(requests)
