"""Options that a command would not heed are refused before anything is done."""

import pytest

from fullhouse.entrypoints.cli import application
from fullhouse.entrypoints.cli.key import KeyAction, key
from fullhouse.entrypoints.cli.load import ScenarioName, load
from fullhouse.kernel.errors import InvalidInput


def test_a_scenario_takes_no_options_of_a_siege() -> None:
    for name, value in {
        "only": ["streams"],
        "seconds": 3.0,
        "quick": True,
        "database_url": "postgresql://localhost/x",
        "redis_url": "redis://localhost",
    }.items():
        with pytest.raises(InvalidInput) as refused:
            load(ScenarioName.RUSH, **{name: value})  # type: ignore[arg-type]  # one of several
        assert refused.value.field == name


@pytest.mark.parametrize(
    ("action", "which", "scope"),
    [
        (KeyAction.LIST, "till", None),
        (KeyAction.LIST, "", "read"),
        (KeyAction.REVOKE, "01977f6e-8000-7000-8000-000000000001", "read"),
    ],
)
def test_only_a_new_key_takes_a_scope_and_a_list_no_name(
    action: KeyAction, which: str, scope: str | None
) -> None:
    with pytest.raises(InvalidInput):
        key(action, "farm", which, scope=scope)  # type: ignore[arg-type]  # one of several


@pytest.mark.parametrize("arguments", [["dead-letters", "--kind"], ["inbox", "--provider"]])
def test_bytes_that_are_no_text_are_refused(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        application(["dead_letters", "inbox"])([*arguments, "\udcff"])
    assert "Give text in one line." in capsys.readouterr().err
