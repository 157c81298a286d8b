"""Every package that the product runs with has a licence that lets anybody run and change it."""

import re
from collections.abc import Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from tests.tidy.packages import names_of_dependencies
from tests.tidy.tree import Tree, Violation

ALLOWED = {
    *(
        "Apache-2.0",
        "BSD-2-Clause",
        "BSD-3-Clause",
        "ISC",
        "MIT",
        "MIT-0",
        "MIT-CMU",
        "PSF-2.0",
        "Unlicense",
        "Zlib",
    ),
    # Imported as published, never copied nor changed: so their own terms reach no further than they
    "LGPL-3.0-or-later",
}
OF_EXTRAS = {"certifi": {"MPL-2.0"}}
"""Of single packages that come with an extra alone: a list of certificates, never changed."""
IDENTIFIERS = {
    "Apache 2.0": "Apache-2.0",
    "Apache Software License": "Apache-2.0",
    "BSD License": "BSD-3-Clause",
    "BSD-like": "Zlib",  # dkimpy, whose file is the text of zlib's
    "GNU Lesser General Public License v3 or later (LGPLv3+)": "LGPL-3.0-or-later",
    "ISC License (ISCL)": "ISC",
    "3-Clause BSD License": "BSD-3-Clause",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "MIT License": "MIT",
    "Python Software Foundation License": "PSF-2.0",
    "The Unlicense (Unlicense)": "Unlicense",
}
"""The SPDX identifiers of licences that packages name in the older ways."""
OPERATOR = re.compile(r"\s+(?:AND|OR)\s+|[()]")
CLASSIFIER = "License :: OSI Approved :: "


def every_dependency_has_an_allowed_licence(tree: Tree) -> Iterator[Violation]:
    """Of what `pyproject.toml` names and all that comes with it, as their own metadata say."""
    for package in _installed(list(names_of_dependencies(tree.root))):
        licences = _licences(package)
        for licence in licences - ALLOWED - OF_EXTRAS.get(package.name, set()) or (
            set() if licences else {"none"}
        ):
            yield Violation(
                Path("pyproject.toml"), 1, f"{package.name} comes by the licence {licence!r}"
            )


def _installed(names: list[str]) -> Iterator[Distribution]:
    """The packages of these names and all they require; without what other systems need."""
    seen: set[str] = set()
    while names:
        name = names.pop().lower()
        if name in seen:
            continue
        seen.add(name)
        try:
            package = distribution(name)
        except PackageNotFoundError:
            continue
        yield package
        wanted = [one for one in package.requires or () if "extra ==" not in one]
        names += [re.split(r"[^\w.-]", one)[0] for one in wanted]


def _licences(package: Distribution) -> set[str]:
    """Each one that is named: the expression, else the classifiers, else the free text."""
    metadata = package.metadata.json
    expression, classifiers = metadata.get("license_expression"), metadata.get("classifier", ())
    if isinstance(expression, str):
        return {one for one in OPERATOR.split(expression) if one}
    named = {one.removeprefix(CLASSIFIER) for one in classifiers if one.startswith(CLASSIFIER)}
    text = metadata.get("license")
    if not named and isinstance(text, str):
        named = {text}
    return {IDENTIFIERS.get(one, one) for one in named}
