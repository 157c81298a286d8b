"""Which data a load test checks: those of the server that it booked with, or none."""

from pathlib import Path

import pytest

from fullhouse.entrypoints import cli
from fullhouse.entrypoints.cli._server_url import names_data_of
from fullhouse.processes.server_address import write_address
from fullhouse.settings import Settings
from fullhouse.storage.embedded import default_data_dir, lifecycle


@pytest.mark.parametrize(
    ("url", "is_of"),
    [
        ("http://127.0.0.1:8650", True),
        ("http://localhost:8650/", True),
        ("http://127.0.0.1:8651", False),
        ("https://book.example.org", False),
    ],
)
def test_folder_that_nobody_named_is_checked_only_if_its_server_is_the_target(
    url: str, *, is_of: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setattr(lifecycle, "_SYSTEM_DATA_DIR", tmp_path / "fullhouse")
    monkeypatch.delenv("FULLHOUSE_DATABASE_URL", raising=False)
    folder = default_data_dir()
    folder.mkdir(parents=True)
    write_address(folder, "http://127.0.0.1:8650")
    assert names_data_of(Settings(), url) is is_of
    assert names_data_of(Settings(data_dir=tmp_path), url), "what is named is believed"
    assert names_data_of(Settings(database_url="postgresql://127.0.0.1/x"), url)


@pytest.mark.parametrize(
    "arguments",
    [
        ["siege", "--url", "http://127.0.0.1:9"],
        ["siege", "--org", "meadow"],
        ["outage", "--i-own-this-host"],
        ["outage", "--quick"],
        ["rush", "--seconds", "3"],
    ],
)
def test_option_that_a_scenario_would_not_heed_is_refused(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as left:
        cli.run(["load", *arguments])
    assert left.value.code == cli.STATUS_MISUSED
    assert f"it takes no {arguments[1]}." in capsys.readouterr().err
