"""Metrics of messages."""

from typing_extensions import override

from fullhouse.telemetry.metrics import CachedLabels, MetricRegistry, MetricSet


class MessageMetrics(MetricSet):
    """Messages by kind and outcome, such as `sent` and `failed`."""

    @override
    def __init__(self, registry: MetricRegistry) -> None:
        self.outcomes = CachedLabels(registry.counter("messages", "Messages", "kind", "outcome"))
