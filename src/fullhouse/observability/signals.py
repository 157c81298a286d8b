"""What the rules of alerts look at, as values of one moment."""

from collections.abc import Mapping, Sequence
from math import inf

from msgspec import Struct

from fullhouse.numerics.quantile_sketch import QuantileSketch
from fullhouse.observability.model import HealthStatus
from fullhouse.observability.trends import Trend
from fullhouse.observability.unusual import UnusualFinding


class Requests(Struct, frozen=True):
    """Requests of a span: the durations of all, and how many ended in an error of ours."""

    sketch: QuantileSketch
    failed: int

    @property
    def failed_share(self) -> float:
        count = self.sketch.count
        return self.failed / count if count else 0.0


class Tally(Struct, frozen=True):
    """Of so many of five minutes some went wrong."""

    count: int = 0
    failed: int = 0

    @property
    def failed_share(self) -> float:
        return self.failed / self.count if self.count else 0.0


class InstallationChecks(Struct, frozen=True, kw_only=True):
    """What changes in days and is looked at every hour; None where there is nothing to see."""

    certificate_days: float | None = None
    clock_seconds: float | None = None
    is_busy_day: bool = False
    """Within a day of one on which a business has twice its usual guests."""
    backup_days: float | None = None
    """Since a log was archived; infinity when it cannot be."""


class Signals(Struct, frozen=True, kw_only=True):
    """What the rules look at. Of a database that is away nothing else is known."""

    database_away: bool = False
    bookings: Mapping[int, Requests] = {}
    """Attempts to book, by the seconds of the span that ends now."""
    requests_failed: int = 0
    """All requests of the last five minutes that ended in an error of ours."""
    mode_seconds: float = inf
    """Since an operating mode refused bookings, or was changed: what was refused by choice is no
    failure."""
    dead_letters: int = 0
    inconsistencies: int = 0
    oldest_due_seconds: float = 0.0
    worker_silent_seconds: float = 0.0
    """Since the worker did anything: one that has stopped leaves no job that is due."""
    caches: Mapping[str, Tally] = {}
    """Look-ups by cache; those that it could not answer failed."""
    deliveries: Mapping[str, Tally] = {}
    """Attempts of jobs by their kind, of kinds that give something to somebody outside."""
    statements_failed: int = 0
    statements_busy: int = 0
    """Those of five minutes that the database failed, and those that it had no time for."""
    sign_ins_refused: int = 0
    checks: InstallationChecks = InstallationChecks()
    open_circuits: Mapping[str, float] = {}
    """Services that are known to fail, and for how many seconds."""
    grown_processes: Mapping[str, int] = {}
    """Processes whose memory lately grew without end, or was too much, and their bytes then."""
    trends: Sequence[Trend] = ()
    unusual: Sequence[UnusualFinding] = ()
    machine: HealthStatus = HealthStatus.HEALTHY
    machine_troubles: str = ""
