"""Metrics of the machine, of what is looked at every hour, and of alerts."""

from collections.abc import Collection

from typing_extensions import override

from fullhouse.observability.signals import InstallationChecks
from fullhouse.telemetry.metrics import MetricRegistry, MetricSet


class MachineMetrics(MetricSet):
    """The machine or its container, and what its processes that serve take of it."""

    @override
    def __init__(self, registry: MetricRegistry) -> None:
        self.memory_total = registry.gauge_of_latest(
            "machine_memory_bytes", "Memory of the machine or its container"
        )
        self.memory_free = registry.gauge_of_latest(
            "machine_memory_free_bytes", "Memory that is free"
        )
        self.processors = registry.gauge_of_latest("machine_processors", "Processors to run on")
        self.load = registry.gauge_of_latest(
            "machine_load", "Processes that run or wait for a processor"
        )
        self.disk_total = registry.gauge_of_latest("machine_disk_bytes", "Size of the disk of data")
        self.disk_free = registry.gauge_of_latest(
            "machine_disk_free_bytes", "Free bytes of the disk of data"
        )
        self.memory_taken = registry.gauge_of_sum(
            "process_memory_bytes", "Memory of the web processes"
        )
        self.processor_seconds = registry.counter(
            "process_processor_seconds", "Processor time of the web processes"
        )
        self._seconds_before = 0.0

    def processor_time(self, seconds: float) -> None:
        """Count what this process has taken in all."""
        self.processor_seconds.inc(max(0.0, seconds - self._seconds_before))
        self._seconds_before = seconds


class CheckMetrics(MetricSet):
    """What changes in days; -1 where there is nothing to see."""

    @override
    def __init__(self, registry: MetricRegistry) -> None:
        self._certificate = registry.gauge_of_latest(
            "certificate_days", "Days for which the certificate is valid, -1 without one"
        )
        self._clock = registry.gauge_of_latest(
            "clock_difference_seconds", "Difference of the clocks here and in the database"
        )
        self._backup = registry.gauge_of_latest(
            "backup_age_days", "Age of the last archived log, -1 when none is to be archived"
        )
        self._is_busy_day = registry.gauge_of_latest(
            "busy_day", "1 within a day of one with twice the usual guests"
        )

    def checked(self, checks: InstallationChecks) -> None:
        """Publish what was seen."""
        days, age = checks.certificate_days, checks.backup_days
        self._certificate.set(-1 if days is None else max(0.0, days))
        self._clock.set(checks.clock_seconds or 0.0)
        self._backup.set(-1 if age is None else age)
        self._is_busy_day.set(int(checks.is_busy_day))


class AlertMetrics(MetricSet):
    """The alerts that fire, as the process that watches finds them."""

    @override
    def __init__(self, registry: MetricRegistry) -> None:
        self._firing = registry.gauge_of_latest(
            "alert_firing", "1 while an alert of the rule fires", "rule", "severity"
        )

    def fire(self, firing: Collection[tuple[str, str]], rules: Collection[str]) -> None:
        """Publish rules with severities that fire; all others of `rules` do not."""
        for rule in rules:
            for severity in ("warning", "critical"):
                self._firing.labels(rule, severity).set(int((rule, severity) in firing))
