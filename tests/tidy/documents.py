"""Documents name only files, commands, settings, metrics and log events that exist."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.tidy.care import LOG_EVENT, LOGGING
from tests.tidy.tree import Source, Tree, Violation

COMMANDS = Path("src/fullhouse/entrypoints/cli")
SETTINGS = Path("src/fullhouse/settings.py")

LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
NAMED_PATH = re.compile(r"`((?:src|tests|docs|tools|\.ci|\.github)/[\w./-]+)`")
NAMED_TEST = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
THREATS = Path("docs/security/threat-model.md")
THREAT = re.compile(r"^\| (T\d+) \|")
ASVS = Path("docs/security/asvs.md")
ASVS_ROW = re.compile(r"^\| (\d+\.\d+\.\d+) \| ([12]) \| [^|]+ \| (.+) \|$")
ASVS_VERDICT = re.compile(r"(\*\*Met\.\*\*|Does not apply\.|\*\*Not met\.\*\*) .{8,}")
ASVS_ROWS = 253
"""Of levels 1 and 2 of version 5.0.0."""
NAMED_COMMAND = re.compile(r"(?:`|^\s*|/|run )fullhouse ([a-z][a-z-]+)")
NAMED_SETTING = re.compile(r"\bFULLHOUSE_([A-Z_]+)\b")
NAMED_EVENT = re.compile(r"`(([a-z]+)\.(?!py`)[a-z_]+)`")
DECISIONS = Path("docs/decisions")
DATABASE_ROLE = "tenant"
"""`fullhouse_tenant`, which is no metric: see `storage/row_security.sql`."""
NAMED_METRIC = re.compile(r"\bfullhouse_([a-z_]+?)(?:_total|_bucket|_count|_sum)?\b")


def documents_name_what_exists(tree: Tree) -> Iterator[Violation]:
    """Every link, and every path in backticks, leads to a file."""
    for source, number, line in _lines(tree):
        for target in _targets(tree, source, line):
            if not target.exists():
                yield source.at_line(number, f"there is no {target.name} at {target.parent}")


def documents_name_real_tests(tree: Tree) -> Iterator[Violation]:
    """A test in backticks, as `tests/unit/test_thing.py::test_name`, is in that file."""
    known = {(one.path.as_posix(), test.name) for one in tree.python for test in one.tests()}
    for source, number, line in _lines(tree):
        for file, name in NAMED_TEST.findall(line):
            if (file, name) not in known:
                yield source.at_line(number, f"there is no test {name} in {file}")


def every_threat_names_its_test(tree: Tree) -> Iterator[Violation]:
    """A threat without a test is mitigated by nothing that anybody would notice the loss of."""
    for source, number, line in _lines(tree):
        threat = THREAT.match(line) if source.path == THREATS else None
        if threat and not NAMED_TEST.search(line):
            yield source.at_line(number, f"{threat[1]} names no test")


def every_asvs_row_is_answered(tree: Tree) -> Iterator[Violation]:
    """Each requirement has a verdict with its reason, and one that is met names what meets it."""
    source = next((one for one in tree.documents if one.path == ASVS), None)
    lines = enumerate(source.text.splitlines() if source else (), start=1)
    rows = [(number, found) for number, line in lines if (found := ASVS_ROW.match(line))]
    for number, (row, _, verdict) in ((number, found.groups()) for number, found in rows):
        is_shown = NAMED_TEST.search(verdict) or NAMED_PATH.search(verdict)
        if not ASVS_VERDICT.match(verdict):
            yield Violation(ASVS, number, f"{row} says neither how it is met nor why it is not")
        elif "**Met.**" in verdict and not is_shown:
            yield Violation(ASVS, number, f"{row} names no test and no file that meets it")
    known = {found[1] for _, found in rows}
    if source and (len(rows), len(known)) != (ASVS_ROWS, ASVS_ROWS):
        yield Violation(ASVS, 1, f"{len(known)} of {ASVS_ROWS} rows, {len(rows)} lines")


def documents_name_real_commands(tree: Tree) -> Iterator[Violation]:
    known = {
        path.stem.rstrip("_").replace("_", "-") for path in (tree.root / COMMANDS).glob("*.py")
    }
    for source, number, line in _lines(tree):
        for name in NAMED_COMMAND.findall(line):
            if name not in known:
                yield source.at_line(number, f"there is no command `fullhouse {name}`")


def documents_name_real_settings(tree: Tree) -> Iterator[Violation]:
    known = {
        node.target.id.upper()
        for node in ast.walk(_parsed(tree, SETTINGS))
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)
    }
    for source, number, line in _lines(tree):
        for name in NAMED_SETTING.findall(line):
            if name not in known:
                yield source.at_line(number, f"there is no setting FULLHOUSE_{name}")


def documents_name_real_metrics(tree: Tree) -> Iterator[Violation]:
    known = {
        node.value
        for path in sorted((tree.root / "src").glob("**/metrics.py"))
        for node in ast.walk(_parsed(tree, path))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    for source, number, line in _lines(tree):
        for name in NAMED_METRIC.findall(line):
            if name not in known and name != DATABASE_ROLE:
                yield source.at_line(number, f"there is no metric fullhouse_{name}")


def documents_name_real_log_events(tree: Tree) -> Iterator[Violation]:
    """Operators search the log for them. A decision names what there was in its time."""
    known = set(_logged(tree))
    parts = {name.partition(".")[0] for name in known}
    for source, number, line in _lines(tree):
        for name, part in NAMED_EVENT.findall(line):
            is_past = source.path.is_relative_to(DECISIONS)
            if part in parts and name not in known and not is_past:
                yield source.at_line(number, f"there is no log event {name}")


def _logged(tree: Tree) -> Iterator[str]:
    for source in tree.product:
        for node in source.nodes:
            if isinstance(node, ast.Call) and LOGGING.search(ast.unparse(node.func)) and node.args:
                event = node.args[0]
                if isinstance(event, ast.Constant) and LOG_EVENT.fullmatch(str(event.value)):
                    yield str(event.value)


def _lines(tree: Tree) -> Iterator[tuple[Source, int, str]]:
    for source in tree.documents:
        for number, line in enumerate(source.text.splitlines(), start=1):
            yield source, number, line


def _targets(tree: Tree, source: Source, line: str) -> Iterator[Path]:
    for link in LINK.findall(line):
        if "://" not in link and not link.startswith(("mailto:", "/")):
            yield (tree.root / source.path).parent / link
    for named in NAMED_PATH.findall(line):
        yield tree.root / named


def _parsed(tree: Tree, path: Path) -> ast.Module:
    place = tree.root / path
    return ast.parse(place.read_text(encoding="utf-8") if place.exists() else "")
