"""The alerts that there are: when each begins, how bad it is, and which runbook helps.

A rule looks at the signals of one moment and says in a sentence what is wrong, or nothing. What
lasts `after_seconds` becomes an alert. A rule with causes is silent while one of them fires: a
database that is down is one message.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from math import inf
from typing import Final, Literal, NamedTuple

from msgspec import Struct

from fullhouse.numerics.quantile_sketch import QuantileSketch
from fullhouse.observability.limits import (
    ALERT_BOOKINGS_MIN,
    ALERT_ERRORS_MAX,
    ALERT_FAILURES_MIN,
    ALERT_QUEUE_SECONDS_CRITICAL,
    ALERT_QUEUE_SECONDS_MAX,
    ALERT_SERVICE_SECONDS_MAX,
    BOOKING_P95_SECONDS_CRITICAL,
    BOOKING_P95_SECONDS_MAX,
    BOOKING_SUCCESS_MIN,
    BOOKING_SUCCESS_MIN_CRITICAL,
    BURN_FAILURES_MIN,
    BURN_RATES,
    ERROR_BUDGET,
)
from fullhouse.observability.model import HealthStatus

Severity = Literal["warning", "critical"]
"""Whether somebody reads it in the morning, or is woken."""


class Requests(Struct, frozen=True):
    """Requests of a span: the durations of all, and how many ended in an error of ours."""

    sketch: QuantileSketch
    failed: int

    @property
    def failed_share(self) -> float:
        count = self.sketch.count
        return self.failed / count if count else 0.0


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
    open_circuits: Mapping[str, float] = {}
    """Services that are known to fail, and for how many seconds."""
    machine: HealthStatus = HealthStatus.HEALTHY
    machine_troubles: Sequence[str] = ()


class AlertFinding(NamedTuple):
    """Something is wrong: with what, how badly, and in which words."""

    severity: Severity
    summary: str
    subject: str = ""


class AlertRule(Struct, frozen=True):
    """`runbook` is the name of its page; `act` says what to do first."""

    name: str
    runbook: str
    act: str
    look: Callable[[Signals], Iterator[AlertFinding]]
    after_seconds: float = 0.0
    causes: tuple[str, ...] = ()


_RECENT: Final = 300


def _recent_bookings(signals: Signals) -> Requests | None:
    """Those of five minutes, when they are enough to judge and nobody has chosen to refuse them."""
    recent = signals.bookings.get(_RECENT)
    if recent is None or recent.sketch.count < ALERT_BOOKINGS_MIN:
        return None
    return recent if signals.mode_seconds > _RECENT else None


def _database_away(signals: Signals) -> Iterator[AlertFinding]:
    if signals.database_away:
        yield AlertFinding(
            "critical",
            "The database does not answer. Pages show what is known; nobody can book.",
        )


def _bookings_fail(signals: Signals) -> Iterator[AlertFinding]:
    recent = _recent_bookings(signals)
    if recent is None:
        return
    share = 1 - recent.failed_share
    if share < BOOKING_SUCCESS_MIN and recent.failed >= ALERT_FAILURES_MIN:
        yield AlertFinding(
            "critical" if share < BOOKING_SUCCESS_MIN_CRITICAL else "warning",
            f"{recent.failed} of {recent.sketch.count} attempts to book failed within 5 minutes.",
        )


def _bookings_slow(signals: Signals) -> Iterator[AlertFinding]:
    recent = _recent_bookings(signals)
    if recent is None:
        return
    p95 = recent.sketch.quantile(0.95)
    if p95 > BOOKING_P95_SECONDS_MAX:
        yield AlertFinding(
            "critical" if p95 > BOOKING_P95_SECONDS_CRITICAL else "warning",
            f"Of 100 attempts to book 5 take longer than {p95:.1f} s.",
        )


def _budget_burns(signals: Signals) -> Iterator[AlertFinding]:
    """Google, The Site Reliability Workbook (2018), ch. 5: multiwindow, multi-burn-rate alerts."""
    for burn in BURN_RATES:
        spans = [
            signals.bookings.get(seconds) for seconds in (burn.long_seconds, burn.short_seconds)
        ]
        if signals.mode_seconds > burn.short_seconds and all(
            span is not None
            and span.failed >= BURN_FAILURES_MIN
            and span.failed_share > burn.rate * ERROR_BUDGET
            for span in spans
        ):
            yield AlertFinding(
                "critical" if burn.wakes else "warning",
                f"Attempts to book fail {burn.rate:g} times as often as they may in a month.",
            )
            return


def _errors(signals: Signals) -> Iterator[AlertFinding]:
    if signals.requests_failed > ALERT_ERRORS_MAX and signals.mode_seconds > _RECENT:
        yield AlertFinding(
            "warning",
            f"{signals.requests_failed} requests ended in an error within 5 minutes.",
        )


def _services_fail(signals: Signals) -> Iterator[AlertFinding]:
    for service, seconds in sorted(signals.open_circuits.items()):
        if seconds > ALERT_SERVICE_SECONDS_MAX:
            yield AlertFinding("critical", f"{service} is not called: it fails.", service)


def _queue_stands(signals: Signals) -> Iterator[AlertFinding]:
    waited = signals.oldest_due_seconds
    if waited > ALERT_QUEUE_SECONDS_MAX:
        yield AlertFinding(
            "critical" if waited > ALERT_QUEUE_SECONDS_CRITICAL else "warning",
            f"A job has been due for {waited / 60:.0f} minutes: e-mails and offers may wait.",
        )


def _jobs_failed(signals: Signals) -> Iterator[AlertFinding]:
    if signals.dead_letters:
        yield AlertFinding(
            "warning", f"Jobs that failed for good and wait for you: {signals.dead_letters}."
        )


def _inconsistent(signals: Signals) -> Iterator[AlertFinding]:
    if signals.inconsistencies:
        yield AlertFinding(
            "critical", f"Records that break a consistency rule: {signals.inconsistencies}."
        )


def _machine_short(signals: Signals) -> Iterator[AlertFinding]:
    if signals.machine is not HealthStatus.HEALTHY:
        is_bad = signals.machine is HealthStatus.UNHEALTHY
        yield AlertFinding(
            "critical" if is_bad else "warning",
            f"The machine runs short: {', '.join(signals.machine_troubles)}.",
        )


_DATABASE: Final = "database-down"
_LOOK_AT_BOOKINGS: Final = "Look at /admin/latency and the log for what fails or takes long."
RULES: Final = (
    AlertRule(
        _DATABASE,
        "database-down",
        "Run `fullhouse doctor`, and see whether PostgreSQL runs and answers.",
        _database_away,
    ),
    AlertRule(
        "inconsistent",
        "invariants-violated",
        "Run `fullhouse repair`, which shows what is broken with its repair.",
        _inconsistent,
    ),
    AlertRule(
        "bookings-failing", "bookings-failing", _LOOK_AT_BOOKINGS, _bookings_fail, 0, (_DATABASE,)
    ),
    AlertRule(
        "bookings-slow", "bookings-slow", _LOOK_AT_BOOKINGS, _bookings_slow, 60, (_DATABASE,)
    ),
    AlertRule(
        "error-budget",
        "bookings-failing",
        _LOOK_AT_BOOKINGS,
        _budget_burns,
        causes=(_DATABASE, "bookings-failing"),
    ),
    AlertRule(
        "errors",
        "bookings-failing",
        "Search the log for `request.failed`: it has the place in the code.",
        _errors,
        causes=(_DATABASE, "bookings-failing"),
    ),
    AlertRule(
        "service-failing",
        "mail-not-going-out",
        "Run `fullhouse circuits`, which says why, and ask the provider.",
        _services_fail,
    ),
    AlertRule(
        "queue-standing",
        "worker-stopped",
        "See whether the worker runs, and what it logs.",
        _queue_stands,
        causes=(_DATABASE, "service-failing"),
    ),
    AlertRule(
        "jobs-failed",
        "jobs-failed",
        "Run `fullhouse dead-letters list`; retry what may succeed now.",
        _jobs_failed,
    ),
    AlertRule(
        "machine-short",
        "machine-short",
        "Free memory or disk, or stop what else runs on the machine.",
        _machine_short,
        after_seconds=120,
    ),
)
"""Every alert that there is, causes before what follows from them."""
RULES_BY_NAME: Final[Mapping[str, AlertRule]] = {rule.name: rule for rule in RULES}
