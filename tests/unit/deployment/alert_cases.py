"""For each alert of Prometheus the series on which it fires, and others on which it does not."""

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from tools.observability.rules import HEARTBEAT, NOT_ANSWERING, TOLD

from fullhouse.bootstrap.services import MAIL_SERVER
from fullhouse.messages.model import SEND_MESSAGE
from fullhouse.resilience.database_watch import DATABASE

_CRITICAL: Final = "critical"
_WARNING: Final = "warning"
_MACHINE: Final = 'instance="a"'


class AlertCase(NamedTuple):
    """Series by the notation of promtool, one value a minute; looked at after so many minutes."""

    alert: str
    severity: str
    minutes: int
    fires_on: Mapping[str, str]
    silent_on: Mapping[str, str] | None


def _requests(*, fine: float, failed: float, minutes: int = 15) -> Mapping[str, str]:
    """So many attempts to book a minute."""
    series = 'fullhouse_request_seconds_count{method="POST",route="/api/v1/{org}/bookings",status='
    return {
        f'{series}"201"}}': f"0+{fine:g}x{minutes}",
        f'{series}"503"}}': f"0+{failed:g}x{minutes}",
    }


_BUSY_DAY: Final = "fullhouse_busy_day"


def _burst() -> Mapping[str, str]:
    """An hour in which 1,000 attempts a minute succeed, and minutes in which a tenth fails."""
    series = 'fullhouse_request_seconds_count{method="POST",route="/api/v1/{org}/bookings",status='
    return {
        f'{series}"201"}}': "0+1000x60 60900+900x4",
        f'{series}"503"}}': "0+0x60 100+100x4",
    }


def _slow(below: str, share: int, above: str) -> Mapping[str, str]:
    """Of 100 attempts a minute `share` take less than `below` seconds, all less than `above`."""
    bounds = {"0.1": 0, "1.0": 0, "2.0": 0, "5.0": 100, "+Inf": 100}
    for bound in bounds:
        limit = float(bound)
        if limit >= float(above):
            bounds[bound] = 100
        elif limit >= float(below):
            bounds[bound] = share
    labels = 'method="POST",route="/{org}/{offering}/holds",status="303"'
    return {
        f'fullhouse_request_seconds_bucket{{{labels},le="{bound}"}}': f"0+{count}x15"
        for bound, count in bounds.items()
    } | {f"fullhouse_request_seconds_count{{{labels}}}": "0+100x15"}


def _one(series: str, fires: str, silent: str) -> tuple[Mapping[str, str], Mapping[str, str]]:
    return {series: fires}, {series: silent}


def _memory(free: int) -> Mapping[str, str]:
    return {
        f"fullhouse_machine_memory_free_bytes{{{_MACHINE}}}": f"{free}x15",
        f"fullhouse_machine_memory_bytes{{{_MACHINE}}}": "100x15",
    }


def _disk(free: int, total: int) -> Mapping[str, str]:
    return {
        f"fullhouse_machine_disk_free_bytes{{{_MACHINE}}}": f"{free}x15",
        f"fullhouse_machine_disk_bytes{{{_MACHINE}}}": f"{total}x15",
    }


def _load(processes: int) -> Mapping[str, str]:
    return {
        f"fullhouse_machine_load{{{_MACHINE}}}": f"{processes}x15",
        f"fullhouse_machine_processors{{{_MACHINE}}}": "2x15",
    }


def _outcomes(metric: str, label: str, **counts: int) -> Mapping[str, str]:
    return {
        f'fullhouse_{metric}_total{{{label},outcome="{outcome}"}}': f"0+{count}x20"
        for outcome, count in counts.items()
    }


def _about_bookings() -> Iterator[AlertCase]:
    failing, slow, budget = "bookings-failing", "bookings-slow", "error-budget"
    fine = _requests(fine=97, failed=3)
    yield AlertCase(failing, _CRITICAL, 10, _requests(fine=80, failed=20), fine)
    yield AlertCase(failing, _WARNING, 10, _requests(fine=93, failed=7), fine)
    few = _requests(fine=2, failed=0.5)
    yield AlertCase(failing, _WARNING, 10, _requests(fine=80, failed=20), few)
    refused = {**_requests(fine=80, failed=20), "fullhouse_operating_mode": "2x15"}
    yield AlertCase(failing, _CRITICAL, 10, _requests(fine=80, failed=20), refused)
    yield AlertCase(slow, _CRITICAL, 10, _slow("2", 80, "5"), _slow("0.1", 99, "5"))
    yield AlertCase(slow, _WARNING, 10, _slow("1", 80, "2"), _slow("0.1", 99, "5"))
    at, good = 35, _requests(fine=1_999, failed=1, minutes=40)
    yield AlertCase(budget, _CRITICAL, at, _requests(fine=97, failed=3, minutes=40), good)
    yield AlertCase(budget, _WARNING, at, _requests(fine=996, failed=4, minutes=40), good)
    yield AlertCase(budget, _CRITICAL, 63, {**_burst(), _BUSY_DAY: "1x65"}, _burst())
    errors = 'fullhouse_request_seconds_count{method="GET",route="/",status="500"}'
    yield AlertCase("errors", _WARNING, 10, *_one(errors, "0+3x15", "0+1x15"))


def _about_the_database() -> Iterator[AlertCase]:
    away = f'fullhouse_circuit_open{{service="{DATABASE}"}}'
    yield AlertCase("database-down", _CRITICAL, 2, *_one(away, "1x5", "0x5"))
    for outcome, severity in (("database_full", _CRITICAL), ("database_busy", _WARNING)):
        failed = f'fullhouse_query_seconds_count{{query="q",outcome="{outcome}"}}'
        yield AlertCase("database-failing", severity, 10, *_one(failed, "0+3x15", "0+1x15"))
    broken = 'fullhouse_inconsistencies{rule="a"}'
    yield AlertCase("inconsistent", _CRITICAL, 2, *_one(broken, "1x5", "0x5"))


def _about_jobs() -> Iterator[AlertCase]:
    service, queue = f'fullhouse_circuit_open{{service="{MAIL_SERVER}"}}', "queue-standing"
    yield AlertCase("service-failing", _CRITICAL, 3, *_one(service, "1x5", "0x5"))
    kind = f'kind="{SEND_MESSAGE}"'
    failing = _outcomes("job_outcomes", kind, completed=3, rescheduled=2, dead=1)
    fine = _outcomes("job_outcomes", kind, completed=30, rescheduled=3)
    yield AlertCase("deliveries-failing", _WARNING, 12, failing, fine)
    oldest = f"fullhouse_job_oldest_seconds{{{kind}}}"
    yield AlertCase(queue, _WARNING, 2, *_one(oldest, "130x5", "110x5"))
    yield AlertCase(queue, _CRITICAL, 2, *_one(oldest, "1000x5", "890x5"))
    looked = "fullhouse_jobs_measured_timestamp_seconds"
    yield AlertCase(queue, _WARNING, 10, *_one(looked, "60x15", "0+60x15"))
    yield AlertCase(queue, _CRITICAL, 20, *_one(looked, "60x25", "0+60x25"))
    dead = 'fullhouse_dead_letters{kind="mail"}'
    yield AlertCase("jobs-failed", _WARNING, 2, *_one(dead, "1x5", "0x5"))


def _about_the_rest() -> Iterator[AlertCase]:
    short, certificate, clock = "machine-short", "certificate-ending", "clock-wrong"
    missing = _outcomes("cache_lookups", 'cache="days"', hit=300, miss=100)
    yield AlertCase(
        "cache-missing",
        _WARNING,
        18,
        missing,
        _outcomes("cache_lookups", 'cache="days"', hit=900, miss=100),
    )
    sign_ins = 'fullhouse_sign_ins_total{outcome="wrong"}'
    yield AlertCase("sign-ins-refused", _WARNING, 10, *_one(sign_ins, "0+30x15", "0+10x15"))
    yield AlertCase(short, _WARNING, 10, _memory(5), _memory(50))
    yield AlertCase(short, _CRITICAL, 10, _memory(2), _memory(5))
    gibibyte = 2**30
    yield AlertCase(
        short, _WARNING, 10, _disk(gibibyte, 100 * gibibyte), _disk(gibibyte, 2 * gibibyte)
    )
    yield AlertCase(short, _CRITICAL, 10, _disk(gibibyte // 4, gibibyte), _disk(gibibyte, gibibyte))
    yield AlertCase(short, _WARNING, 10, _load(9), _load(8))
    days = "fullhouse_certificate_days"
    yield AlertCase(certificate, _WARNING, 2, *_one(days, "13x5", "15x5"))
    yield AlertCase(certificate, _CRITICAL, 2, *_one(days, "2x5", "-1x5"))
    seconds = "fullhouse_clock_difference_seconds"
    yield AlertCase(clock, _WARNING, 2, *_one(seconds, "3x5", "1x5"))
    yield AlertCase(clock, _CRITICAL, 2, *_one(seconds, "90x5", "3x5"))
    archived = "fullhouse_backup_age_days"
    yield AlertCase("backup-old", _WARNING, 2, *_one(archived, "1.5x5", "0.5x5"))
    yield AlertCase("backup-old", _CRITICAL, 2, *_one(archived, "4x5", "-1x5"))
    answers = 'up{job="fullhouse",instance="a"}'
    yield AlertCase(NOT_ANSWERING, _CRITICAL, 3, *_one(answers, "0x5", "1x5"))
    told = 'fullhouse_alert_firing{rule="of-tomorrow",severity="warning"}'
    found = 'fullhouse_alert_firing{rule="jobs-failed",severity="warning"}'
    yield AlertCase(TOLD, _WARNING, 2, {told: "1x5"}, {told: "0x5", found: "1x5"})
    yield AlertCase(HEARTBEAT, "none", 1, {answers: "1x5"}, None)


CASES: Final = (
    *_about_bookings(),
    *_about_the_database(),
    *_about_jobs(),
    *_about_the_rest(),
)
