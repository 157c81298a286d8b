"""The alerts that there are: when each begins, how bad it is, and which runbook helps.

A rule looks at the signals of one moment and says in a sentence what is wrong, or nothing. What
lasts `after_seconds` becomes an alert. A rule with causes is silent while one of them fires: a
database that is down is one message.
"""

from collections.abc import Callable, Iterator, Mapping
from math import inf
from typing import Final, NamedTuple

from msgspec import Struct

from fullhouse.observability.limits import (
    ALERT_BOOKINGS_MIN,
    ALERT_DELIVERIES_FAILED_MIN,
    ALERT_FAILURES_MIN,
    ALERT_LOOKUPS_MIN,
    BURN_FAILURES_MIN,
    BURN_RATES,
)
from fullhouse.observability.model import HealthStatus
from fullhouse.observability.objectives import (
    BACKUP_DAYS,
    BOOKING_SECONDS,
    BOOKING_SUCCESS,
    CACHE_MISSES,
    CERTIFICATE_DAYS,
    CLOCK_SECONDS,
    DATABASE_BUSY,
    DATABASE_ERRORS,
    DEAD_LETTERS,
    DELIVERY_SUCCESS,
    ERROR_BUDGET,
    INCONSISTENCIES,
    QUEUE_SECONDS,
    REQUEST_ERRORS,
    SERVICE_SECONDS,
    SIGN_IN_FAILURES,
    Severity,
)
from fullhouse.observability.signals import Requests, Signals


class AlertFinding(NamedTuple):
    """Something is wrong: with what, how badly, and in which words."""

    severity: Severity
    summary: str
    subject: str = ""


class AlertRule(Struct, frozen=True):
    """`runbook` is the name of its page; `act` says what to do first.

    `span_seconds` is how far back it looks: so long after a cause is over, what it sees may still
    be of that.
    """

    name: str
    runbook: str
    act: str
    look: Callable[[Signals], Iterator[AlertFinding]]
    after_seconds: float = 0.0
    causes: tuple[str, ...] = ()
    span_seconds: float = 0.0


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
    if recent is None or recent.failed < ALERT_FAILURES_MIN:
        return
    if severity := BOOKING_SUCCESS.severity(1 - recent.failed_share):
        yield AlertFinding(
            severity,
            f"{recent.failed} of {recent.sketch.count} attempts to book failed within 5 minutes.",
        )


def _bookings_slow(signals: Signals) -> Iterator[AlertFinding]:
    recent = _recent_bookings(signals)
    if recent is None:
        return
    p95 = recent.sketch.quantile(0.95)
    if severity := BOOKING_SECONDS.severity(p95):
        yield AlertFinding(severity, f"Of 100 attempts to book 5 take longer than {p95:.1f} s.")


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
    severity = REQUEST_ERRORS.severity(signals.requests_failed)
    if severity and signals.mode_seconds > _RECENT:
        yield AlertFinding(
            severity, f"{signals.requests_failed} requests ended in an error within 5 minutes."
        )


def _statements_fail(signals: Signals) -> Iterator[AlertFinding]:
    failed, busy = signals.statements_failed, signals.statements_busy
    if severity := DATABASE_ERRORS.severity(failed):
        yield AlertFinding(severity, f"The database failed {failed} statements within 5 minutes.")
    elif severity := DATABASE_BUSY.severity(busy):
        yield AlertFinding(
            severity, f"The database had no time for {busy} statements within 5 minutes."
        )


def _caches_miss(signals: Signals) -> Iterator[AlertFinding]:
    for cache, lookups in sorted(signals.caches.items()):
        severity = CACHE_MISSES.severity(lookups.failed_share)
        if severity and lookups.count >= ALERT_LOOKUPS_MIN:
            yield AlertFinding(
                severity,
                f"Of 100 look-ups the cache {cache} misses {100 * lookups.failed_share:.0f}.",
                cache,
            )


def _deliveries_fail(signals: Signals) -> Iterator[AlertFinding]:
    for kind, attempts in sorted(signals.deliveries.items()):
        severity = DELIVERY_SUCCESS.severity(1 - attempts.failed_share)
        if severity and attempts.failed >= ALERT_DELIVERIES_FAILED_MIN:
            yield AlertFinding(
                severity,
                f"{attempts.failed} of {attempts.count} attempts of {kind} failed in 5 minutes.",
                kind,
            )


def _sign_ins_refused(signals: Signals) -> Iterator[AlertFinding]:
    refused = signals.sign_ins_refused
    if severity := SIGN_IN_FAILURES.severity(refused):
        yield AlertFinding(severity, f"{refused} passwords were wrong within 5 minutes.")


def _certificate_ends(signals: Signals) -> Iterator[AlertFinding]:
    days = signals.checks.certificate_days
    if days is not None and (severity := CERTIFICATE_DAYS.severity(days)):
        yield AlertFinding(severity, f"The certificate is valid for {days:.0f} days.")


def _clock_wrong(signals: Signals) -> Iterator[AlertFinding]:
    seconds = signals.checks.clock_seconds
    if seconds is not None and (severity := CLOCK_SECONDS.severity(seconds)):
        yield AlertFinding(
            severity, f"The clocks here and in the database differ by {seconds:.0f} s."
        )


def _backup_old(signals: Signals) -> Iterator[AlertFinding]:
    days = signals.checks.backup_days
    if days is not None and (severity := BACKUP_DAYS.severity(days)):
        since = "PostgreSQL cannot archive its log" if days == inf else "No log was archived"
        when = "" if days == inf else f" for {days:.0f} days"
        yield AlertFinding(severity, f"{since}{when}.")


def _services_fail(signals: Signals) -> Iterator[AlertFinding]:
    for service, seconds in sorted(signals.open_circuits.items()):
        if severity := SERVICE_SECONDS.severity(seconds):
            yield AlertFinding(severity, f"{service} is not called: it fails.", service)


def _queue_stands(signals: Signals) -> Iterator[AlertFinding]:
    waited = signals.oldest_due_seconds
    if severity := QUEUE_SECONDS.severity(waited):
        yield AlertFinding(
            severity,
            f"A job has been due for {waited / 60:.0f} minutes: e-mails and offers may wait.",
        )


def _jobs_failed(signals: Signals) -> Iterator[AlertFinding]:
    if severity := DEAD_LETTERS.severity(signals.dead_letters):
        yield AlertFinding(
            severity, f"Jobs that failed for good and wait for you: {signals.dead_letters}."
        )


def _inconsistent(signals: Signals) -> Iterator[AlertFinding]:
    if severity := INCONSISTENCIES.severity(signals.inconsistencies):
        yield AlertFinding(
            severity, f"Records that break a consistency rule: {signals.inconsistencies}."
        )


def _machine_short(signals: Signals) -> Iterator[AlertFinding]:
    if signals.machine is not HealthStatus.HEALTHY:
        is_bad = signals.machine is HealthStatus.UNHEALTHY
        yield AlertFinding(
            "critical" if is_bad else "warning",
            f"The machine runs short: {signals.machine_troubles}.",
        )


def _memory_grows(signals: Signals) -> Iterator[AlertFinding]:
    """The worst of all: a leak comes back in the process that replaces another."""
    if signals.grown_processes:
        used = max(signals.grown_processes.values())
        yield AlertFinding(
            "warning",
            f"The memory of a process grew too far, to {used / 1_000_000:.0f} MB:"
            f" {', '.join(sorted(signals.grown_processes))}.",
        )


def _running_out(signals: Signals) -> Iterator[AlertFinding]:
    found = signals.trends
    yield from (AlertFinding("warning", one.text, " ".join(one.key).strip()) for one in found)


def _unusual(signals: Signals) -> Iterator[AlertFinding]:
    yield from (AlertFinding("warning", one.text, one.subject) for one in signals.unusual)


_DATABASE: Final = "database-down"
_BOOKINGS: Final = "bookings-failing"
_SERVICE: Final = "service-failing"
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
        "database-failing",
        "database-failing",
        "Look at /admin/latency?of=queries for what fails, and into the log of PostgreSQL.",
        _statements_fail,
        causes=(_DATABASE,),
        span_seconds=_RECENT,
    ),
    AlertRule(
        _BOOKINGS,
        "bookings-failing",
        _LOOK_AT_BOOKINGS,
        _bookings_fail,
        causes=(_DATABASE, "database-failing"),
        span_seconds=_RECENT,
    ),
    AlertRule(
        "bookings-slow",
        "bookings-slow",
        _LOOK_AT_BOOKINGS,
        _bookings_slow,
        after_seconds=60,
        causes=(_DATABASE,),
        span_seconds=_RECENT,
    ),
    AlertRule(
        "error-budget",
        "bookings-failing",
        _LOOK_AT_BOOKINGS,
        _budget_burns,
        causes=(_DATABASE, "database-failing", _BOOKINGS),
        span_seconds=_RECENT,
    ),
    AlertRule(
        "errors",
        "bookings-failing",
        "Search the log for `http.request_failed` and `http.page_failed`, with the places in code.",
        _errors,
        causes=(_DATABASE, "database-failing", _BOOKINGS),
        span_seconds=_RECENT,
    ),
    AlertRule(
        _SERVICE,
        "mail-not-going-out",
        "Run `fullhouse circuits`, which says why, and ask the provider.",
        _services_fail,
    ),
    AlertRule(
        "deliveries-failing",
        "deliveries-failing",
        "Search the log for `jobs.attempt_failed`: it says why.",
        _deliveries_fail,
        after_seconds=120,
        causes=(_DATABASE, _SERVICE),
        span_seconds=_RECENT,
    ),
    AlertRule(
        "queue-standing",
        "worker-stopped",
        "See whether the worker runs, and what it logs.",
        _queue_stands,
        causes=(_DATABASE, _SERVICE),
    ),
    AlertRule(
        "jobs-failed",
        "jobs-failed",
        "Run `fullhouse dead-letters list`; retry what may succeed now.",
        _jobs_failed,
    ),
    AlertRule(
        "cache-missing",
        "cache-missing",
        "See whether Redis answers, and how much is booked now.",
        _caches_miss,
        after_seconds=600,
        causes=(_DATABASE,),
        span_seconds=_RECENT,
    ),
    AlertRule(
        "sign-ins-refused",
        "under-attack",
        "See who asks /sign-in so often, and refuse those networks at the proxy.",
        _sign_ins_refused,
    ),
    AlertRule(
        "memory-grows",
        "memory-grows",
        "Run `fullhouse memory`, which says what grew and whether the process was replaced.",
        _memory_grows,
    ),
    AlertRule(
        "machine-short",
        "machine-short",
        "Free memory or disk, or stop what else runs on the machine.",
        _machine_short,
        after_seconds=120,
    ),
    AlertRule(
        "running-out",
        "running-out",
        "See how much time is left, and what grows.",
        _running_out,
    ),
    AlertRule(
        "unusual",
        "unusual",
        "See whether something failed, or whether there is a reason: an event, a newspaper.",
        _unusual,
        causes=(_DATABASE, _BOOKINGS),
    ),
    AlertRule(
        "certificate-ending",
        "certificate-ending",
        "See whether its renewal runs on the proxy, and what that logs.",
        _certificate_ends,
    ),
    AlertRule(
        "clock-wrong",
        "clock-wrong",
        "Run `timedatectl` here and on the server of the database: NTP must be active.",
        _clock_wrong,
    ),
    AlertRule(
        "backup-old",
        "backup-old",
        "Run `fullhouse doctor`, and see archive_command in the log of PostgreSQL.",
        _backup_old,
    ),
)
"""Every alert that there is, causes before what follows from them."""
RULES_BY_NAME: Final[Mapping[str, AlertRule]] = {rule.name: rule for rule in RULES}
