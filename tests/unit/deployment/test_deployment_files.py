"""The container file, the compose file and the unit file of systemd in the documents.

`compose-spec.json` is the schema of the Compose Specification, as published (Apache-2.0).
"""

import configparser
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import jsonschema_rs
import pytest
import yaml

from fullhouse.http.server.limits import OPEN_FILES_MAX
from fullhouse.processes.limits import DRAIN_SECONDS_MAX
from fullhouse.settings import setting_names

ROOT = Path(__file__).parents[3]
DOCKERFILE = (ROOT / "Dockerfile").read_text()
COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text())
SERVICE = COMPOSE["services"]["fullhouse"]
SCHEMA = json.loads(Path(__file__).with_name("compose-spec.json").read_text())
RUNNING = (ROOT / "docs" / "running.md").read_text()


def seconds(text: str) -> int:
    return int(text.removesuffix("s"))


def unit_file() -> str:
    found = re.search(r"```ini\n(.*?)```", RUNNING, re.DOTALL)
    assert found
    return found[1]


def test_compose_file_is_valid() -> None:
    jsonschema_rs.validator_for(SCHEMA).validate(COMPOSE)
    broken = json.loads(json.dumps(COMPOSE).replace('"stop_grace_period"', '"stop_grace"'))
    with pytest.raises(jsonschema_rs.ValidationError):
        jsonschema_rs.validator_for(SCHEMA).validate(broken)


def test_every_setting_in_containers_exists() -> None:
    named = set(SERVICE["environment"]) | set(re.findall(r"\bFULLHOUSE_[A-Z_]+", DOCKERFILE))
    assert named - set(setting_names()) == set()


def test_container_runs_as_a_user_without_rights_and_is_probed_for_readiness() -> None:
    assert "--uid 8400 --gid 8400" in DOCKERFILE
    assert DOCKERFILE.index("USER 8400:8400\n") < DOCKERFILE.index("ENTRYPOINT")
    probe = re.search(r"HEALTHCHECK.*\\\n\s+CMD (\[.*\])", DOCKERFILE)
    assert probe
    assert SERVICE["healthcheck"]["test"] == ["CMD", *json.loads(probe[1])]
    assert "/readyz" in probe[1]


@pytest.mark.parametrize("name", ["fullhouse", "database"])
def test_stop_grace_is_longer_than_the_time_to_finish(name: str) -> None:
    service = COMPOSE["services"][name]
    assert seconds(service["stop_grace_period"]) > 2 * DRAIN_SECONDS_MAX
    assert service["volumes"]
    assert service["healthcheck"]["test"]


def test_containers_may_open_as_many_files_as_a_web_process_uses() -> None:
    assert SERVICE["ulimits"]["nofile"] == OPEN_FILES_MAX
    assert f"LimitNOFILE={OPEN_FILES_MAX}" in unit_file()


def test_only_this_machine_reaches_the_published_port() -> None:
    assert all(port.startswith("127.0.0.1:") for port in SERVICE["ports"])
    assert all("ports" not in COMPOSE["services"][name] for name in ("database", "redis"))


def test_unit_file_of_the_documents_is_valid(tmp_path: Path) -> None:
    text = unit_file()
    unit = configparser.ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str  # type: ignore[assignment, method-assign]  # names keep their case
    unit.read_string(text)
    assert int(unit["Service"]["TimeoutStopSec"]) > 2 * DRAIN_SECONDS_MAX
    assert unit["Install"]["WantedBy"] == "multi-user.target"
    named = set(re.findall(r"^Environment=(FULLHOUSE_\w+)=", text, re.MULTILINE))
    assert named
    assert named - set(setting_names()) == set()
    if verify := shutil.which("systemd-analyze"):
        # The program of the documents is not installed here: verify looks for its file
        path = tmp_path / "fullhouse.service"
        path.write_text(text.replace("/opt/fullhouse/venv/bin/fullhouse", sys.executable))
        checked = subprocess.run(
            [verify, "verify", str(path)], check=False, capture_output=True, text=True
        )
        assert (checked.returncode, checked.stderr) == (0, "")
