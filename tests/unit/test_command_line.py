"""The root of the command line: what it offers, and how it leaves."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from fullhouse.entrypoints import cli
from fullhouse.kernel.errors import NotFound


def left_with(*arguments: str) -> int | str | None:
    with pytest.raises(SystemExit) as leaving:
        cli.run(arguments)
    return leaving.value.code


def test_every_file_of_the_folder_is_offered_as_a_command(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert left_with("--help") == 0
    shown = capsys.readouterr().out
    assert all(cli.spoken(name) in shown for name in cli.commands())


def test_every_command_says_in_a_sentence_what_it_does() -> None:
    offered = cli.application(cli.commands()).registered_commands
    assert len(offered) == len(cli.commands())
    assert all(one.callback and one.callback.__doc__ for one in offered)


def test_the_version_is_the_one_of_the_package() -> None:
    shown = subprocess.run(
        [sys.executable, "-m", "fullhouse", "--version"],
        check=True,
        capture_output=True,
        text=True,
    )
    assert shown.stdout.startswith("fullhouse 0.")


def test_a_command_nobody_knows_is_a_misuse(capsys: pytest.CaptureFixture[str]) -> None:
    assert left_with("harvest") == cli.STATUS_MISUSED
    assert "harvest" in capsys.readouterr().err


def test_a_known_error_is_a_sentence_and_a_failure(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def application(_names: object) -> object:
        raise NotFound("There is no organisation called bouquet.")

    monkeypatch.setattr(cli, "application", application)
    assert left_with("check") == cli.STATUS_FAILED
    assert capsys.readouterr().err == "fullhouse: There is no organisation called bouquet.\n"


def test_a_wrong_setting_is_named_without_its_value(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FULLHOUSE_PORT", "secret-by-mistake")
    monkeypatch.setattr(cli, "application", lambda _names: cli.settings_with())
    assert left_with("serve") == cli.STATUS_MISUSED
    said = capsys.readouterr().err
    assert "FULLHOUSE_PORT" in said
    assert "secret-by-mistake" not in said


def test_a_data_folder_given_by_hand_goes_before_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("FULLHOUSE_DATABASE_URL", "postgresql://elsewhere/farm")
    assert cli.settings_with(data_dir=None).database_url == "postgresql://elsewhere/farm"
    assert cli.settings_with(data_dir=Path("/srv/farm")).database_url is None


def test_an_option_goes_before_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FULLHOUSE_PORT", "8500")
    assert cli.settings_with(port=None).port == 8500
    assert cli.settings_with(port=8600).port == 8600


def test_an_answer_is_for_programs_or_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    cli.answer({"violations": 0}, as_json=True, words="All is well.")
    cli.answer({"violations": 0}, as_json=False, words="All is well.")
    assert capsys.readouterr().out == '{"violations":0}\nAll is well.\n'


def test_work_that_waits_runs_to_its_end() -> None:
    async def work() -> int:
        return 7

    assert cli.run_async(work()) == 7


class Tent:
    """Something that must be taken away again, which takes a moment."""

    stands = True

    async def sleep(self, *, told: signal.Signals, times: int) -> None:
        try:
            for _ in range(times):
                os.kill(os.getpid(), told)
            await asyncio.sleep(60)
        finally:
            await asyncio.sleep(0.05)
            self.stands = False


@pytest.fixture
def terminal() -> Iterator[None]:
    """As from a terminal, also when the tests themselves run under nohup."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


@pytest.mark.usefixtures("terminal")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
@pytest.mark.parametrize("times", [1, 3])
def test_work_that_is_told_to_end_takes_everything_away_first(
    number: signal.Signals, times: int, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    tent, before = Tent(), signal.getsignal(number)
    work = tent.sleep(told=number, times=times)
    monkeypatch.setattr(cli, "application", lambda _names: lambda **_: cli.run_async(work))
    assert left_with("bench") == 128 + number
    assert not tent.stands
    assert capsys.readouterr().err == f"fullhouse: ended by {number.name}\n"
    assert signal.getsignal(number) is before


def test_a_hangup_that_nohup_has_silenced_ends_nothing() -> None:
    async def work() -> int:
        os.kill(os.getpid(), signal.SIGHUP)
        await asyncio.sleep(0.05)
        return 7

    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        assert cli.run_async(work()) == 7
    finally:
        signal.signal(signal.SIGHUP, before)
