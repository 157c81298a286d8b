"""Metrics of caches, circuits, inconsistent records and received webhooks."""

from typing_extensions import override

from fullhouse.telemetry.metrics import CachedLabels, MetricRegistry, MetricSet


class CacheMetrics(MetricSet):
    """Lookups of each cache, by its name and the outcome.

    Outcomes of a cache in memory are `hit`, `stale`, `miss` (loaded) and `error`; outcomes of a
    cache that processes share are `shared_hit` and `shared_miss`.
    """

    @override
    def __init__(self, registry: MetricRegistry) -> None:
        self._lookups = registry.counts("cache_lookups", "Lookups in caches", "cache", "outcome")

    def count(self, cache: str, outcome: str, count: int = 1) -> None:
        self._lookups.labels(cache, outcome).inc(count)


class CircuitMetrics(MetricSet):
    """Calls to each service by outcome, how long they took, and whether its circuit is open.

    Outcomes are `succeeded`, `failed` (the service's fault), `refused` (not made, since the circuit
    was open) and `cancelled`.
    """

    @override
    def __init__(self, registry: MetricRegistry) -> None:
        self.calls = registry.counts("service_calls", "Calls to services", "service", "outcome")
        self.seconds = registry.durations(
            "service_call_seconds", "Duration of calls to services", "service", "outcome"
        )
        self.is_open = registry.gauge_of_latest(
            "circuit_open", "1 while calls to the service are refused", "service"
        )


class ModeMetrics(MetricSet):
    """How much of itself the installation does, and what an operator's mode has refused."""

    @override
    def __init__(self, registry: MetricRegistry) -> None:
        self.mode = registry.gauge_of_latest(
            "operating_mode", "0 full, 1 essential, 2 read-only, 3 maintenance"
        )
        self.refused = registry.counts(
            "mode_refusals", "Requests refused by the mode that an operator set", "method", "route"
        )


class ConsistencyMetrics(MetricSet):
    """Records that are known to break each consistency rule."""

    @override
    def __init__(self, registry: MetricRegistry) -> None:
        self.inconsistencies = registry.gauge_of_latest(
            "inconsistencies", "Records that break a consistency rule", "rule"
        )


class InboxMetrics(MetricSet):
    """Webhooks of providers: `stored`, `repeated`, `not_signed`; then `processed`, `ignored`."""

    @override
    def __init__(self, registry: MetricRegistry) -> None:
        self.received = CachedLabels(
            registry.counter(
                "received_webhooks", "Webhooks of providers that came in", "provider", "outcome"
            )
        )
        self.processed = CachedLabels(
            registry.counter(
                "processed_webhooks", "Webhooks of providers processed", "provider", "outcome"
            )
        )


class FlagMetrics(MetricSet):
    """Who has each feature, and what became of what was done `with` and `without` it."""

    @override
    def __init__(self, registry: MetricRegistry) -> None:
        self.percent = registry.gauge_of_latest(
            "flag_percent", "Percentage that has the feature", "flag"
        )
        self.outcomes = CachedLabels(
            registry.counter(
                "flag_outcomes", "Outcomes with and without a feature", "flag", "way", "outcome"
            )
        )
