"""Metrics of people: how attempts to sign in end."""

from typing import Literal

from typing_extensions import override

from fullhouse.telemetry.metrics import MetricRegistry, MetricSet


class SignInMetrics(MetricSet):
    """Attempts to sign in with a password, by their outcome."""

    @override
    def __init__(self, registry: MetricRegistry) -> None:
        self._attempts = registry.counts(
            "sign_ins", "Attempts to sign in with a password", "outcome"
        )

    def ended(self, outcome: Literal["signed_in", "wrong", "locked", "busy"]) -> None:
        """Count one attempt."""
        self._attempts.labels(outcome).inc()
