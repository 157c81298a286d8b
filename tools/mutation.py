"""Change one thing in the code at a time, and see whether the fast tests notice: `make mutation`.

Mutants are those of cosmic-ray. Each runs in a fork of a process that has imported all libraries,
so that it takes as long as its tests. Writes `build/mutation/<part>.txt`, and prints the figures.
"""

import contextlib
import importlib
import importlib.abc
import importlib.util
import os
import re
import resource
import signal
import sys
from collections.abc import Iterator, Mapping, Sequence
from importlib.machinery import ModuleSpec
from itertools import count
from pathlib import Path
from types import ModuleType
from typing import Final, NamedTuple

import pytest
from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator, operator_names

SOURCE: Final = Path("src")
REPORTS: Final = Path("build/mutation")
PROCESSOR_SECONDS_MAX: Final = 20
SECONDS_MAX: Final = 200
EFFORT: Final = "0.1"
"""Of the simulations: a hundred seeds."""
LIBRARIES: Final = (
    "asyncpg", "aiohttp", "aiosmtplib", "msgspec", "structlog", "babel.dates", "jinja2", "aiosql",
    "prometheus_client", "cryptography.hazmat.primitives.ciphers.aead", "phonenumbers", "holidays",
    "icalendar", "pydantic_settings", "cachetools", "email_validator", "zoneinfo", "hypothesis",
    "pytest_asyncio.plugin", "pytest_timeout", "typer", "rich.console",
)  # fmt: skip
SKIPPED: Final = ("Bit", "Shift", "RemoveDecorator", "Variable", "_Is", "Is_Eq", "IsNot_NotEq")
"""Unions of types, and identity where equality is meant or the other way round."""

SIGNATURES: Final = (
    "def ",
    "async def ",
    "@dataclass",
    "class ",
    "/,",
    "//,",
    "+,",
    "-,",
    "%,",
    "**,",
)
"""Lines in which a `*` is no product, and in which a class is declared."""

PARAMETERS: Final = re.compile(r"\w+: [\w\[\]|. ]+, (/|//|\+|-|%|\*\*), ")
TEXTS_IN_ORDER: Final = re.compile(r"(<|<=|>|>=) \"\w+\"")
"""Whether a text comes before another, in place of whether it is it: nobody means that."""

BREAKER: Final = (
    "tests/unit/resilience/test_breaker.py",
    "tests/unit/resilience/test_local_circuits.py",
    "tests/properties/test_call_window.py",
)
CIRCUITS: Final = "tests/simulation/test_simulated_circuits.py"
MESSAGES: Final = "tests/simulation/test_simulated_messages.py"
TARGETS: Final[Mapping[str, Sequence[str]]] = {
    "fullhouse/resilience/breaker.py": (*BREAKER, CIRCUITS),
    "fullhouse/resilience/breakers.py": ("tests/unit/resilience/test_breakers.py", CIRCUITS),
    "fullhouse/resilience/row_follower.py": ("tests/unit/resilience/test_breakers.py", CIRCUITS),
    "fullhouse/resilience/call_window.py": (*BREAKER, CIRCUITS),
    "fullhouse/resilience/circuits.py": (
        *BREAKER,
        CIRCUITS,
    ),
    "fullhouse/resilience/inbox.py": (
        "tests/simulation/test_inbox_rules.py",
        "tests/simulation/test_simulated_inbox.py",
    ),
    "fullhouse/resilience/webhook_signatures.py": (
        "tests/unit/resilience/test_webhook_signatures.py",
    ),
    "fullhouse/integrations/outbound.py": ("tests/unit/integrations/test_outbound.py",),
    "fullhouse/messages/actions/hand_over_message.py": (
        "tests/unit/messages/test_hand_over.py",
        "tests/simulation/test_hand_over_once.py",
        MESSAGES,
    ),
    "fullhouse/messages/actions/acknowledge_message.py": (
        "tests/unit/messages/test_acknowledge.py",
        MESSAGES,
    ),
    "fullhouse/messages/model/channels.py": (
        "tests/unit/messages/test_channel_model.py",
        MESSAGES,
    ),
}


class Mutant(NamedTuple):
    """A module with one change."""

    operator: str
    occurrence: int
    line: int
    code: str

    @property
    def changed(self) -> str:
        return self.code.splitlines()[self.line].strip() if self.line >= 0 else ""


def is_senseless(mutant: Mutant) -> bool:
    """Whether nobody could write it by mistake: the sign of a signature, the order of two texts."""
    if "ReplaceBinaryOperator" in mutant.operator:
        return PARAMETERS.search(mutant.changed) is not None
    is_order = mutant.operator.rpartition("_")[2] in {"Lt", "LtE", "Gt", "GtE"}
    return is_order and TEXTS_IN_ORDER.search(mutant.changed) is not None


class _MutatedModule(importlib.abc.MetaPathFinder, importlib.abc.InspectLoader):
    """Imports the mutant in place of its module."""

    def __init__(self, name: str, path: Path, code: str) -> None:
        self._name, self._path, self._code = name, path, code

    def find_spec(
        self, fullname: str, _path: Sequence[str] | None, _target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname != self._name:
            return None
        return importlib.util.spec_from_file_location(fullname, self._path, loader=self)

    def get_source(self, _fullname: str) -> str:
        return self._code


def mutants_of(source: str) -> Iterator[Mutant]:
    original = source.splitlines()
    for name in operator_names():
        if any(word in name for word in SKIPPED):
            continue
        yield from _mutants(source, original, name, get_operator(name)())


def _mutants(source: str, original: Sequence[str], name: str, operator: object) -> Iterator[Mutant]:
    for occurrence in count():
        try:
            code = mutate_code(source.encode(), operator, occurrence)
        except (
            AttributeError
        ):  # an exception of a module (`binascii.Error`), which it cannot replace
            continue
        if code is None:
            return
        pairs = enumerate(zip(original, code.splitlines(), strict=False))
        line = next((number for number, (old, new) in pairs if old != new), -1)
        mutant = Mutant(name, occurrence, line, code)
        if not mutant.changed.startswith(SIGNATURES) and not is_senseless(mutant):
            yield mutant


def survives(module: str, path: Path, code: str, tests: Sequence[str]) -> bool:
    """Whether all tests pass with this code; one that runs too long is found out."""
    child = os.fork()
    if child == 0:
        os.setsid()
        _run(module, path, code, tests)
    with contextlib.suppress(KeyboardInterrupt):
        _, status = os.waitpid(child, 0)
        return os.waitstatus_to_exitcode(status) == 0
    os.killpg(child, signal.SIGKILL)
    raise KeyboardInterrupt


def _run(module: str, path: Path, code: str, tests: Sequence[str]) -> None:
    signal.alarm(SECONDS_MAX)
    used = int(resource.getrusage(resource.RUSAGE_SELF).ru_utime)
    limit = used + PROCESSOR_SECONDS_MAX
    resource.setrlimit(resource.RLIMIT_CPU, (limit, limit))
    quiet = os.open(os.devnull, os.O_WRONLY)
    os.dup2(quiet, 1)
    os.dup2(quiet, 2)
    sys.meta_path.insert(0, _MutatedModule(module, path, code))
    try:
        status = pytest.main(
            [
                *("-q", "-x", "--noconftest", "-k", "not planted", "--timeout=0"),
                *("-W", "ignore::pytest.PytestAssertRewriteWarning", "-p", "no:cacheprovider"),
                *("-p", "pytest_asyncio.plugin", "-p", "pytest_timeout"),
                *("-p", "tools.mutation_fixtures", *tests),
            ]
        )
    except BaseException:  # noqa: BLE001 - whatever it is, the mutant did it
        status = 1
    os._exit(int(status))


def main(only: Sequence[str]) -> None:
    sys.path[:0] = [str(SOURCE), "."]
    os.environ["FULLHOUSE_TEST_EFFORT"] = EFFORT
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    os.nice(19 - os.nice(0))
    REPORTS.mkdir(parents=True, exist_ok=True)
    for library in LIBRARIES:
        importlib.import_module(library)
    total, lived = 0, 0
    for name, tests in TARGETS.items():
        if only and not any(word in name for word in only):
            continue
        path, module = SOURCE / name, name.removesuffix(".py").replace("/", ".")
        source = path.read_text()
        present = [test for test in tests if Path(test).exists()]
        assert survives(module, path, source, present), f"the tests of {name} fail as it is"
        mutants = list(mutants_of(source))
        left = []
        for mutant in mutants:
            if survives(module, path, mutant.code, present):
                left.append(f"{mutant.line + 1}: {mutant.operator}: {mutant.changed}\n")
                sys.stderr.write(f"{path}:{left[-1]}")
        (REPORTS / f"{path.stem}.txt").write_text("".join(left))
        total, lived = total + len(mutants), lived + len(left)
        killed = len(mutants) - len(left)
        sys.stdout.write(f"{name}: {killed} of {len(mutants)}, {killed / len(mutants):.0%}\n")
        sys.stdout.flush()
    sys.stdout.write(f"All: {total - lived} of {total}, {(total - lived) / max(1, total):.0%}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
