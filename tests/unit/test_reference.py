"""The reference is complete: it names every command, setting, metric and error."""

import importlib
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from prometheus_client import Counter, Gauge, Histogram
from typing_extensions import override

from fullhouse.booking.errors import BookingError
from fullhouse.entrypoints import cli
from fullhouse.entrypoints.api.problems import STATUS
from fullhouse.kernel.errors import FullhouseError
from fullhouse.settings import Settings
from fullhouse.telemetry.metrics import MetricRegistry, MetricSet

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
REFERENCE = (DOCS / "reference.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| (\d{3}) \| `(\w+)` \| ([^|]*) \| ([^|]*) \|$", re.MULTILINE)
SETTING_ROW = re.compile(r"^\| (`FULLHOUSE_[^|]*) \| ([^|]*) \|", re.MULTILINE)
SETTING = re.compile(r"`FULLHOUSE_(\w+)`")
METRIC_ROW = re.compile(r"^\| `(fullhouse_\w+)` \| (\w+) \| ([^|]*) \| ([^|]*) \|$", re.MULTILINE)
NAME = re.compile(r"`(\w+)`")
FAMILIES = {"BookingError", "CustomerError", "PeopleError", "FullhouseError", "TransientError"}


@dataclass(frozen=True)
class RecordingRegistry(MetricRegistry):
    """Records each metric as a row of the table."""

    recorded: list[tuple[str, str, str, str]] = field(default_factory=list)

    @override
    def counter(self, name: str, description: str, *labels: str) -> Counter:
        self._record(f"{name}_total", "counter", labels, description)
        return super().counter(name, description, *labels)

    @override
    def gauge_of_sum(self, name: str, description: str, *labels: str) -> Gauge:
        self._record(name, "gauge", labels, description)
        return super().gauge_of_sum(name, description, *labels)

    @override
    def gauge_of_latest(self, name: str, description: str, *labels: str) -> Gauge:
        self._record(name, "gauge", labels, description)
        return super().gauge_of_latest(name, description, *labels)

    @override
    def histogram(
        self, name: str, description: str, *labels: str, buckets: tuple[float, ...] = (1.0,)
    ) -> Histogram:
        self._record(name, "histogram", labels, description)
        return super().histogram(name, description, *labels, buckets=buckets)

    def _record(self, name: str, kind: str, labels: tuple[str, ...], description: str) -> None:
        shown = ", ".join(f"`{label}`" for label in labels) or "\N{EN DASH}"
        self.recorded.append((f"fullhouse_{name}", kind, shown, description))


def test_reference_names_every_command() -> None:
    commands = {f"fullhouse {cli.command_name(name)}" for name in cli.commands()}
    assert {command for command in commands if command not in REFERENCE} == set()


def test_reference_names_every_setting() -> None:
    settings = {f"FULLHOUSE_{name.upper()}" for name in Settings.model_fields}
    assert {setting for setting in settings if f"`{setting}`" not in REFERENCE} == set()


def test_reference_names_every_error_with_its_status_and_members() -> None:
    members: defaultdict[tuple[int, str], set[str]] = defaultdict(set)
    for kind, status in STATUS.items():
        if kind.__name__ not in FAMILIES:
            members[status, kind.code] |= _members_of(kind)
    assert {row: set(NAME.findall(cells)) for row, cells in _rows()} == members


def test_texts_about_errors_name_only_members_that_exist() -> None:
    """`allow_duplicate` is a field of the request; `field` is a member of each of `errors`."""
    known = {"allow_duplicate", "field", "offering", "zone"}
    for match in ROW.finditer(REFERENCE):
        assert set(NAME.findall(match[4])) <= known | set(NAME.findall(match[3])), match[0]


@pytest.mark.parametrize("document", ["reference.md", "running.md"])
def test_defaults_of_settings_are_those_of_the_program(document: str) -> None:
    """Those that one word can say; a row of several settings has their defaults in order."""
    shown = [
        pair
        for match in SETTING_ROW.finditer((DOCS / document).read_text(encoding="utf-8"))
        for pair in zip(SETTING.findall(match[1]), match[2].split(", "), strict=False)
    ]
    assert len(shown) >= 5
    for name, default in shown:
        value = Settings.model_fields[name.lower()].default
        if isinstance(value, str | int | float):
            word = f"{value:g}" if isinstance(value, float) else str(value).lower()
            assert default.strip("` ") == word, name


def test_reference_lists_every_metric_with_its_labels_and_description() -> None:
    assert {match.groups() for match in METRIC_ROW.finditer(REFERENCE)} == set(_metrics())


def _metrics() -> Iterator[tuple[str, str, str, str]]:
    """Every metric of every `metrics.py`: its name as exposed, type, labels and description."""
    source = ROOT / "src"
    for path in source.glob("fullhouse/**/metrics.py"):
        module = importlib.import_module(".".join(path.relative_to(source).with_suffix("").parts))
        for kind in vars(module).values():
            if isinstance(kind, type) and issubclass(kind, MetricSet) and kind is not MetricSet:
                registry = RecordingRegistry()
                kind(registry)
                yield from registry.recorded


def _rows() -> Iterator[tuple[tuple[int, str], str]]:
    for match in ROW.finditer(REFERENCE):
        yield (int(match[1]), match[2]), match[3]


def _members_of(kind: type[FullhouseError]) -> set[str]:
    """Without the offering and its zone, which the text tells once of all errors of bookings."""
    names = set(kind.attribute_names)
    if issubclass(kind, BookingError):
        names -= {"offering", "zone"}
    return {"errors" if name == "field" else name for name in names}
