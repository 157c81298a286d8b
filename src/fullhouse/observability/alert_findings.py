"""What is wrong, as sentences: from the signals of one moment, for each rule of alerts."""

from collections.abc import Iterator
from math import inf
from typing import Final, NamedTuple

from fullhouse.localisation.formatter import utc_english
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
from fullhouse.resilience.circuit_texts import service_name


class AlertFinding(NamedTuple):
    """Something is wrong: with what, how badly, and in which words."""

    severity: Severity
    summary: str
    subject: str = ""


RECENT_SECONDS: Final = 300


def _recent_bookings(signals: Signals) -> Requests | None:
    """Those of five minutes, when they are enough to judge and nobody has chosen to refuse them."""
    recent = signals.bookings.get(RECENT_SECONDS)
    if recent is None or recent.sketch.count < ALERT_BOOKINGS_MIN:
        return None
    return recent if signals.mode_seconds > RECENT_SECONDS else None


def _number(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _lasted(seconds: int) -> str:
    """Whole minutes, hours or days."""
    for noun, length in (("day", 86_400), ("hour", 3_600)):
        if seconds % length == 0:
            return _number(seconds // length, noun)
    return _number(seconds // 60, "minute")


def database_away(signals: Signals) -> Iterator[AlertFinding]:
    if signals.database_away:
        yield AlertFinding(
            "critical",
            "The database does not answer. Nobody can book; pages show what was known last.",
        )


def bookings_fail(signals: Signals) -> Iterator[AlertFinding]:
    recent = _recent_bookings(signals)
    if recent is None or recent.failed < ALERT_FAILURES_MIN:
        return
    if severity := BOOKING_SUCCESS.severity(1 - recent.failed_share):
        yield AlertFinding(
            severity,
            f"{recent.failed} of {recent.sketch.count} attempts to book failed"
            " in the last 5 minutes.",
        )


def bookings_slow(signals: Signals) -> Iterator[AlertFinding]:
    recent = _recent_bookings(signals)
    if recent is None:
        return
    p95 = recent.sketch.quantile(0.95)
    if severity := BOOKING_SECONDS.severity(p95):
        yield AlertFinding(
            severity, f"Booking is slow: 5 of 100 attempts take longer than {p95:.1f} s."
        )


def budget_burns(signals: Signals) -> Iterator[AlertFinding]:
    """Google, The Site Reliability Workbook (2018), ch. 5: multiwindow, multi-burn-rate alerts."""
    is_busy_day = signals.checks.is_busy_day
    for burn in (one for one in BURN_RATES if is_busy_day or not one.is_of_busy_days):
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
                f"Over {_lasted(burn.long_seconds)} bookings failed more than {burn.rate:g} times"
                " as often as promised.",
            )
            return


def errors(signals: Signals) -> Iterator[AlertFinding]:
    severity = REQUEST_ERRORS.severity(signals.requests_failed)
    if severity and signals.mode_seconds > RECENT_SECONDS:
        yield AlertFinding(
            severity, f"{signals.requests_failed} requests ended in an error in the last 5 minutes."
        )


def statements_fail(signals: Signals) -> Iterator[AlertFinding]:
    failed, busy = signals.statements_failed, signals.statements_busy
    if severity := DATABASE_ERRORS.severity(failed):
        yield AlertFinding(severity, f"{failed} database queries failed in the last 5 minutes.")
    elif severity := DATABASE_BUSY.severity(busy):
        yield AlertFinding(
            severity, f"The database was too busy for {busy} queries in the last 5 minutes."
        )


def caches_miss(signals: Signals) -> Iterator[AlertFinding]:
    for cache, lookups in sorted(signals.caches.items()):
        severity = CACHE_MISSES.severity(lookups.failed_share)
        if severity and lookups.count >= ALERT_LOOKUPS_MIN:
            yield AlertFinding(
                severity,
                f"{100 * lookups.failed_share:.0f} of 100 look-ups are not in the cache {cache}.",
                cache,
            )


def deliveries_fail(signals: Signals) -> Iterator[AlertFinding]:
    for kind, attempts in sorted(signals.deliveries.items()):
        severity = DELIVERY_SUCCESS.severity(1 - attempts.failed_share)
        if severity and attempts.failed >= ALERT_DELIVERIES_FAILED_MIN:
            yield AlertFinding(
                severity,
                f"{attempts.failed} of {attempts.count} deliveries ({kind}) failed"
                " in the last 5 minutes.",
                kind,
            )


def sign_ins_refused(signals: Signals) -> Iterator[AlertFinding]:
    refused = signals.sign_ins_refused
    if severity := SIGN_IN_FAILURES.severity(refused):
        yield AlertFinding(
            severity, f"{refused} sign-ins in the last 5 minutes had a wrong password."
        )


def certificate_ends(signals: Signals) -> Iterator[AlertFinding]:
    days = signals.checks.certificate_days
    if days is not None and (severity := CERTIFICATE_DAYS.severity(days)):
        when = "has ended" if days <= 0 else f"ends in {_number(round(days), 'day')}"
        yield AlertFinding(severity, f"The certificate of the site {when}.")


def clock_wrong(signals: Signals) -> Iterator[AlertFinding]:
    seconds = signals.checks.clock_seconds
    if seconds is not None and (severity := CLOCK_SECONDS.severity(seconds)):
        yield AlertFinding(
            severity, f"The clocks of this machine and of the database differ by {seconds:.0f} s."
        )


def backup_old(signals: Signals) -> Iterator[AlertFinding]:
    days = signals.checks.backup_days
    if days is not None and (severity := BACKUP_DAYS.severity(days)):
        since = "PostgreSQL cannot archive its log" if days == inf else "No log was archived"
        when = "" if days == inf else f" for {_number(round(days), 'day')}"
        yield AlertFinding(severity, f"Backups stand still: {since}{when}.")


def services_fail(signals: Signals) -> Iterator[AlertFinding]:
    for service, seconds in sorted(signals.open_circuits.items()):
        if severity := SERVICE_SECONDS.severity(seconds):
            name = service_name(service, utc_english().translations)
            yield AlertFinding(severity, f"{name} does not work: calls to it are paused.", service)


def queue_stands(signals: Signals) -> Iterator[AlertFinding]:
    due, silent = signals.oldest_due_seconds, signals.worker_silent_seconds
    if severity := QUEUE_SECONDS.severity(waited := max(due, silent)):
        what = "A job has been due" if due >= silent else "The worker has done nothing"
        since = _number(max(1, round(waited / 60)), "minute")
        yield AlertFinding(severity, f"{what} for {since}: e-mails and offers may wait.")


def jobs_failed(signals: Signals) -> Iterator[AlertFinding]:
    if severity := DEAD_LETTERS.severity(signals.dead_letters):
        yield AlertFinding(
            severity,
            f"{_number(signals.dead_letters, 'job')} failed for good.",
        )


def inconsistent(signals: Signals) -> Iterator[AlertFinding]:
    if severity := INCONSISTENCIES.severity(signals.inconsistencies):
        yield AlertFinding(
            severity, f"{_number(signals.inconsistencies, 'inconsistent record')} found."
        )


def machine_short(signals: Signals) -> Iterator[AlertFinding]:
    if signals.machine is not HealthStatus.HEALTHY:
        is_bad = signals.machine is HealthStatus.UNHEALTHY
        yield AlertFinding(
            "critical" if is_bad else "warning",
            f"The machine runs short: {signals.machine_troubles}.",
        )


def memory_grows(signals: Signals) -> Iterator[AlertFinding]:
    """The worst of all: a leak comes back in the process that replaces another."""
    if signals.grown_processes:
        used = max(signals.grown_processes.values())
        yield AlertFinding(
            "warning",
            f"The memory of a process grew too far, to {used / 1_000_000:.0f} MB:"
            f" {', '.join(sorted(signals.grown_processes))}.",
        )


def running_out(signals: Signals) -> Iterator[AlertFinding]:
    for one in signals.trends:
        yield AlertFinding("warning", one.text, " ".join(one.key).strip())


def unusual(signals: Signals) -> Iterator[AlertFinding]:
    for one in signals.unusual:
        yield AlertFinding("warning", one.text, one.subject)
