"""Metrics of the event relay and of jobs."""

from typing import Final

from typing_extensions import override

from fullhouse.telemetry.metrics import CachedLabels, MetricRegistry, MetricSet

_JOB_SECONDS: Final = (0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


class RelayMetrics(MetricSet):
    """The event relay by subscriber: its lag, the events it relayed, the batches that failed."""

    @override
    def __init__(self, registry: MetricRegistry) -> None:
        self.lag_events = registry.gauge_of_latest(
            "relay_lag_events", "Events not yet relayed", "subscriber"
        )
        self.lag_seconds = registry.gauge_of_latest(
            "relay_lag_seconds", "Age of the oldest event not yet relayed", "subscriber"
        )
        self.relayed = CachedLabels(
            registry.counter("relay_events", "Events relayed", "subscriber", "kind")
        )
        self.failures = registry.counter("relay_failures", "Batches that failed", "subscriber")


class JobMetrics(MetricSet):
    """Jobs by kind: duration, outcome, and the length and age of the queue."""

    @override
    def __init__(self, registry: MetricRegistry) -> None:
        self.seconds = registry.durations(
            "job_seconds", "Duration of jobs", "kind", buckets=_JOB_SECONDS
        )
        self.outcomes = registry.counts("job_outcomes", "Jobs ended", "kind", "outcome")
        self.waiting = registry.gauge_of_latest("jobs_waiting", "Jobs due or running", "kind")
        self.oldest_seconds = registry.gauge_of_latest(
            "job_oldest_seconds", "Age of the oldest due job", "kind"
        )
        self.measured_at = registry.gauge_of_latest(
            "jobs_measured_timestamp_seconds", "When the worker looked at the queue"
        )
        self.dead_letters = registry.gauge_of_latest(
            "dead_letters", "Jobs that failed for good and are kept", "kind"
        )
