"""The root of the command line: commands, exit status and signals."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from fullhouse.entrypoints import cli
from fullhouse.kernel.errors import InvalidInput, NotFound


def exit_status_of(*arguments: str) -> int | str | None:
    with pytest.raises(SystemExit) as leaving:
        cli.run(arguments)
    return leaving.value.code


def test_help_lists_every_command_file(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert exit_status_of("--help") == 0
    shown = capsys.readouterr().out
    assert all(cli.command_name(name) in shown for name in cli.commands())


HEAVY = (
    *("asyncpg", "babel", "jinja2", "aiohttp", "dkim", "holidays", "icalendar", "phonenumbers"),
    *("PIL", "redis", "email_validator", "markdown_it"),
)
PROCESS = {"asyncpg", "babel", "jinja2", "phonenumbers"}


ALLOWED = (
    ("--help", set[str]()),
    ("--version", set[str]()),
    ("doctor --help", {"asyncpg", "babel"}),
    ("check --help", {"asyncpg", "babel", "phonenumbers"}),
    ("sign-in --help", {"asyncpg", "babel", "phonenumbers"}),
    ("worker --help", PROCESS),
    ("web --help", PROCESS),
)
"""Command lines with what they may load, each no less than the one before."""
LOADED = """
import sys
from fullhouse.entrypoints import cli
for arguments in sys.argv[1:]:
    try: cli.run(arguments.split())
    except SystemExit: print("loaded:", *sys.modules)
"""


def test_a_command_loads_no_library_that_it_does_not_need() -> None:
    """One after the other in one process: what one has loaded, the next may have too."""
    assert all(first <= then for (_, first), (_, then) in pairwise(ALLOWED))
    shown = subprocess.run(
        [sys.executable, "-c", LOADED, *(arguments for arguments, _ in ALLOWED)],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    loaded = [line.split() for line in shown.stdout.splitlines() if line.startswith("loaded: ")]
    for (arguments, allowed), modules in zip(ALLOWED, loaded, strict=True):
        assert set(modules) & set(HEAVY) <= allowed, arguments


def test_help_shows_the_whole_first_sentence_of_every_command(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert exit_status_of("--help") == 0
    assert "..." not in capsys.readouterr().out.partition("Commands:")[2]


def test_every_command_has_a_description() -> None:
    offered = cli.application(cli.commands()).registered_commands
    assert len(offered) == len(cli.commands())
    assert all(one.callback and one.callback.__doc__ for one in offered)


def test_version_is_the_version_of_the_package() -> None:
    shown = subprocess.run(
        [sys.executable, "-m", "fullhouse", "--version"],
        check=True,
        capture_output=True,
        text=True,
    )
    assert shown.stdout.startswith("fullhouse 0.")


def test_unknown_command_exits_with_the_misuse_status(capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_status_of("harvest") == cli.STATUS_MISUSED
    assert "harvest" in capsys.readouterr().err


def test_known_error_prints_its_sentence_and_fails(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def application(_names: object) -> object:
        raise NotFound("There is no organisation called bouquet.")

    monkeypatch.setattr(cli, "application", application)
    assert exit_status_of("check") == cli.STATUS_FAILED
    assert capsys.readouterr().err == "fullhouse: There is no organisation called bouquet.\n"


def fails_with(error: BaseException) -> object:
    """An application in which every command fails."""

    def application(_names: object) -> object:
        raise error

    return application


@pytest.mark.parametrize(
    ("error", "status", "sentence"),
    [
        (InvalidInput("A name has letters.", field="name"), 2, "A name has letters."),
        (PermissionError(13, "Permission denied", "/root/x"), 1, "/root/x: Permission denied."),
        (ExceptionGroup("", [NotADirectoryError(20, "Not a directory", "/x/y")]), 1, "/x/y: Not"),
    ],
)
def test_wrong_arguments_and_files_are_sentences_with_their_status(
    error: Exception, status: int, sentence: str,
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.setattr(cli, "application", fails_with(error))
    assert exit_status_of("check") == status
    assert capsys.readouterr().err.startswith(f"fullhouse: {sentence}")


def test_error_that_nobody_foresaw_keeps_its_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cli, "application", fails_with(ConnectionResetError("a bug")))
    with pytest.raises(ConnectionResetError):
        cli.run(["check"])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("--help > /dev/full", "Writing failed: No space left on device. Make room"),
        ("list farm >&-", "The database cannot be reached"),
        ("list farm <&- >&-", "The database cannot be reached"),
    ],
)
def test_output_that_is_closed_or_full_is_no_crash(arguments: str, said: str) -> None:
    done = subprocess.run(
        ["/bin/sh", "-c", f'exec "{sys.executable}" -m fullhouse key {arguments}'],
        env=os.environ | {"FULLHOUSE_DATABASE_URL": "postgresql://me@/farm?host=/nowhere"},
        check=False, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == cli.STATUS_FAILED
    assert done.stderr.startswith(f"fullhouse: {said}")
    assert len(done.stderr.splitlines()) == 1


def test_output_holds_any_character_in_any_locale() -> None:
    plain = os.environ | {"LC_ALL": "POSIX", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    undecodable = os.fsdecode(b"key\xff \xc3\xbc")
    done = subprocess.run(
        [sys.executable, "-m", "fullhouse", "key", "list", "farm", undecodable],
        env=plain, check=False, capture_output=True,
    )  # fmt: skip
    assert done.returncode == cli.STATUS_MISUSED
    assert b"All keys are listed" in done.stderr


def test_invalid_setting_is_named_without_its_value(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FULLHOUSE_PORT", "secret-by-mistake")
    monkeypatch.setattr(cli, "application", lambda _names: cli.settings_with())
    assert exit_status_of("serve") == cli.STATUS_MISUSED
    said = capsys.readouterr().err
    assert "FULLHOUSE_PORT" in said
    assert "secret-by-mistake" not in said


def test_data_folder_option_overrides_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("FULLHOUSE_DATABASE_URL", "postgresql://elsewhere/farm")
    assert cli.settings_with(data_dir=None).database_url == "postgresql://elsewhere/farm"
    assert cli.settings_with(data_dir=Path("/srv/farm")).database_url is None


def test_port_option_overrides_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FULLHOUSE_PORT", "8500")
    assert cli.settings_with(port=None).port == 8500
    assert cli.settings_with(port=8600).port == 8600


def test_result_is_printed_as_json_or_as_text(capsys: pytest.CaptureFixture[str]) -> None:
    cli.print_result({"violations": 0}, as_json=True, text="All is well.")
    cli.print_result({"violations": 0}, as_json=False, text="All is well.")
    assert capsys.readouterr().out == '{"violations":0}\nAll is well.\n'


def test_async_work_returns_its_result() -> None:
    async def work() -> int:
        return 7

    assert cli.run_async(work()) == 7


INTERRUPTED_IMPORT = """
import os, signal, sys
from fullhouse.__main__ import main

class Interrupt:
    def find_spec(self, name, *_):
        if name == "fullhouse.entrypoints.cli.check":
            os.kill(os.getpid(), signal.SIGINT)

signal.signal(signal.SIGINT, signal.default_int_handler)  # a test run in the background ignores it
sys.meta_path.insert(0, Interrupt())
sys.argv[1:] = ["check"]
main()
"""


def test_interrupt_while_a_command_is_loaded_ends_it_without_a_traceback() -> None:
    done = subprocess.run(
        [sys.executable, "-c", INTERRUPTED_IMPORT], check=False, capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (-signal.SIGINT, "")


class CleanupProbe:
    """Work with a clean-up that takes a moment."""

    is_set_up = True

    async def sleep(self, *, number: signal.Signals, times: int) -> None:
        try:
            for _ in range(times):
                os.kill(os.getpid(), number)
            await asyncio.sleep(60)
        finally:
            await asyncio.sleep(0.05)
            self.is_set_up = False


@pytest.fixture
def terminal() -> Iterator[None]:
    """As from a terminal, also when the tests themselves run under nohup."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


@pytest.mark.usefixtures("terminal")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
@pytest.mark.parametrize("times", [1, 3])
def test_signalled_work_cleans_up_before_it_exits(
    number: signal.Signals, times: int, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    probe, before = CleanupProbe(), signal.getsignal(number)
    work = probe.sleep(number=number, times=times)
    monkeypatch.setattr(cli, "application", lambda _names: lambda **_: cli.run_async(work))
    assert exit_status_of("bench") == 128 + number
    assert not probe.is_set_up
    assert capsys.readouterr().err == f"fullhouse: interrupted by {number.name}\n"
    assert signal.getsignal(number) is before


def test_ignored_hangup_cancels_nothing() -> None:
    async def work() -> int:
        os.kill(os.getpid(), signal.SIGHUP)
        await asyncio.sleep(0.05)
        return 7

    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        assert cli.run_async(work()) == 7
    finally:
        signal.signal(signal.SIGHUP, before)
