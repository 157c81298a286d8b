"""What the rules of alerts find, when an alert begins and when it is over."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from math import inf
from pathlib import Path
from uuid import UUID

import pytest
from msgspec.structs import replace

import fullhouse
from fullhouse.bootstrap.observability import ADMIN_ROUTES, AVAILABILITY_ROUTES, BOOKING_ROUTES
from fullhouse.numerics.quantile_sketch import QuantileSketch
from fullhouse.observability.alert_judge import AlertJudge
from fullhouse.observability.alert_rules import RULES
from fullhouse.observability.alert_texts import subject_of, text_of
from fullhouse.observability.alert_watch import AlertNotice
from fullhouse.observability.alerts import Alert
from fullhouse.observability.gauges import GaugeName
from fullhouse.observability.limits import BURN_RATES
from fullhouse.observability.model import HealthStatus
from fullhouse.observability.objectives import Severity
from fullhouse.observability.signals import InstallationChecks, Requests, Signals, Tally
from fullhouse.observability.trends import Trend
from fullhouse.observability.unusual import UnusualFinding

WARNING: Severity = "warning"
CRITICAL: Severity = "critical"
RUNBOOKS = Path(__file__).parents[3] / "docs" / "runbooks"
NOW = datetime(2027, 6, 12, 8, 0, tzinfo=UTC)
UNUSUAL = UnusualFinding("bookings", "Unusually few bookings.", NOW)
A_TREND = Trend(
    GaugeName.DISK_FREE, "web-1", timedelta(days=3), "The disk is full in about 3 days.", 1, 9
)


def requests(count: int, *, failed: int = 0, seconds: float = 0.05) -> Requests:
    sketch = QuantileSketch()
    for _ in range(count):
        sketch.add(seconds)
    return Requests(sketch, failed)


def bookings(count: int, *, failed: int = 0, seconds: float = 0.05) -> Signals:
    return Signals(bookings={300: requests(count, failed=failed, seconds=seconds)})


def burning(share: float, *spans: int) -> Signals:
    failed = round(share * 10_000)
    wrong, fine = requests(10_000, failed=failed), requests(10_000)
    every = {s for burn in BURN_RATES for s in (burn.long_seconds, burn.short_seconds)}
    return Signals(bookings={span: wrong if span in spans else fine for span in every})


def checked(
    certificate_days: float | None = None,
    clock_seconds: float | None = None,
    backup_days: float | None = None,
) -> Signals:
    return Signals(
        checks=InstallationChecks(
            certificate_days=certificate_days, clock_seconds=clock_seconds, backup_days=backup_days
        )
    )


def found(signals: Signals) -> dict[str, Severity]:
    return {rule.name: each.severity for rule in RULES for each in rule.look(signals)}


@pytest.mark.parametrize(
    ("signals", "expected"),
    [
        (Signals(), {}),
        (Signals(database_away=True), {"database-down": CRITICAL}),
        (bookings(100, failed=5), {}),
        (bookings(100, failed=6), {"bookings-failing": WARNING}),
        (bookings(100, failed=11), {"bookings-failing": CRITICAL}),
        (bookings(19, failed=19), {}),
        (bookings(20, failed=2), {}),
        (bookings(20, failed=3), {"bookings-failing": CRITICAL}),
        (bookings(100, seconds=1.4), {}),
        (bookings(100, seconds=1.6), {"bookings-slow": WARNING}),
        (bookings(100, seconds=2.1), {"bookings-slow": CRITICAL}),
        (burning(0.02, 3_600, 300), {"error-budget": CRITICAL}),
        (burning(0.02, 3_600), {}),
        (burning(0.007, 21_600, 1_800), {"error-budget": CRITICAL}),
        (burning(0.004, 86_400, 7_200), {"error-budget": WARNING}),
        (burning(0.002, 259_200, 21_600), {"error-budget": WARNING}),
        (burning(0.0009, 259_200, 21_600), {}),
        (Signals(requests_failed=10), {}),
        (Signals(requests_failed=11), {"errors": WARNING}),
        (Signals(dead_letters=1), {"jobs-failed": WARNING}),
        (Signals(inconsistencies=1), {"inconsistent": CRITICAL}),
        (Signals(oldest_due_seconds=120), {}),
        (Signals(oldest_due_seconds=121), {"queue-standing": WARNING}),
        (Signals(oldest_due_seconds=901), {"queue-standing": CRITICAL}),
        (Signals(worker_silent_seconds=120), {}),
        (Signals(worker_silent_seconds=121), {"queue-standing": WARNING}),
        (Signals(open_circuits={"mail-server": 30}), {}),
        (Signals(open_circuits={"mail-server": 31}), {"service-failing": CRITICAL}),
        (Signals(statements_failed=10), {}),
        (Signals(statements_failed=11), {"database-failing": CRITICAL}),
        (Signals(statements_busy=10), {}),
        (Signals(statements_busy=11), {"database-failing": WARNING}),
        (Signals(caches={"days": Tally(1_000, 200)}), {}),
        (Signals(caches={"days": Tally(1_000, 201)}), {"cache-missing": WARNING}),
        (Signals(caches={"days": Tally(999, 999)}), {}),
        (Signals(deliveries={"mail": Tally(50, 10)}), {}),
        (Signals(deliveries={"mail": Tally(49, 10)}), {"deliveries-failing": WARNING}),
        (Signals(deliveries={"mail": Tally(9, 9)}), {}),
        (Signals(sign_ins_refused=100), {}),
        (Signals(sign_ins_refused=101), {"sign-ins-refused": WARNING}),
        (checked(certificate_days=14), {}),
        (checked(certificate_days=13.9), {"certificate-ending": WARNING}),
        (checked(certificate_days=2.9), {"certificate-ending": CRITICAL}),
        (checked(clock_seconds=2), {}),
        (checked(clock_seconds=2.1), {"clock-wrong": WARNING}),
        (checked(clock_seconds=61), {"clock-wrong": CRITICAL}),
        (checked(backup_days=1), {}),
        (checked(backup_days=1.1), {"backup-old": WARNING}),
        (checked(backup_days=inf), {"backup-old": CRITICAL}),
        (Signals(grown_processes={"web 7 on barn": 512_000_000}), {"memory-grows": WARNING}),
        (Signals(trends=[A_TREND]), {"running-out": WARNING}),
        (Signals(unusual=[UNUSUAL]), {"unusual": WARNING}),
        (Signals(machine=HealthStatus.DEGRADED), {"machine-short": WARNING}),
        (Signals(machine=HealthStatus.UNHEALTHY), {"machine-short": CRITICAL}),
    ],
)
def test_each_rule_finds_what_it_says_and_nothing_else(
    signals: Signals, expected: Mapping[str, Severity]
) -> None:
    assert found(signals) == expected


def test_on_a_busy_day_a_minute_of_failures_wakes_somebody() -> None:
    burnt = burning(0.04, 300, 60)
    assert found(burnt) == {}, "on another day two minutes are nothing"
    busy = replace(burnt, checks=InstallationChecks(is_busy_day=True))
    assert found(busy) == {"error-budget": CRITICAL}
    assert found(replace(busy, bookings=burning(0.03, 300, 60).bookings)) == {}
    assert found(replace(busy, bookings=burning(0.04, 300).bookings)) == {}, "it is over"


def test_a_cause_that_wakes_nobody_hides_nothing_that_does() -> None:
    burnt = replace(burning(0.06, 300, 60), checks=InstallationChecks(is_busy_day=True))
    begun = [(rule.name, one.severity) for rule, one in AlertJudge().judge(burnt, {}, 0).begun]
    assert begun == [("bookings-failing", WARNING), ("error-budget", CRITICAL)]
    worse = replace(burnt, bookings=burning(0.2, 300, 60).bookings)
    begun = [(rule.name, one.severity) for rule, one in AlertJudge().judge(worse, {}, 0).begun]
    assert begun == [("bookings-failing", CRITICAL)]


@pytest.mark.parametrize("seconds", [0, 300])
def test_what_an_operator_refuses_by_choice_is_no_failure(seconds: float) -> None:
    wrong = Signals(
        bookings={300: requests(100, failed=100)}, requests_failed=100, mode_seconds=seconds
    )
    assert found(wrong) == {}
    burnt = replace(burning(0.02, 3_600, 300), mode_seconds=seconds)
    assert found(burnt) == {}
    assert found(replace(burnt, mode_seconds=301)) == {"error-budget": CRITICAL}


def an_alert(rule: str, subject: str = "", *, severity: Severity = CRITICAL) -> Alert:
    return Alert(
        alert_id=UUID(int=1),
        rule=rule,
        subject=subject,
        severity=severity,
        summary="Something is wrong.",
        fired_at=NOW,
    )


def opened(*alerts: Alert) -> dict[tuple[str, str], Alert]:
    return {alert.key: alert for alert in alerts}


def test_what_lasts_begins_and_what_passes_does_not() -> None:
    judge, wrong = AlertJudge(), Signals(machine=HealthStatus.DEGRADED)
    assert judge.judge(wrong, {}, 0).begun == []
    assert judge.judge(wrong, {}, 119).begun == []
    assert judge.judge(Signals(), {}, 125).begun == []
    assert judge.judge(wrong, {}, 130).begun == []
    ((rule, finding),) = judge.judge(wrong, {}, 250).begun
    assert (rule.name, finding.severity) == ("machine-short", WARNING)


def test_an_alert_is_over_after_a_minute_without_it_and_is_one_while_it_comes_and_goes() -> None:
    judge, wrong = AlertJudge(), Signals(dead_letters=2)
    is_open = opened(an_alert("jobs-failed"))
    assert judge.judge(Signals(), is_open, 0).over == []
    assert judge.judge(wrong, is_open, 50).over == []
    assert judge.judge(Signals(), is_open, 109).over == []
    assert judge.judge(Signals(), is_open, 110).over == list(is_open.values())


def test_what_follows_from_a_cause_is_not_told_beside_it() -> None:
    judge = AlertJudge()
    wrong = Signals(
        bookings={300: requests(100, failed=50)},
        requests_failed=50,
        open_circuits={"mail-server": 60},
        oldest_due_seconds=300,
    )
    begun = [rule.name for rule, _ in judge.judge(wrong, {}, 0).begun]
    assert begun == ["bookings-failing", "service-failing"]
    away = opened(an_alert("database-down"))
    assert [rule.name for rule, _ in judge.judge(wrong, away, 10).begun] == ["service-failing"]


def test_what_a_cause_left_behind_is_not_told_when_the_cause_is_over() -> None:
    judge, left = AlertJudge(), Signals(statements_failed=50, oldest_due_seconds=150)
    away = opened(an_alert("database-down"))
    judge.judge(Signals(database_away=True), away, 0)
    assert [rule.name for rule, _ in judge.judge(left, away, 60).begun] == []
    assert judge.judge(left, {}, 70).begun == []
    (told,) = judge.judge(left, {}, 90).begun
    assert told[0].name == "queue-standing", "a queue that stands stands now"
    assert judge.judge(left, opened(an_alert("queue-standing")), 359).begun == []
    ((rule, _),) = judge.judge(left, opened(an_alert("queue-standing")), 360).begun
    assert rule.name == "database-failing"


def test_every_rule_begins_and_is_over_a_minute_after_its_signals() -> None:
    wrong = Signals(
        bookings={**burning(0.5, 3_600, 300).bookings, 300: requests(100, failed=50, seconds=3)},
        requests_failed=50,
        statements_failed=50,
        dead_letters=1,
        inconsistencies=1,
        oldest_due_seconds=1_000,
        caches={"days": Tally(5_000, 5_000)},
        deliveries={"mail": Tally(50, 50)},
        sign_ins_refused=500,
        checks=InstallationChecks(certificate_days=1, clock_seconds=100, backup_days=9),
        open_circuits={"mail-server": 100},
        grown_processes={"web 7 on barn": 512_000_000},
        machine=HealthStatus.UNHEALTHY,
        trends=[A_TREND],
        unusual=[UNUSUAL],
        database_away=True,
    )
    for rule in RULES:
        judge = AlertJudge((rule,))
        judge.judge(wrong, {}, 0)
        ((_, finding),) = judge.judge(wrong, {}, rule.after_seconds).begun
        is_open = opened(an_alert(rule.name, finding.subject))
        assert judge.judge(Signals(), is_open, rule.after_seconds + 59).over == []
        assert judge.judge(Signals(), is_open, rule.after_seconds + 60).over


def test_an_alert_that_changes_is_changed_and_not_begun_again() -> None:
    judge, is_open = AlertJudge(), opened(an_alert("queue-standing", severity=WARNING))
    judgement = judge.judge(Signals(oldest_due_seconds=1_000), is_open, 0)
    assert judgement.begun == []
    ((alert, finding),) = judgement.changed
    assert (alert.severity, finding.severity) == (WARNING, CRITICAL)


def test_each_rule_has_a_runbook_that_says_what_to_do_and_each_is_listed() -> None:
    listed = (RUNBOOKS / "README.md").read_text()
    for rule in RULES:
        page = (RUNBOOKS / f"{rule.runbook}.md").read_text()
        assert f"`{rule.name}`" in page, f"{rule.runbook}.md does not name its alert {rule.name}"
        assert "## What it means" in page
        assert "## What to do" in page
        assert f"({rule.runbook}.md)" in listed


def test_a_message_begins_with_the_worst_and_says_what_to_do() -> None:
    firing = [an_alert("jobs-failed", severity=WARNING), an_alert("database-down")]
    notice = AlertNotice(UUID(int=2), NOW, firing, [])
    assert subject_of(notice) == "Critical: Something is wrong. (and 1 more)"
    text = text_of(notice, "https://farm.example")
    effect = "What these jobs should have sent or offered was not."
    assert f"WARNING  Something is wrong.\n{effect}\nSince 2027-06-12 08:00 UTC." in text
    assert "Runbook: https://farm.example/docs/runbooks/database-down" in text
    assert text.endswith("All alerts: https://farm.example/admin/alerts")
    over = AlertNotice(UUID(int=2), NOW, [], [an_alert("errors")])
    assert subject_of(over) == "Resolved: Something is wrong."


def test_a_season_of_ordinary_days_tells_nobody_anything() -> None:
    """Quiet nights, on-sales, single errors, restarts and slow jobs on 30 days."""
    judge, begun = AlertJudge(), []
    minutes = 30 * 24 * 60
    counts, failures = [0], [0]
    for minute in range(minutes):
        hour = minute // 60 % 24
        count = 0 if hour < 6 else 4_000 if hour == 10 else 12
        restart = minute % 1_440 == 361
        counts.append(counts[-1] + count)
        failures.append(failures[-1] + count // 2_000 + (minute % 4_000 == 700) + restart)
    for minute in range(minutes):
        spans = {
            seconds: max(0, minute + 1 - seconds // 60)
            for seconds in (300, 1_800, 3_600, 7_200, 21_600, 86_400, 259_200)
        }
        restart = minute % 1_440 == 361
        signals = Signals(
            bookings={
                seconds: Requests(
                    _sketch(counts[minute + 1] - counts[first]),
                    failures[minute + 1] - failures[first],
                )
                for seconds, first in spans.items()
            },
            requests_failed=failures[minute + 1] - failures[spans[300]],
            caches={
                "days": Tally(
                    recent := 20 * (counts[minute + 1] - counts[spans[300]]),
                    recent // 6 + (5 if recent < 1_000 else 0),
                )
            },
            deliveries={"mail": Tally(recent, recent // 100 + 3 * (minute % 700 < 5))},
            statements_busy=recent // 50_000,
            statements_failed=8 * restart,
            sign_ins_refused=minute % 90,
            checks=InstallationChecks(
                certificate_days=90 - minute // 1_440 % 60, clock_seconds=0.02, backup_days=0.3
            ),
            oldest_due_seconds=45 if counts[minute + 1] - counts[minute] > 1_000 else 1,
            open_circuits={"mail-server": 25} if minute % 700 == 0 else {},
            machine=HealthStatus.DEGRADED if restart else HealthStatus.HEALTHY,
        )
        begun += [(minute, rule.name) for rule, _ in judge.judge(signals, {}, 60.0 * minute).begun]
    assert begun == []


def _sketch(count: int) -> QuantileSketch:
    return QuantileSketch({-150: count} if count else {}, 0.05 * count)


def test_the_requests_of_objectives_are_of_routes_that_there_are() -> None:
    source = Path(fullhouse.__file__).parent / "entrypoints"
    written = "\n".join(path.read_text() for path in source.rglob("*.py"))
    for route in BOOKING_ROUTES.routes | AVAILABILITY_ROUTES.routes:
        assert f'"{route}"' in written
    assert f'"{ADMIN_ROUTES.prefix}/{{org}}/customers"' in written
