"""A guest's browser without script: cookies, forms with their fields, redirects."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import unescape
from html.parser import HTMLParser

import httpx
from typing_extensions import override

_TAGS = re.compile("<[^>]*>")


@dataclass(slots=True)
class Form:
    """A form that is posted: its target, and its fields as the page fills them."""

    action: str
    fields: dict[str, str] = field(default_factory=dict)


class _Reader(HTMLParser):
    """Collects the forms that are posted."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._form: Form | None = None

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form" and given.get("method") == "post":
            self._form = Form(given["action"])
            self.forms.append(self._form)
        elif tag == "input" and self._form is not None and given.get("type") != "checkbox":
            self._form.fields[given["name"]] = given.get("value", "")

    @override
    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None


@dataclass(frozen=True, slots=True)
class Page:
    """A page as a guest sees it."""

    status: int
    path: str
    html: str
    text: str
    forms: tuple[Form, ...]

    def form(self, ending: str) -> Form:
        """The form whose target ends so."""
        (found,) = [form for form in self.forms if form.action.partition("#")[0].endswith(ending)]
        return found

    def value(self, name: str) -> str:
        """What the field of that name is filled with."""
        (found,) = {form.fields[name] for form in self.forms if name in form.fields}
        return found


@dataclass(frozen=True, slots=True)
class GuestBrowser:
    """Opens pages and sends forms, also ones of pages that it opened long ago."""

    client: httpx.AsyncClient

    async def open(self, path: str) -> Page:
        return _page(await self.client.get(path, follow_redirects=True))

    async def send(self, form: Form, typed: Mapping[str, str] | None = None) -> Page:
        """Send the form with what is typed; follow to where it leads."""
        fields = {**form.fields, **(typed or {})}
        return _page(await self.client.post(form.action, data=fields, follow_redirects=True))


def _page(answer: httpx.Response) -> Page:
    reader = _Reader()
    reader.feed(answer.text)
    return Page(
        answer.status_code,
        answer.url.path,
        answer.text,
        " ".join(unescape(_TAGS.sub(" ", answer.text)).split()),
        tuple(reader.forms),
    )
