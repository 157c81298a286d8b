"""Runbooks as pages, for whoever is woken by an alert and has no checkout at hand."""

import re
from collections.abc import Mapping
from importlib.resources import files
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from fullhouse.observability.alert_texts import RUNBOOKS_PATH, runbook_path

if TYPE_CHECKING:
    from markdown_it.token import Token

_FOLDER: Final = "runbooks"
"""A link to `docs/runbooks`, which the package has as files."""
_INDEX: Final = "README"
_TITLE: Final = re.compile(r"^# (.+)$", re.MULTILINE)
_RUNBOOK: Final = re.compile(r"^(?P<name>[\w-]+)\.md(?P<place>#.*)?$")


class Runbook(Struct, frozen=True):
    """A page: its path, its title and its text as HTML."""

    path: str
    title: str
    body: str


def runbooks() -> Mapping[str, Runbook]:
    """All of them by their path, the list of all among them."""
    found = [_rendered(name, text) for name, text in _texts().items()]
    return {one.path: one for one in found}


def _texts() -> Mapping[str, str]:
    """In Markdown by name."""
    return {
        one.name.removesuffix(".md"): one.read_text(encoding="utf-8")
        for one in files(__package__).joinpath(_FOLDER).iterdir()
        if one.name.endswith(".md")
    }


def _rendered(name: str, text: str) -> Runbook:
    title = _TITLE.search(text)
    assert title is not None, f"the runbook {name} has a title"
    # Loaded where it is used: 10 ms of a start, and few ask for a runbook
    from markdown_it import MarkdownIt  # noqa: PLC0415

    markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = markdown.parse(text)
    for token in tokens:
        _lead_to_pages(token.children or [])
    body = str(markdown.renderer.render(tokens, markdown.options, {}))
    return Runbook(_path(name), title[1], body)


def _lead_to_pages(tokens: "list[Token]") -> None:
    """Links lead to the pages of other runbooks; the rest of the documentation is elsewhere."""
    is_hidden = False
    for token in tokens:
        if token.type == "link_open":
            href = str(token.attrs["href"])
            found = _RUNBOOK.match(href)
            if found is not None:
                token.attrs["href"] = _path(found["name"]) + (found["place"] or "")
            is_hidden = found is None and "://" not in href
        if token.type in {"link_open", "link_close"}:
            token.hidden = is_hidden


def _path(name: str) -> str:
    return RUNBOOKS_PATH if name == _INDEX else runbook_path(name)
