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
    """A page: its title and its text as HTML."""

    title: str
    body: str


def runbooks() -> Mapping[str, str]:
    """The Markdown of each by its path, the list of all among them."""
    return {
        _path(one.name.removesuffix(".md")): one.read_text(encoding="utf-8")
        for one in files(__package__).joinpath(_FOLDER).iterdir()
        if one.name.endswith(".md")
    }


def rendered_runbook(text: str) -> Runbook:
    """The page of this Markdown."""
    title = _TITLE.search(text)
    assert title is not None, "a runbook has a title"
    # Loaded where it is used: 10 ms of a start, and few ask for a runbook
    from markdown_it import MarkdownIt  # noqa: PLC0415

    markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = markdown.parse(text)
    for token in tokens:
        _lead_to_pages(token.children or [])
    body = str(markdown.renderer.render(tokens, markdown.options, {}))
    return Runbook(title[1], body)


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
