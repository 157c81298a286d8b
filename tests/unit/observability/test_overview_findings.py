"""What the operations overview says is wrong: each trouble once, the worst first."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from uuid import UUID

import msgspec
from tests.unit.observability.test_database_findings import WELL, a_session

from fullhouse.localisation.formatter import utc_english
from fullhouse.observability.alert_effects import EFFECTS
from fullhouse.observability.alert_signals import InstallationTroubles
from fullhouse.observability.alerts import Alert
from fullhouse.observability.database_findings import IDLE_IN_TRANSACTION
from fullhouse.observability.model import HealthReport, HealthStatus, Measurement
from fullhouse.observability.objectives import Severity
from fullhouse.observability.overview import Backups, InstallationOverview, StoredState
from fullhouse.observability.overview_findings import findings, sentence
from fullhouse.observability.overview_texts import PartTexts
from fullhouse.resilience.circuits import Circuit
from fullhouse.resilience.operating_mode import ModeSetting

NOW = datetime(2027, 6, 12, 8, 0, tzinfo=UTC)
UNSENT = HealthReport([Measurement("success_rate", 0.85, status=HealthStatus.UNHEALTHY)], 1.0)
SLOW = HealthReport([Measurement("statement_p99", 2.5, "s", HealthStatus.UNHEALTHY)], 1.0)
BUSY = HealthReport([Measurement("load", 12.1, status=HealthStatus.DEGRADED)], 1.0)

GATEWAY_FAILS = HealthReport(
    [Measurement("make:a", "fails: 5 calls failed.", status=HealthStatus.DEGRADED)], 1.0
)


def an_alert(rule: str, severity: Severity = "warning", seen_by: str = "") -> Alert:
    return Alert(
        alert_id=UUID(int=1),
        rule=rule,
        subject="",
        severity=severity,
        summary=f"About {rule}.",
        fired_at=NOW,
        acknowledged_by=seen_by,
    )


def said(health: Mapping[str, HealthReport], *alerts: Alert) -> Sequence[tuple[str, str]]:
    overview = an_overview(health, alerts)
    return [(one.severity, one.text) for one in findings(overview, utc_english())]


def an_overview(
    health: Mapping[str, HealthReport], alerts: Sequence[Alert]
) -> InstallationOverview:
    troubles = InstallationTroubles(0, 0, 0.0, None, {}, None)
    stored = StoredState(
        alerts,
        alerts,
        troubles,
        [],
        [],
        Backups(is_archiving=False, archived_at=None, failed_at=None, standbys=0),
    )
    return InstallationOverview(
        is_database_away=False,
        health=health,
        mode=ModeSetting(),
        flags=[],
        started_at=NOW,
        version="1",
        stored=stored,
        stored_at=NOW,
        is_stored_current=True,
        hour=None,
    )


def test_part_that_is_not_well_is_said_unless_an_alert_says_it() -> None:
    unsent = ("warning", "Messages: only 85% of the messages were sent.")
    slow = ("critical", "Database: 1 of 100 statements takes longer than 2,500 ms.")
    assert said({"notifications": UNSENT}) == [unsent], "what waits is not lost"
    assert said({"database": SLOW}) == [slow]
    assert said({"notifications": UNSENT}, an_alert("machine-short")) == [
        ("warning", "About machine-short."),
        unsent,
    ]
    assert said({"notifications": UNSENT}, an_alert("deliveries-failing")) == [
        ("warning", "About deliveries-failing.")
    ]


def test_gateway_of_a_business_that_is_not_called_is_told_everywhere() -> None:
    names = ("make:a", "make:b", "mail-server")
    overview = an_overview({"external-services": GATEWAY_FAILS}, [])
    assert overview.stored is not None
    circuits = [Circuit(name, is_open=":" in name) for name in names]
    stored = msgspec.structs.replace(overview.stored, circuits=circuits)
    overview = msgspec.structs.replace(overview, stored=stored)
    found = findings(overview, utc_english())
    assert [one.text for one in found] == ["Make.com of a business fails: 5 calls failed."]
    part = {one.name: one for one in PartTexts(utc_english(), overview).parts()}["circuits"]
    assert (part.word, part.detail) == ("Degraded", "Not called: Make.com of a business.")


def test_what_is_wrong_says_what_guests_notice_what_to_do_and_where() -> None:
    alert = msgspec.structs.replace(an_alert("service-failing", "critical"), subject="mail-server")
    found = findings(an_overview({"database": SLOW, "system": BUSY}, [alert]), utc_english())
    said = {one.text: (one.effect, one.act, one.topic, one.runbook) for one in found}
    mail, slow, busy = said.values()
    assert list(said) == [
        "The mail server fails: e-mails to guests wait.",
        "Database: 1 of 100 statements takes longer than 2,500 ms.",
        "Machine: 12 programs want a processor.",
    ]
    assert mail == (
        EFFECTS["service-failing"],
        "Run `fullhouse circuits`, which says why, and ask the provider.",
        "circuits",
        "mail-not-going-out",
    )
    assert slow[2:] == ("queries", "database-failing"), "as its alert would say"
    assert busy[3] == "machine-short"


def test_who_holds_a_lock_is_said_before_what_comes_of_it() -> None:
    holder = a_session(4711, program="psql", state=IDLE_IN_TRANSACTION)
    waiting = [a_session(pid, blocked_by=[4711], state_seconds=40) for pid in (1, 2)]
    state = msgspec.structs.replace(WELL, sessions=[holder, *waiting])
    overview = an_overview({}, [an_alert("bookings-slow", "critical")])
    overview = msgspec.structs.replace(overview, database=state)
    lock, slow = findings(overview, utc_english())
    assert lock.text == "2 sessions wait for a lock of psql (process 4711), for 40 seconds."
    assert (lock.severity, lock.topic) == ("critical", "database")
    assert "pg_terminate_backend" in lock.act
    assert slow.text == "About bookings-slow."


def test_what_follows_from_a_database_that_is_away_is_not_said_beside_it() -> None:
    alerts = [an_alert(name) for name in ("database-down", "bookings-failing", "backup-old")]
    overview = msgspec.structs.replace(an_overview({}, alerts), is_database_away=True)
    said = findings(overview, utc_english())
    assert [bool(one.effect) for one in said] == [True, False], "not that nothing is noticed"
    found = [(one.text, one.topic) for one in said]
    away = "The database does not answer. Guests see what is known; nobody can book."
    assert found == [(away, "database"), ("About backup-old.", "alerts")]


def test_alert_of_another_version_is_said_as_it_is() -> None:
    (found,) = findings(an_overview({}, [an_alert("gone")]), utc_english())
    assert (found.text, found.effect, found.topic) == ("About gone.", "", "alerts")


def test_what_nobody_looks_at_comes_before_what_somebody_does() -> None:
    found = said(
        {},
        an_alert("jobs-failed"),
        an_alert("errors", "critical", seen_by="Ida"),
        an_alert("bookings-failing", "critical"),
    )
    assert [text for _, text in found] == [
        "About bookings-failing.",
        "About errors.",
        "About jobs-failed.",
    ]


def test_sentence_counts_what_else_is_wrong() -> None:
    text = utc_english()
    well = an_overview({}, [])
    assert sentence(well, (), text) == "All is well. No bookings in the last hour."
    alerts = [an_alert("errors"), an_alert("jobs-failed")]
    found = findings(an_overview({}, alerts), text)
    assert sentence(well, found, text) == "About errors. 1 more thing needs attention."


def test_database_that_answers_again_is_not_said_to_be_away() -> None:
    well = {"database": HealthReport([Measurement("statement_p95", 0.01, "s")], 1.0)}
    overview = an_overview(well, [an_alert("database-down", "critical")])
    assert PartTexts(utc_english(), overview).parts()[0].word == "Degraded"
    (found,) = findings(overview, utc_english())
    assert (found.severity, found.effect) == ("warning", "")
    assert found.text.startswith("The database answers here again.")


def test_part_of_which_something_is_wrong_above_is_not_said_to_be_well() -> None:
    well = {"database": HealthReport([Measurement("statement_p95", 0.01, "s")], 1.0)}

    def database(overview: InstallationOverview) -> tuple[str, str]:
        first = PartTexts(utc_english(), overview).parts()[0]
        return first.word, first.detail

    assert database(an_overview(well, [an_alert("jobs-failed", "critical")]))[0] == "OK"
    words: Mapping[Severity, str] = {"warning": "Degraded", "critical": "Failing"}
    for severity, word in words.items():
        alert = an_alert("database-failing", severity)
        assert database(an_overview(well, [alert])) == (word, "An alert is open.")
    waiting = [a_session(4711), a_session(1, blocked_by=[4711], state_seconds=40)]
    state = msgspec.structs.replace(WELL, sessions=waiting)
    overview = msgspec.structs.replace(an_overview(well, []), database=state)
    assert database(overview) == ("Failing", "Sessions wait for a lock.")
