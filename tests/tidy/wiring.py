"""Errors, queries, rules and templates are declared where they are used, and used when declared."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.tidy.tree import BUSINESS, Source, Tree, Violation

PROBLEMS = Path("src/fullhouse/entrypoints/api/problems.py")
ONLY_IN_JOBS = {
    "BookingUndecided",
    "EarlierMessageDue",
    "EmailRejected",
    "GatewayUnavailable",
    "MailServerUnavailable",
    "RecipientDeferred",
    "RecipientRejected",
    "SmtpAnswer",
}
ROOT_ERROR = "FullhouseError"
QUERY = re.compile(r"^--\s*name:\s*(\w+)(.*?)(?=^--\s*name:|\Z)", re.MULTILINE | re.DOTALL)
ORGANISATION = re.compile(r":org_ids?\b")
SCOPE = re.compile(r"^-- Scope: (?:installation|every organisation)\. \w", re.MULTILINE)
RUN_METHODS = {"fetch", "fetch_one", "fetch_value", "execute"}
INCLUDED = re.compile(r"{%-?\s*(?:extends|include|import|from)\s+['\"]([^'\"]+)['\"]")


def every_error_has_its_status(tree: Tree) -> Iterator[Violation]:
    """Each leaf of the business's error trees is a key of the one table from errors to HTTP.

    What only an operator meets (a data folder in use) ends a command, not a request; what only jobs
    meet is tried again.
    """
    mapped = _names_used(tree, PROBLEMS)
    if mapped is None:
        return
    parents, found = _error_classes(tree)
    exempt = parents | mapped | ONLY_IN_JOBS
    for name, (source, node) in found.items():
        if source.part in BUSINESS and name not in exempt:
            yield source.at(node, f"{name} has no status in {PROBLEMS}")


def every_query_is_used(tree: Tree) -> Iterator[Violation]:
    used = {text for source in tree.product for text in source.strings()}
    for name, (source, line) in _queries(tree).items():
        if name not in used:
            yield source.at_line(line, f"no code runs {name}")


def every_query_filters_by_organisation(tree: Tree) -> Iterator[Violation]:
    """A query without `org_id` says why, for row-level security too: see `storage/queries.py`."""
    for source in tree.sql:
        for match in QUERY.finditer(source.text) if "queries" in source.path.parts else ():
            if not ORGANISATION.search(match[2]) and not SCOPE.search(match[2]):
                line = source.text.count("\n", 0, match.start()) + 1
                yield source.at_line(
                    line, f"{match[1]} has neither :org_id nor a line `-- Scope: ...`"
                )


def every_query_that_runs_exists(tree: Tree) -> Iterator[Violation]:
    known = _queries(tree)
    for source in tree.product:
        for node in source.nodes:
            name = _query_run_by(node)
            if name is not None and name not in known and isinstance(node, ast.Call):
                yield source.at(node, f"there is no named query {name}")


def every_rule_has_a_breaking_test(tree: Tree) -> Iterator[Violation]:
    """A consistency rule that never failed in a test may be unable to fail."""
    broken = {text for source in tree.python if source.is_test for text in source.strings()}
    for source in tree.product:
        for node in source.nodes:
            match node:
                case ast.Call(
                    func=ast.Name(id="Rule"),
                    keywords=[ast.keyword(arg="name", value=ast.Constant(value=str(name))), *_],
                ) if name not in broken:
                    yield source.at(node, f"no test breaks the rule {name}")
                case _:
                    pass


def every_template_is_used(tree: Tree) -> Iterator[Violation]:
    templates = [
        one
        for one in tree.files("*.html", "*.txt", "*.j2", "*.xml")
        if "templates" in one.path.parts and not one.is_test
    ]
    used = {text for source in tree.product for text in source.strings()}
    used |= {name for one in templates for name in INCLUDED.findall(one.text)}
    for one in templates:
        name = one.path.as_posix().partition("/templates/")[2]
        if name not in used:
            yield one.at_line(1, f"no code renders {name}")


def _error_classes(tree: Tree) -> tuple[set[str], dict[str, tuple[Source, ast.ClassDef]]]:
    """The base classes, and every class below the root error."""
    bases = {
        node.name: ({ast.unparse(base).split(".")[-1] for base in node.bases}, source, node)
        for source in tree.product
        for node in source.classes()
    }
    family = {ROOT_ERROR}
    while grown := {name for name, (up, _, _) in bases.items() if up & family} - family:
        family |= grown
    found = {name: bases[name][1:] for name in family if name in bases}
    parents = {ROOT_ERROR} | {up for name in found for up in bases[name][0]}
    return parents, found


def _names_used(tree: Tree, path: Path) -> set[str] | None:
    """The names and attributes that a file uses, beyond importing them."""
    for source in tree.product:
        if source.path == path:
            names = {node.id for node in source.nodes if isinstance(node, ast.Name)}
            return names | {node.attr for node in source.nodes if isinstance(node, ast.Attribute)}
    return None


def _queries(tree: Tree) -> dict[str, tuple[Source, int]]:
    """Every named query as `part.name`, with its file and line."""
    return {
        f"{source.path.parts[-3]}.{match[1]}": (
            source,
            source.text.count("\n", 0, match.start()) + 1,
        )
        for source in tree.sql
        if "queries" in source.path.parts
        for match in QUERY.finditer(source.text)
    }


def _query_run_by(node: ast.AST) -> str | None:
    match node:
        case ast.Call(func=ast.Attribute(attr=method), args=[ast.Constant(value=str(name)), *_]):
            return name if method in RUN_METHODS and re.fullmatch(r"\w+\.\w+", name) else None
        case _:
            return None
