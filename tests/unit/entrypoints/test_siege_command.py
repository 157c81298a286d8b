"""The siege as a command: what it may attack, and what it prints."""

import msgspec
import pytest
from tests.unit.capacity.test_siege_report import HELD

from fullhouse.capacity.siege.environment import is_local_store
from fullhouse.capacity.siege.report import SiegeReport
from fullhouse.capacity.siege.report_table import show_siege
from fullhouse.entrypoints import cli


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://user:word@127.0.0.1:5432/siege",
        "postgresql://[::1]:5432/siege",
        "postgresql://localhost/siege",
        "postgresql:///siege?host=/var/run/postgresql",
        "postgresql://%2Fvar%2Frun%2Fpostgresql/siege",
        "redis://127.0.0.1:6379/0",
        "unix:///run/redis.sock",
    ],
)
def test_store_of_this_machine_may_be_attacked(url: str) -> None:
    assert is_local_store(url)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://db.example.org/siege",
        "postgresql:///siege",
        "postgresql:///siege?host=db.example.org",
        "postgresql://127.0.0.1/siege?host=db.example.org",
        "postgresql://127.0.0.1/siege?hostaddr=192.0.2.1",
        "postgresql://127.0.0.1:5432,db.example.org:5432/siege",
        "postgresql://127.0.0.1@db.example.org/siege",
        "postgresql://127.0.0.1.example.org/siege",
        "redis://cache.example.org",
        "db.example.org",
    ],
)
def test_store_of_another_machine_is_refused(url: str) -> None:
    assert not is_local_store(url)


@pytest.mark.parametrize(
    ("option", "url", "sentence"),
    [
        ("--redis-url", "http://127.0.0.1:1", "--redis-url: Write it as redis://"),
        ("--redis-url", "redis://127.0.0.1:1", "--redis-url: Redis refuses connections"),
        ("--database-url", "mysql://127.0.0.1/x", "--database-url: Write it as postgresql://"),
        ("--database-url", "postgresql://db.example.org/x", "--database-url: a siege attacks this"),
    ],
)
def test_store_that_cannot_be_used_is_refused_before_anything_starts(
    option: str, url: str, sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as left:
        cli.run(["load", "siege", option, url])
    assert left.value.code == cli.STATUS_MISUSED
    assert capsys.readouterr().err.startswith(f"fullhouse: {sentence}")


def test_table_names_what_gave_way_and_the_page_that_helps(
    capsys: pytest.CaptureFixture[str],
) -> None:
    slow = msgspec.structs.replace(HELD, name="streams", recovery_seconds=7.25)
    show_siege(SiegeReport(10, calm={"usual": HELD.guests}, attacks=[HELD, slow], broken_rules=[]))
    output = capsys.readouterr().out
    assert "FAILED  streams, 1,000 customers book: it took 7.2 s to recover." in output
    assert "See docs/runbooks/ledger-queue-full.md." in output
    assert "84 bookings acknowledged, 86 stored." in output
    assert "No attack succeeded" not in output


def test_siege_in_which_nothing_gave_way_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    show_siege(SiegeReport(10, calm={}, attacks=[HELD], broken_rules=[]))
    assert "No attack succeeded." in capsys.readouterr().out


def test_broken_rule_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    rule = "No slot is oversold"
    show_siege(SiegeReport(10, calm={}, attacks=[HELD], broken_rules=[rule]))
    assert f"FAILED  {rule}." in capsys.readouterr().out
