"""Every text of code and templates is in every catalogue, translated, and nothing else is."""

import re
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_keywords, parse_mapping_cfg
from babel.messages.pofile import read_po
from tests.tidy.tree import Tree, Violation

PRODUCT = Path("src/fullhouse")
CATALOGUES = PRODUCT / "localisation" / "catalogues"
KEYWORD = re.compile(r"-k (\S+)")
DEFAULT_KEYWORDS = ("_", "gettext", "ngettext:1,2", "pgettext:1c,2")


def every_text_is_translated(tree: Tree) -> Iterator[Violation]:
    """`make translations` collects what is missing; a person translates it."""
    messages = _extracted(tree)
    for path, catalogue in _catalogues(tree):
        for message in filter(_has_text, messages):
            found = catalogue.get(message.id, message.context)
            if found is None or found.fuzzy or not all(_texts(found)):
                yield Violation(path, 1, f"does not translate {message.id!r}")
            elif problems := list(found.check(catalogue)):
                yield Violation(path, 1, f"{message.id!r}: {problems[0]}")


def every_translation_is_used(tree: Tree) -> Iterator[Violation]:
    messages = _extracted(tree)
    for path, catalogue in _catalogues(tree):
        for message in catalogue:
            if _has_text(message) and messages.get(message.id, message.context) is None:
                yield Violation(path, 1, f"nobody shows {message.id!r}: `make translations`")
        if catalogue.obsolete:
            yield Violation(path, 1, "keeps obsolete texts: `make translations`")


@cache
def _extracted(tree: Tree) -> Catalog:
    """What `make translations` would collect, by its own mapping and keywords."""
    with (tree.root / "babel.cfg").open(encoding="utf-8") as file:
        mapping, options = parse_mapping_cfg(file)  # type: ignore[no-untyped-call]  # it has none
    marks = KEYWORD.findall((tree.root / "Makefile").read_text(encoding="utf-8"))
    messages = Catalog()
    for _, _, message, _, context in extract_from_dir(
        tree.root / PRODUCT, mapping, options, parse_keywords((*DEFAULT_KEYWORDS, *marks))
    ):
        messages.add(message, context=context)
    return messages


@cache
def _catalogues(tree: Tree) -> Sequence[tuple[Path, Catalog]]:
    found = []
    for path in sorted((tree.root / CATALOGUES).rglob("*.po")):
        with path.open("rb") as source:
            found.append((path.relative_to(tree.root), read_po(source, abort_invalid=True)))
    return found


def _has_text(message: Message) -> bool:
    """False for the header, which stands in a catalogue as the translation of nothing."""
    return bool(message.id)


def _texts(message: Message) -> tuple[str, ...]:
    text = message.string
    return (text,) if isinstance(text, str) else tuple(text or ("",))
