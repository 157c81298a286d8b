"""What a page loads, where its forms go, and what their fields hold, read from its markup."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Final
from urllib.parse import parse_qsl, urlsplit

from typing_extensions import override

_LOADING: Final[Mapping[str, Sequence[str]]] = {
    "script": ("src",),
    "img": ("src", "srcset"),
    "source": ("src", "srcset"),
    "iframe": ("src",),
    "video": ("src", "poster"),
    "audio": ("src",),
    "track": ("src",),
    "embed": ("src",),
    "object": ("data",),
    "input": ("src",),
    "use": ("href", "xlink:href"),
    "image": ("href", "xlink:href"),
}
_LINKS_THAT_LOAD: Final = frozenset(
    {"stylesheet", "icon", "preload", "modulepreload", "prefetch", "manifest", "apple-touch-icon"}
)
_STYLE: Final = re.compile(r"<style[^>]*>(.*?)</style>", re.DOTALL)
_CSS_URL: Final = re.compile(r"url\(\s*['\"]?([^'\")]+)|@import\s+['\"]([^'\"]+)")


@dataclass(slots=True)
class Form:
    """A form of a page: where it goes, and what it would send as it stands."""

    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Markup(HTMLParser):
    """The parts of a page that tests of its safety look at."""

    loads: list[str] = field(default_factory=list)
    """Addresses that a browser fetches by itself, with the page's address as the referrer."""
    links: list[str] = field(default_factory=list)
    """Addresses that somebody may follow, and those that search engines are told."""
    forms: list[Form] = field(default_factory=list)
    names: set[str] = field(default_factory=set)
    """The names of all fields and buttons."""

    def __post_init__(self) -> None:
        HTMLParser.__init__(self)

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.loads += _loaded(tag, given)
        self.loads += _in_style(given.get("style", ""))
        if tag in {"a", "area"} or (tag == "link" and not _loads(given)):
            self.links.append(given.get("href", ""))
        if tag == "form":
            form = Form(given.get("action", ""), given.get("method", "get").upper())
            self.forms.append(form)
        if name := given.get("name") if tag in {"input", "select", "textarea", "button"} else None:
            self.names.add(name)
            if self.forms and given.get("type") not in {"checkbox", "radio"}:
                self.forms[-1].fields.setdefault(name, given.get("value", ""))


def markup_of(body: bytes) -> Markup:
    """The markup of a whole page."""
    markup, text = Markup(), body.decode()
    markup.feed(text)
    for style in _STYLE.findall(text):
        markup.loads += _in_style(style)
    return markup


def query_names(markup: Markup) -> set[str]:
    """What the page and its links ask with, as far as it shows."""
    urls = (*markup.links, *markup.loads)
    return markup.names | {name for url in urls for name, _ in parse_qsl(urlsplit(url).query)}


def host_of(url: str) -> str:
    """The host that a browser takes an address for; empty for one on the same site."""
    return urlsplit(url.strip().replace("\\", "/")).netloc


def _loads(given: Mapping[str, str]) -> bool:
    return bool(_LINKS_THAT_LOAD & set(given.get("rel", "").split()))


def _loaded(tag: str, given: Mapping[str, str]) -> Iterator[str]:
    if tag == "link" and _loads(given):
        yield given.get("href", "")
    for name in _LOADING.get(tag, ()):
        for part in given.get(name, "").split(", "):
            if part:
                yield part.split()[0]


def _in_style(text: str) -> Iterator[str]:
    for url, imported in _CSS_URL.findall(text):
        yield url or imported
