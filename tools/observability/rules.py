"""The rules of Prometheus: for each alert of ours the expressions that find the same."""

from collections.abc import Iterator, Mapping, Sequence
from math import ceil
from typing import Final, NamedTuple

from tools.observability.promql import (
    ATTEMPTS_TO_BOOK,
    ERRORS,
    FAILURES_TO_BOOK,
    REQUESTS,
    failed_share,
    increase,
    labelled,
    objective_p95,
    one_of,
    outcomes,
    recorded_attempts,
    recorded_failures,
)

from fullhouse.bootstrap.health import NOTIFICATIONS
from fullhouse.bootstrap.services import SERVICES
from fullhouse.observability.alert_rules import RULES
from fullhouse.observability.alert_signals import (
    ATTEMPTS,
    ATTEMPTS_FAILED,
    LOOKUPS,
    MISSES,
    SIGN_INS_REFUSED,
    STATEMENTS_BUSY,
    STATEMENTS_FAILED,
)
from fullhouse.observability.limits import (
    ALERT_BOOKINGS_MIN,
    ALERT_DELIVERIES_FAILED_MIN,
    ALERT_FAILURES_MIN,
    ALERT_LOOKUPS_MIN,
    BURN_FAILURES_MIN,
    BURN_RATES,
    DISK_FREE_SHARE_DEGRADED,
    LOAD_PER_PROCESSOR_MAX,
    MEMORY_FREE_SHARE_DEGRADED,
    MEMORY_FREE_SHARE_UNHEALTHY,
    BurnRate,
)
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
    Objective,
    Severity,
)
from fullhouse.resilience.database_watch import DATABASE
from fullhouse.resilience.operating_mode import OperatingMode
from fullhouse.storage.limits import DISK_FREE_BYTES_MIN

JOB: Final = "fullhouse"
NOT_ANSWERING: Final = "not-answering"
HEARTBEAT: Final = "heartbeat"
TOLD: Final = "told-by-fullhouse"
"""The alert of Prometheus for rules of ours that no expression of series can find."""


class Condition(NamedTuple):
    """When an alert fires with this severity."""

    severity: Severity
    expression: str
    for_seconds: float = 0


def _beyond(objective: Objective, value: str, condition: str = "") -> Iterator[Condition]:
    """Beyond each bound of an objective."""
    comparison = "<" if objective.is_floor else ">"
    bounds: tuple[tuple[Severity, float | None], ...] = (
        ("warning", objective.warning),
        ("critical", objective.critical),
    )
    for severity, bound in bounds:
        if bound is not None:
            yield Condition(severity, f"({value}) {comparison} {bound:g}{condition}")


_REFUSED_BY_CHOICE: Final = (
    f" unless on() max(max_over_time(fullhouse_operating_mode[5m]))"
    f" >= {list(OperatingMode).index(OperatingMode.READ_ONLY)}"
)


def _bookings_fail() -> Iterator[Condition]:
    enough = (
        f" and {FAILURES_TO_BOOK}5m >= {ALERT_FAILURES_MIN}"
        f" and {ATTEMPTS_TO_BOOK}5m >= {ALERT_BOOKINGS_MIN}"
    )
    yield from _beyond(BOOKING_SUCCESS, f"1 - {failed_share('5m')}", enough + _REFUSED_BY_CHOICE)


def _bookings_slow() -> Iterator[Condition]:
    enough = f" and {ATTEMPTS_TO_BOOK}5m >= {ALERT_BOOKINGS_MIN}"
    value = objective_p95(BOOKING_SECONDS.name)
    yield from _beyond(BOOKING_SECONDS, value, enough + _REFUSED_BY_CHOICE)


def _budget_burns() -> Iterator[Condition]:
    for burn in BURN_RATES:
        spans = (burn.long_seconds, burn.short_seconds)
        parts = " and ".join(_burning(burn, duration(seconds)) for seconds in spans)
        severity: Severity = "critical" if burn.wakes else "warning"
        yield Condition(severity, parts + _busy_day(burn) + _REFUSED_BY_CHOICE)


def _busy_day(burn: BurnRate) -> str:
    return " and on() max(fullhouse_busy_day) == 1" if burn.is_of_busy_days else ""


def _burning(burn: BurnRate, span: str) -> str:
    bound = burn.rate * ERROR_BUDGET
    return f"{failed_share(span)} > {bound:g} and {FAILURES_TO_BOOK}{span} >= {BURN_FAILURES_MIN}"


def _statements_fail() -> Iterator[Condition]:
    for objective, values in (
        (DATABASE_ERRORS, STATEMENTS_FAILED),
        (DATABASE_BUSY, STATEMENTS_BUSY),
    ):
        yield from _beyond(objective, increase("fullhouse_query_seconds_count", outcomes(values)))


def _caches_miss() -> Iterator[Condition]:
    metric = "fullhouse_cache_lookups_total"
    missed = increase(metric, outcomes(MISSES), by="cache")
    asked = increase(metric, outcomes(LOOKUPS), by="cache")
    yield from _beyond(CACHE_MISSES, f"{missed} / {asked}", f" and {asked} >= {ALERT_LOOKUPS_MIN}")


def _deliveries_fail() -> Iterator[Condition]:
    metric, kinds = "fullhouse_job_outcomes_total", one_of("kind", NOTIFICATIONS)
    failed = increase(metric, f"{kinds},{outcomes(ATTEMPTS_FAILED)}", by="kind")
    tried = increase(metric, f"{kinds},{outcomes(ATTEMPTS)}", by="kind")
    yield from _beyond(
        DELIVERY_SUCCESS,
        f"1 - {failed} / {tried}",
        f" and {failed} >= {ALERT_DELIVERIES_FAILED_MIN}",
    )


def _services_fail() -> Iterator[Condition]:
    services = one_of("service", SERVICES)
    is_open = f"max by (service)(fullhouse_circuit_open{{{services}}}) > 0"
    yield Condition("critical", is_open, SERVICE_SECONDS.critical or 0)


def _queue_stands() -> Iterator[Condition]:
    """Also when nobody looks at the queue any more: that is the worker, too."""
    silent = "(time() - max(fullhouse_jobs_measured_timestamp_seconds))"
    oldest = "max(fullhouse_job_oldest_seconds)"
    yield from _beyond(QUEUE_SECONDS, oldest)
    yield from _beyond(QUEUE_SECONDS, silent)


def _machine_short() -> Iterator[Condition]:
    memory = "fullhouse_machine_memory_free_bytes / fullhouse_machine_memory_bytes"
    disk = "fullhouse_machine_disk_free_bytes / fullhouse_machine_disk_bytes"
    load = "fullhouse_machine_load / fullhouse_machine_processors"
    yield Condition("warning", f"{memory} < {MEMORY_FREE_SHARE_DEGRADED:g}")
    yield Condition("warning", f"{disk} < {DISK_FREE_SHARE_DEGRADED:g}")
    yield Condition("warning", f"{load} > {LOAD_PER_PROCESSOR_MAX:g}")
    yield Condition("critical", f"{memory} < {MEMORY_FREE_SHARE_UNHEALTHY:g}")
    yield Condition("critical", f"fullhouse_machine_disk_free_bytes < {DISK_FREE_BYTES_MIN}")


def conditions() -> Mapping[str, Sequence[Condition]]:
    """For alerts of the product, when Prometheus finds the same; all others are `TOLD`."""
    days = "fullhouse_certificate_days >= 0"
    sign_ins = increase("fullhouse_sign_ins_total", outcomes(SIGN_INS_REFUSED))
    errors = increase(f"{REQUESTS}_count", ERRORS)
    database = labelled("fullhouse_circuit_open", service=DATABASE)
    found: dict[str, Iterator[Condition]] = {
        "database-down": iter((Condition("critical", f"max({database}) > 0"),)),
        "inconsistent": _beyond(INCONSISTENCIES, "sum(max by (rule)(fullhouse_inconsistencies))"),
        "database-failing": _statements_fail(),
        "bookings-failing": _bookings_fail(),
        "bookings-slow": _bookings_slow(),
        "error-budget": _budget_burns(),
        "errors": _beyond(REQUEST_ERRORS, errors, _REFUSED_BY_CHOICE),
        "service-failing": _services_fail(),
        "deliveries-failing": _deliveries_fail(),
        "queue-standing": _queue_stands(),
        "jobs-failed": _beyond(DEAD_LETTERS, "sum(max by (kind)(fullhouse_dead_letters))"),
        "cache-missing": _caches_miss(),
        "sign-ins-refused": _beyond(SIGN_IN_FAILURES, sign_ins),
        "machine-short": _machine_short(),
        "certificate-ending": _beyond(CERTIFICATE_DAYS, f"min({days})"),
        "clock-wrong": _beyond(CLOCK_SECONDS, "max(fullhouse_clock_difference_seconds)"),
        "backup-old": _beyond(BACKUP_DAYS, "max(fullhouse_backup_age_days)"),
    }
    return {name: tuple(each) for name, each in found.items()}


def rule_file() -> dict[str, object]:
    """`rules.yml`: what is drawn, our alerts, and those that only somebody outside can tell."""
    # One group: its rules are evaluated in order, so that alerts see what was recorded just now
    return {"groups": [{"name": "fullhouse", "rules": [*_recordings(), *_alerts()]}]}


def _recordings() -> Iterator[dict[str, object]]:
    """What dashboards draw and people ask for often."""
    spans = {seconds for burn in BURN_RATES for seconds in (burn.long_seconds, burn.short_seconds)}
    for span in map(duration, sorted(spans)):
        yield {"record": f"{ATTEMPTS_TO_BOOK}{span}", "expr": recorded_attempts(span)}
        yield {"record": f"{FAILURES_TO_BOOK}{span}", "expr": recorded_failures(span)}
    yield {"record": "fullhouse:booking_success:ratio5m", "expr": f"1 - {failed_share('5m')}"}
    for name in ("booking-p95", "availability-p95", "admin-p95"):
        record = f"fullhouse:{name.removesuffix('-p95')}_seconds:p95_5m"
        yield {"record": record, "expr": objective_p95(name)}


def _alerts() -> Iterator[dict[str, object]]:
    found = conditions()
    yield {
        "alert": NOT_ANSWERING,
        "expr": f'up{{job="{JOB}"}} == 0',
        "for": "1m",
        "labels": {"severity": "critical"},
        "annotations": {
            "summary": "{{ $labels.instance }} does not answer.",
            "action": "See whether Fullhouse runs, and whether its machine is reached.",
            "runbook": f"docs/runbooks/{NOT_ANSWERING}.md",
        },
    }
    for rule in RULES:
        for severity in ("critical", "warning"):
            ours = [one for one in found.get(rule.name, ()) if one.severity == severity]
            if not ours:
                continue
            seconds = max(rule.after_seconds, *(one.for_seconds for one in ours), 0)
            yield {
                "alert": rule.name,
                "expr": _any_of([one.expression for one in ours]),
                **({"for": duration(ceil(seconds))} if seconds else {}),
                "labels": {"severity": severity},
                "annotations": {
                    "summary": _SUMMARIES[rule.name],
                    "action": rule.act,
                    "runbook": f"docs/runbooks/{rule.runbook}.md",
                },
            }
    yield {
        "alert": TOLD,
        "expr": f'max by (rule, severity)(fullhouse_alert_firing{{rule!~"{"|".join(found)}"}}) > 0',
        "annotations": {
            "summary": "Fullhouse tells of {{ $labels.rule }}.",
            "action": "Look at /admin/alerts, which says what to do first.",
            "runbook": "docs/runbooks/README.md",
        },
    }
    yield {"alert": HEARTBEAT, "expr": "vector(1)", "labels": {"severity": "none"}}


def _any_of(expressions: Sequence[str]) -> str:
    if len(expressions) == 1:
        return expressions[0]
    return " or ".join(f"({each})" for each in expressions)


_SUMMARIES: Final[Mapping[str, str]] = {
    "database-down": "The database does not answer. Nobody can book.",
    "inconsistent": "Inconsistent records found: {{ $value }}.",
    "database-failing": "Database queries that failed in the last 5 minutes:"
    " {{ $value | humanize }}.",
    "bookings-failing": "Only {{ $value | humanizePercentage }} of attempts to book succeed.",
    "bookings-slow": "Booking is slow: 5 of 100 attempts take longer than"
    " {{ $value | humanizeDuration }}.",
    "error-budget": "{{ $value | humanizePercentage }} of attempts to book fail,"
    " more than promised.",
    "errors": "Requests that ended in an error in the last 5 minutes: {{ $value | humanize }}.",
    "service-failing": "{{ $labels.service }} does not work: calls to it are paused.",
    "deliveries-failing": "Only {{ $value | humanizePercentage }} of deliveries"
    " ({{ $labels.kind }}) succeed.",
    "queue-standing": "A job has been due, or nobody has looked at the queue, for"
    " {{ $value | humanizeDuration }}.",
    "jobs-failed": "Jobs that failed for good: {{ $value }}.",
    "cache-missing": "{{ $value | humanizePercentage }} of look-ups are not in the cache"
    " {{ $labels.cache }}.",
    "sign-ins-refused": "Sign-ins with a wrong password in the last 5 minutes:"
    " {{ $value | humanize }}.",
    "machine-short": "{{ $labels.instance }} runs short of memory, disk or processors.",
    "certificate-ending": "The certificate of the site ends in {{ $value | humanize }} days.",
    "clock-wrong": "The clocks of this machine and of the database differ by"
    " {{ $value | humanizeDuration }}.",
    "backup-old": "Backups stand still: no log was archived for {{ $value | humanize }} days.",
}


def duration(seconds: int) -> str:
    """As Prometheus writes it: 5m, 1h, 3d."""
    for unit, length in (("d", 86_400), ("h", 3_600), ("m", 60)):
        if seconds % length == 0:
            return f"{seconds // length}{unit}"
    return f"{seconds}s"
