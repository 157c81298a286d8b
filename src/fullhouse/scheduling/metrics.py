"""Metrics of scheduling."""

from typing import Literal

from typing_extensions import override

from fullhouse.telemetry.metrics import CachedLabels, MetricRegistry, MetricSet


class CalendarFileMetrics(MetricSet):
    """Calendar files by outcome: read, refused for what is in them, stopped, or turned away."""

    @override
    def __init__(self, registry: MetricRegistry) -> None:
        self._files = CachedLabels(registry.counter("calendar_files", "Calendar files", "outcome"))

    def ended(self, outcome: Literal["read", "refused", "stopped", "overloaded"]) -> None:
        """Count one file."""
        self._files.labels(outcome).inc()
