"""What is written for Prometheus, Alertmanager and Grafana is exported, parsed and tested."""

import importlib
import json
import re
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest
import yaml
from tests.unit.deployment.alert_cases import CASES, AlertCase
from tools.observability.__main__ import FOLDER, files
from tools.observability.promql import FAILURES_TO_BOOK
from tools.observability.rules import HEARTBEAT, JOB, NOT_ANSWERING, TOLD, conditions

from fullhouse.observability.alert_rules import RULES
from fullhouse.telemetry.metrics import MetricRegistry, MetricSet

pytestmark = pytest.mark.timeout(60)

ROOT = Path(__file__).parents[3]
RUNBOOKS = ROOT / "docs" / "runbooks"
RULE_FILE = FOLDER / "prometheus" / "rules.yml"
ROUTES = FOLDER / "alertmanager" / "alertmanager.yml"
GROUPS = yaml.safe_load(RULE_FILE.read_text())["groups"]
ALERTS = [rule for group in GROUPS for rule in group["rules"] if "alert" in rule]
RECORDED = {rule["record"] for group in GROUPS for rule in group["rules"] if "record" in rule}

METRIC = re.compile(r"\b(fullhouse_\w+)(?:\{([^{}]*(?:\\\\\{\w+\\\\\}[^{}]*)*)\})?")
LABEL = re.compile(r"(\w+)(?:=~|!~|!=|=)\"")
GROUPING = re.compile(r"\b(?:by|on) \(([\w, ]+)\)")
OF_PROMETHEUS = {"le", "job", "instance", "alertname", "severity", "alertstate"}
SUFFIXES = {"counter": ("_total",), "gauge": ("",), "histogram": ("_bucket", "_count", "_sum")}


def run(*command: str) -> str:
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def exported() -> Mapping[str, set[str]]:
    """The series that there are with their labels, of the metrics of all parts."""
    registry = MetricRegistry()
    for path in sorted((ROOT / "src").glob("fullhouse/**/metrics.py")):
        name = ".".join(path.relative_to(ROOT / "src").with_suffix("").parts)
        for kind in vars(importlib.import_module(name)).values():
            if isinstance(kind, type) and issubclass(kind, MetricSet) and kind is not MetricSet:
                registry.get(kind)
    collectors = registry.registry._collector_to_names
    return {
        f"{metric.name}{suffix}": set(getattr(collector, "_labelnames", ()))
        for collector in collectors
        for metric in collector.collect()
        for suffix in SUFFIXES[metric.type]
    }


def expressions() -> Iterator[tuple[str, str]]:
    """Each expression with where it stands."""
    for group in GROUPS:
        for rule in group["rules"]:
            yield rule.get("record") or rule["alert"], rule["expr"]
    for path in sorted((FOLDER / "grafana" / "dashboards").glob("*.json")):
        for panel in json.loads(path.read_text())["panels"]:
            for target in panel["targets"]:
                yield f"{path.name}: {panel['title']}", target["expr"]


def test_the_files_are_what_would_be_written() -> None:
    for path, text in files().items():
        assert (FOLDER / path).read_text() == text, f"run `make observability`: {path} differs"
    written = {*files(), *OTHERS}
    there = {str(p.relative_to(FOLDER)) for p in FOLDER.rglob("*") if p.is_file()}
    assert there == written


Trial = tuple[AlertCase, Mapping[str, str], bool]
"""An alert, series, and whether it fires on them."""
OTHERS = {
    "README.md",
    "compose.yaml",
    "grafana/provisioning/dashboards/fullhouse.yml",
    "grafana/provisioning/datasources/prometheus.yml",
}
"""Written by hand."""


def test_each_alert_of_ours_is_one_of_prometheus_and_each_has_its_runbook() -> None:
    assert set(conditions()) <= {rule.name for rule in RULES}
    others = {NOT_ANSWERING, TOLD, HEARTBEAT}
    assert {each["alert"] for each in ALERTS} == {*conditions(), *others}
    for alert in ALERTS:
        if alert["alert"] != HEARTBEAT:
            page = ROOT / alert["annotations"]["runbook"]
            assert f"`{alert['alert']}`" in page.read_text()


def test_every_metric_and_label_of_rules_and_dashboards_is_exported() -> None:
    known = exported()
    used = set()
    for where, expression in expressions():
        for name, labels in METRIC.findall(expression):
            assert name in known, f"{where}: nobody exports {name}"
            used.add(name)
            unknown = set(LABEL.findall(labels)) - known[name] - OF_PROMETHEUS
            assert not unknown, f"{where}: {name} has no label {unknown}"
        labels = {label for names in GROUPING.findall(expression) for label in names.split(", ")}
        named = {label for name, _ in METRIC.findall(expression) for label in known[name]}
        assert labels <= named | OF_PROMETHEUS, f"{where}: nothing has {labels - named}"
        for record in re.findall(r"fullhouse:[\w:]+", expression):
            assert record in RECORDED, f"{where}: nobody records {record}"
    assert len(used) > 30, "metrics are found in expressions"


@pytest.mark.parametrize("wrong", ["fullhouse_sales_total", 'fullhouse_dead_letters{queue="x"}'])
def test_a_metric_or_label_that_nobody_exports_is_found(wrong: str) -> None:
    ((name, labels),) = METRIC.findall(wrong)
    assert name not in exported() or set(LABEL.findall(labels)) - exported()[name]


def test_every_expression_is_one_of_prometheus(tmp_path: Path) -> None:
    rules = [
        {"record": f"checked:{number}", "expr": expression.replace("${source}", "")}
        for number, (_, expression) in enumerate(expressions())
    ]
    path = tmp_path / "rules.yml"
    path.write_text(yaml.safe_dump({"groups": [{"name": "checked", "rules": rules}]}))
    assert f"{len(rules)} rules found" in run("promtool", "check", "rules", str(path))
    assert "SUCCESS" in run("promtool", "check", "rules", str(RULE_FILE))


def test_prometheus_and_alertmanager_take_their_configuration(tmp_path: Path) -> None:
    for name in ("prometheus.yml", "rules.yml"):
        (tmp_path / name).write_text((FOLDER / "prometheus" / name).read_text())
    (tmp_path / "token").write_text("secret")
    assert "SUCCESS" in run("promtool", "check", "config", str(tmp_path / "prometheus.yml"))
    assert "SUCCESS" in run("amtool", "check-config", str(ROUTES))


@pytest.mark.parametrize(
    ("labels", "receiver"),
    [
        ("alertname=bookings-failing severity=critical", "operators-at-once"),
        ("alertname=bookings-failing severity=warning", "operators"),
        ("alertname=heartbeat severity=none", "heartbeat"),
    ],
)
def test_who_is_told_of_an_alert(labels: str, receiver: str) -> None:
    command = ("amtool", "config", "routes", "test", f"--config.file={ROUTES}", *labels.split())
    assert run(*command).strip() == receiver


def test_what_follows_from_a_cause_is_not_told_beside_it() -> None:
    inhibitions = yaml.safe_load(ROUTES.read_text())["inhibit_rules"]
    found = {
        target: source.removeprefix('alertname=~"').removesuffix('"').split("|")
        for each in inhibitions
        for source, target in [(each["source_matchers"][0], each["target_matchers"][0])]
        if source.startswith("alertname")
    }
    assert found == {
        f'alertname="{rule.name}"': list(rule.causes)
        for rule in RULES
        if rule.causes and rule.name in conditions()
    }
    of_causes = [one for one in inhibitions if "equal" not in one]
    assert [(one["source_matchers"][1:], one["target_matchers"][1:]) for one in of_causes] == len(
        found
    ) * [(['severity="critical"'], []), ([], ['severity="warning"'])]


def test_each_alert_fires_on_what_it_is_about_and_on_nothing_else(tmp_path: Path) -> None:
    covered = {(case.alert, case.severity) for case in CASES}
    assert covered == {
        (each["alert"], each.get("labels", {"severity": "warning"})["severity"]) for each in ALERTS
    }
    trials = [
        (case, series, fires)
        for case in CASES
        for series, fires in ((case.fires_on, True), (case.silent_on, False))
        if series is not None
    ]
    tests = [_test(*pack) for pack in _packs(trials)]
    path = tmp_path / "tests.yml"
    path.write_text(yaml.safe_dump({"rule_files": [str(RULE_FILE)], "tests": tests}))
    assert "SUCCESS" in run("promtool", "test", "rules", str(path))


def _packs(trials: Sequence[Trial]) -> Sequence[Sequence[Trial]]:
    """Trials that share no metric run side by side: promtool takes a tenth of a second for each."""
    packs: list[list[Trial]] = []
    taken: list[set[str]] = []
    for trial in trials:
        metrics = {series.partition("{")[0] for series in trial[1]}
        free = next((n for n, names in enumerate(taken) if names.isdisjoint(metrics)), len(packs))
        if free == len(packs):
            packs.append([])
            taken.append(set())
        packs[free].append(trial)
        taken[free] |= metrics
    return packs


def _test(*trials: Trial) -> dict[str, object]:
    return {
        "interval": "1m",
        "input_series": [
            {"series": each, "values": values}
            for _, series, _ in trials
            for each, values in series.items()
        ],
        "promql_expr_test": [
            {
                "expr": f'count(ALERTS{{alertname="{case.alert}",severity="{case.severity}",'
                'alertstate="firing"})',
                "eval_time": f"{case.minutes}m",
                "exp_samples": [{"labels": "{}", "value": 1}] if fires else [],
            }
            for case, _, fires in trials
        ],
    }


def test_an_alert_that_should_not_fire_turns_the_test_red(tmp_path: Path) -> None:
    case = next(one for one in CASES if one.alert == "jobs-failed")
    tests = [_test((case, case.silent_on or {}, True))]
    path = tmp_path / "tests.yml"
    path.write_text(yaml.safe_dump({"rule_files": [str(RULE_FILE)], "tests": tests}))
    with pytest.raises(AssertionError, match="FAILED"):
        run("promtool", "test", "rules", str(path))


def test_the_compose_file_runs_what_is_configured() -> None:
    services = yaml.safe_load((FOLDER / "compose.yaml").read_text())["services"]
    assert set(services) == {"prometheus", "alertmanager", "grafana"}
    for service in services.values():
        for volume in service["volumes"]:
            source = volume.split(":")[0]
            if source.startswith("./") and not source.endswith("token"):
                assert (FOLDER / source).exists(), source
    config = yaml.safe_load((FOLDER / "prometheus" / "prometheus.yml").read_text())
    assert config["scrape_configs"][0]["job_name"] == JOB
    assert f"{FAILURES_TO_BOOK}5m" in RECORDED
