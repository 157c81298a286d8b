"""Forms of e-mails: the layout rendered once for each shape, then filled with the texts of each.

Two e-mails of one shape differ in their texts alone: they have the same parts, the same facts and
the same gaps. To render the layout and to move its styles into the elements takes a millisecond; to
fill a form takes a twentieth of it, and makes the same bytes.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

from jinja2 import Environment
from msgspec import Struct

from fullhouse.messages.limits import EMAIL_FORMS_BYTES_MAX
from fullhouse.resilience.bounded import ByteBoundedMap

_MARK: Final = re.compile("\ue000([0-9]+)\ue001")
_LITERAL: Final = frozenset({"accent", "blocks", "block", "button", "labels", "language"})
"""What the layout decides by, has in its styles, or says in every e-mail of a kind and language: it
is part of the shape."""

Layout = Callable[[Environment, str, Mapping[str, object]], str]
"""Renders a template of this name with its values."""


class _Form(Struct, frozen=True):
    """Text, and which value comes between: `texts[0]`, value `places[0]`, `texts[1]` and so on."""

    texts: tuple[str, ...]
    places: tuple[int, ...]
    escapes: tuple[Callable[[str], str], ...]

    @property
    def size(self) -> int:
        """About what it takes, in bytes: its key has a few for each value too."""
        return 2 * sum(map(len, self.texts)) + 400 * len(self.places) + 1_000

    def filled(self, values: list[str]) -> str:
        pieces = [self.texts[0]]
        for place, escape, text in zip(self.places, self.escapes, self.texts[1:], strict=True):
            pieces += (escape(values[place]), text)
        return "".join(pieces)


class EmailForms:
    """The forms of one set of templates. HTML is that of `html`, plain text is as it is."""

    def __init__(self, templates: Environment, *, html: Layout, text: Layout) -> None:
        self.templates, self._html, self._text = templates, html, text
        self._forms = ByteBoundedMap[object, _Form](EMAIL_FORMS_BYTES_MAX, lambda form: form.size)

    def filled(self, names: Sequence[str], values: Mapping[str, object]) -> Iterator[str]:
        """The templates of these names with the values."""
        texts: list[str] = []
        shape = tuple((field, _marked(field, value, texts)) for field, value in values.items())
        for name in names:
            form = self._forms.get((name, shape))
            if form is None:
                form = self._form(name, dict(shape))
                self._forms[name, shape] = form
            yield form.filled(texts)

    def _form(self, name: str, marked: Mapping[str, object]) -> _Form:
        is_html = name.endswith(".html")
        pieces = _MARK.split((self._html if is_html else self._text)(self.templates, name, marked))
        texts, places = tuple(pieces[::2]), tuple(map(int, pieces[1::2]))
        if not is_html:
            return _Form(texts, places, (_plain,) * len(places))
        escapes, is_in_tag = [], False
        for text in texts[:-1]:
            if (last := max(text.rfind("<"), text.rfind(">"))) >= 0:
                is_in_tag = text[last] == "<"
            escapes.append(_escaped_in_tag if is_in_tag else _escaped)
        return _Form(texts, places, tuple(escapes))


def _marked(field: str, value: object, texts: list[str]) -> object:
    """The value with a mark in the place of each text, which is added to `texts`; none of a gap."""
    if field in _LITERAL or not value:
        return value
    if isinstance(value, str):
        texts.append(value)
        return f"\ue000{len(texts) - 1}\ue001"
    if isinstance(value, tuple):
        return tuple(_marked(field, one, texts) for one in value)
    assert isinstance(value, Struct), "a layout has texts, and what is made of them"
    return type(value)(
        *[_marked(one, getattr(value, one), texts) for one in value.__struct_fields__]
    )


def _plain(text: str) -> str:
    return text


def _escaped(text: str) -> str:
    """As text of a document that was parsed and written again."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return (
        text.replace("&", "&amp;")
        .replace("\xa0", "&nbsp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
    )


def _escaped_in_tag(text: str) -> str:
    """The same in the value of an attribute."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text.replace("&", "&amp;").replace("\xa0", "&nbsp;").replace('"', "&quot;")
