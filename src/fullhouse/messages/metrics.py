"""Metrics of messages."""

from typing_extensions import override

from fullhouse.telemetry.metrics import CachedLabels, MetricRegistry, MetricSet


class MessageMetrics(MetricSet):
    """Messages by kind and outcome, such as `sent`, `failed` and `rate_limited`."""

    @override
    def __init__(self, registry: MetricRegistry) -> None:
        self.outcomes = CachedLabels(registry.counter("messages", "E-mails", "kind", "outcome"))
        self.undeliverable = CachedLabels(
            registry.counter(
                "messages_undeliverable", "E-mails whose recipient was refused", "smtp_code"
            )
        )


class WebhookMetrics(MetricSet):
    """Attempts to send events by webhook: `delivered`, `retried`, or `failed` for good."""

    @override
    def __init__(self, registry: MetricRegistry) -> None:
        self.outcomes = CachedLabels(
            registry.counter("webhooks", "Attempts to send events by webhook", "outcome")
        )
