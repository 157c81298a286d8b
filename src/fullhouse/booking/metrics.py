"""Metrics of the ledger and of holds."""

from collections import Counter
from collections.abc import Iterable
from math import inf
from typing import Final
from uuid import UUID

from typing_extensions import override

from fullhouse.booking.limits import (
    FUNNEL_SOURCES_MAX,
    FUNNEL_SOURCES_PER_CLIENT_MAX,
    OTHER_SOURCES,
)
from fullhouse.telemetry.metrics import CachedLabels, MetricRegistry, MetricSet

_GROUP_SIZES: Final = (1, 2, 4, 8, 16, 32, 64, 128, 256)
_SIZES: Final = ((1, "1"), (8, "2 to 8"), (64, "9 to 64"), (inf, "more than 64"))


class LedgerMetrics(MetricSet):
    """The committer: the size of its groups, the duration of its commits, and the verdicts."""

    @override
    def __init__(self, registry: MetricRegistry) -> None:
        self._group_commands = registry.histogram(
            "ledger_group_commands", "Commands in a commit", buckets=_GROUP_SIZES
        )
        self._commit_seconds = registry.durations(
            "ledger_commit_seconds", "Duration of commits of the ledger", "commands"
        )
        self._queue_commands = registry.gauge_of_sum(
            "ledger_queue_commands", "Commands waiting for the ledger"
        )
        self._verdicts = CachedLabels(
            registry.counter("ledger_verdicts", "Commands decided", "command", "verdict")
        )
        self._rejected = registry.counter(
            "ledger_rejected", "Commands rejected because the queue was full"
        )
        self._expired = CachedLabels(
            registry.counter(
                "ledger_expired", "Commands whose verdict did not come in time", "outcome_unknown"
            )
        )

    def committed(self, *, commands: int, seconds: float, queued: int) -> None:
        """Record one commit, and how many commands wait after it."""
        self._group_commands.observe(commands)
        self._commit_seconds.labels(_size_of(commands)).observe(seconds)
        self._queue_commands.set(queued)

    def decided(self, verdicts: Iterable[tuple[str, str]]) -> None:
        """Count pairs of a command's kind and its verdict."""
        for (command, verdict), count in Counter(verdicts).items():
            self._verdicts.labels(command, verdict).inc(count)

    def expired(self, *, outcome_unknown: bool) -> None:
        """Count a command that was given up; it may have been committed if that is unknown."""
        self._expired.labels(str(outcome_unknown).lower()).inc()

    def rejected(self) -> None:
        self._rejected.inc()


def _size_of(commands: int) -> str:
    """A group of so many commands by the sizes that are told apart: `2 to 8`."""
    return next(text for most, text in _SIZES if commands <= most)


class HoldMetrics(MetricSet):
    """Places that guests take without booking: how many of them are booked in the end.

    Of a guest who means it most are `confirmed`. Far more `placed` than that, or any `refused` for
    a client that holds too much already, is somebody who keeps places from others.
    """

    @override
    def __init__(self, registry: MetricRegistry) -> None:
        self._places = CachedLabels(
            registry.counter(
                "held_places", "Places of holds that were placed, confirmed or refused", "outcome"
            )
        )

    def placed(self, places: int) -> None:
        self._places.labels("placed").inc(places)

    def confirmed(self, places: int) -> None:
        self._places.labels("confirmed").inc(places)

    def refused(self, places: int) -> None:
        """Count places that a client may not hold beside those that it has."""
        self._places.labels("refused").inc(places)


class FunnelMetrics(MetricSet):
    """How far guests get on the pages of an offering: counts alone, of nobody in particular.

    They are kept as other measurements. Sources beyond a bound count as `other`, and so do those
    that one client invents beyond a bound of its own: it cannot take the place of others.
    """

    @override
    def __init__(self, registry: MetricRegistry) -> None:
        self._steps = registry.counts(
            "funnel_steps", "Steps of guests to a booking", "offering", "source", "step"
        )
        self._sources: set[tuple[UUID, str]] = set()
        self._brought_by: Counter[int] = Counter()
        """How many a client brought; of the client only a hash, with a key of this process."""

    def count(self, offering_id: UUID, source: str, *, step: str, client: str) -> None:
        """Count one; `source` is what a link of a campaign says, or empty."""
        if source and not self._is_apart((offering_id, source), hash(client)):
            source = OTHER_SOURCES
        self._steps.labels(str(offering_id), source, step).inc()

    def _is_apart(self, key: tuple[UUID, str], client: int) -> bool:
        if key in self._sources:
            return True
        if (
            len(self._sources) >= FUNNEL_SOURCES_MAX
            or self._brought_by[client] >= FUNNEL_SOURCES_PER_CLIENT_MAX
        ):
            return False
        self._sources.add(key)
        self._brought_by[client] += 1
        return True
