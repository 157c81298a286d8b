"""The tidy checks: rules beyond the linter, each proven able to fail."""

from inspect import isfunction, signature
from pathlib import Path

import pytest
from tests.tidy import (
    care,
    documents,
    licences,
    limits,
    naming,
    packages,
    shape,
    sql,
    translations,
    wiring,
)
from tests.tidy.planted import PLANTED, Check
from tests.tidy.tree import Tree

from fullhouse.kernel.memory import loading

ROOT = Path(__file__).parents[2]

each_check = pytest.mark.parametrize("check", PLANTED, ids=lambda check: check.__name__)


@pytest.fixture(scope="module")
def checkout() -> Tree:
    """Parsed before the first test, whose time it would take otherwise; none of it is garbage."""
    tree = Tree(ROOT)
    with loading():
        assert all(source.nodes for source in tree.python if source.text)
    return tree


@each_check
def test_tree_complies_with_each_rule(check: Check, checkout: Tree) -> None:
    violations = [str(violation) for violation in check(checkout)]
    assert not violations, "\n".join(["", *violations])


@each_check
def test_planted_violation_fails_each_check(check: Check, tmp_path: Path) -> None:
    planted = PLANTED[check]
    assert list(check(planted.plant(tmp_path, planted.breaks)))


@each_check
def test_corrected_version_passes_each_check(check: Check, tmp_path: Path) -> None:
    planted = PLANTED[check]
    assert not list(check(planted.plant(tmp_path, planted.keeps)))


def test_every_check_has_a_planted_violation() -> None:
    checks = {
        one
        for module in (
            care,
            documents,
            licences,
            limits,
            naming,
            packages,
            shape,
            sql,
            translations,
            wiring,
        )
        for name, one in vars(module).items()
        if isfunction(one)
        and not name.startswith("_")
        and list(signature(one).parameters) == ["tree"]
    }
    assert checks == set(PLANTED)
