"""`python -m tools.observability` writes the files; `--check` says whether they are those."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import yaml
from tools.observability.alertmanager import configuration
from tools.observability.dashboards import DASHBOARDS, dashboard
from tools.observability.rules import JOB, rule_file

FOLDER: Final = Path(__file__).parents[2] / "deploy" / "observability"
_WRITTEN_BY: Final = "# Written by `make observability` from the tables of the product.\n"


def files() -> Mapping[str, str]:
    """The text of each file by its path below `deploy/observability`."""
    return {
        "prometheus/prometheus.yml": _yaml(_prometheus()),
        "prometheus/rules.yml": _yaml(rule_file()),
        "alertmanager/alertmanager.yml": _yaml(configuration()),
        **{f"grafana/dashboards/{name}.json": dashboard(name) for name in DASHBOARDS},
    }


def _prometheus() -> dict[str, object]:
    return {
        "global": {"scrape_interval": "10s", "evaluation_interval": "10s"},
        "rule_files": ["rules.yml"],
        "alerting": {
            "alertmanagers": [{"static_configs": [{"targets": ["127.0.0.1:9093"]}]}],
        },
        "scrape_configs": [
            {
                "job_name": JOB,
                "authorization": {"type": "Bearer", "credentials_file": "token"},
                # One a machine: any of its processes answers for all of them
                "static_configs": [{"targets": ["127.0.0.1:8400"]}],
            }
        ],
    }


def _yaml(content: dict[str, object]) -> str:
    text = yaml.safe_dump(content, sort_keys=False, width=100, allow_unicode=True)
    return _WRITTEN_BY + text


def main() -> int:
    """Write what differs; with `--check` only name it."""
    is_check = "--check" in sys.argv[1:]
    differing = [
        (FOLDER / path, text)
        for path, text in files().items()
        if not (FOLDER / path).exists() or (FOLDER / path).read_text() != text
    ]
    for path, text in differing:
        print(path)  # noqa: T201 - what a command says
        if not is_check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
    return int(is_check and bool(differing))


if __name__ == "__main__":
    sys.exit(main())
