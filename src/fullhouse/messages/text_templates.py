"""Rendering of texts that a business writes: Jinja in its sandbox, and little of Jinja.

A text is fields and conditions on whether a field is filled in; there is no loop, no assignment, no
call, no attribute, no arithmetic. So its time and its length grow with its source alone, and trying
every combination of filled and empty fields proves what is true of every e-mail.

It makes plain text: the layout escapes it for HTML as a whole.
"""

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from functools import lru_cache
from itertools import product
from typing import Final

from jinja2 import StrictUndefined, Template, TemplateError, TemplateSyntaxError, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment
from msgspec import Struct

from fullhouse.kernel.text import one_line
from fullhouse.localisation.translations import gettext_noop as _
from fullhouse.messages.errors import FoundMistake, InvalidEmailText, found_mistake
from fullhouse.messages.limits import (
    EMAIL_TEXT_CHARACTERS_MAX,
    EMAIL_TEXT_DEPTH_MAX,
    EMAIL_TEXT_FIELDS_MAX,
    EMAIL_TEXT_RENDERED_CHARACTERS_MAX,
    EMAIL_TEXT_TEMPLATES_REMEMBERED,
    EMAIL_TITLE_CHARACTERS_MAX,
    SMS_CHARACTERS_MAX,
)
from fullhouse.messages.model import EmailKind
from fullhouse.messages.model.email_texts import (
    BUTTON,
    LINK,
    EmailText,
    fields_of,
    required_of,
)

UNREADABLE: Final = _(
    "This cannot be read. A field is its name in two pairs of braces, like {{ name }}."
)
NOT_ENDED: Final = _("A condition that begins with {% if … %} needs an {% endif %} after it.")
NOT_ALLOWED: Final = _("Only fields and conditions can be used here, like {{ name }}.")
UNKNOWN_FIELD: Final = _("There is no field of this name here: %(name)s")
MEANT_FIELD: Final = _("There is no field of this name here: %(name)s. Did you mean %(other)s?")
BLOCK_IN_LINE: Final = _("This field can only be used in the text: %(name)s")
TWICE: Final = _("Use this field once: %(name)s")
TOO_DEEP: Final = _("There are too many conditions inside each other.")
TOO_MANY: Final = _("Use at most %(n)s fields.")
TOO_LONG: Final = _("Use at most %(n)s characters.")
EMPTY: Final = _("This may not be empty in any e-mail.")
NO_LINK: Final = _(
    "Guests need the way to their booking in every e-mail: use {{ button }} or {{ link }}, outside "
    "of conditions."
)
NO_MESSAGE: Final = _("Use {{ message }} outside of conditions: it is what you write to the guest.")

FILTERS: Final = {
    "upper": str.upper,
    "lower": str.lower,
    "capitalize": str.capitalize,
    "title": str.title,
}
"""What can follow a field after a bar. None makes an empty text, or a long one."""
_MARK: Final = "\0"
"""Begins and ends the number of a block; no text that is typed or stored has it."""
_LINE_FIELDS: Final = ("subject", "heading", "sms")
_CHARACTERS_MAX: Final[Mapping[str, int]] = {
    "subject": EMAIL_TITLE_CHARACTERS_MAX,
    "heading": EMAIL_TITLE_CHARACTERS_MAX,
    "text": EMAIL_TEXT_CHARACTERS_MAX,
    "sms": SMS_CHARACTERS_MAX,
}
_UNBALANCED: Final = ("endif", "elif")


class TextPart(Struct, frozen=True):
    """A paragraph of so many lines, or a block of the layout."""

    block: str = ""
    lines: tuple[str, ...] = ()


class RenderedText(Struct, frozen=True):
    """A text with the values of its fields."""

    subject: str
    heading: str
    parts: tuple[TextPart, ...]
    sms: str = ""

    @property
    def blocks(self) -> frozenset[str]:
        return frozenset(part.block for part in self.parts if part.block)


class _Compiled(Struct, frozen=True):
    template: Template | None
    problems: tuple[FoundMistake, ...]


def check_text(kind: EmailKind, text: EmailText) -> None:
    """Raise `InvalidEmailText` unless every e-mail of the kind can be made of it."""
    problems = [
        problem
        for source in _sources(kind, text)
        for problem in tuple(_size_problems(source)) or _compiled(source).problems
    ]
    if problems:
        raise InvalidEmailText(problems=tuple(problems))
    for values in variants(kind):
        render_text(kind, text, values)


def variants(kind: EmailKind) -> Iterator[Mapping[str, str]]:
    """Values of the fields, in every combination of optional ones that are empty."""
    fields = [one for one in fields_of(kind) if not one.is_block]
    for chosen in product((True, False), repeat=sum(one.is_optional for one in fields)):
        filled = iter(chosen)
        yield {
            one.name: "" if one.is_optional and not next(filled) else f"<{one.name}>"
            for one in fields
        }


def render_text(kind: EmailKind, text: EmailText, values: Mapping[str, str]) -> RenderedText:
    """Raises `InvalidEmailText`, also for what a later version of the program does not have."""
    rendered = {one.field: _rendered(one, values) for one in _sources(kind, text)}
    lines = {field: one_line(rendered[field]) for field in _LINE_FIELDS if field in rendered}
    empty = [found_mistake(field, 0, EMPTY) for field, line in lines.items() if not line]
    parts = tuple(_parts(rendered["text"], _block_names(kind)))
    sms = lines.get("sms", "")
    problems = [*empty, *_lost(kind, parts, values), *_lost_by_sms(kind, sms, values)]
    if problems:
        raise InvalidEmailText(problems=tuple(problems))
    return RenderedText(lines["subject"], lines["heading"], parts, sms)


class _Source(Struct, frozen=True):
    """One of the templates of a text."""

    kind: EmailKind
    field: str
    source: str


def _sources(kind: EmailKind, text: EmailText) -> tuple[_Source, ...]:
    """Those that there are: a text may have no SMS of its own."""
    sms = (_Source(kind, "sms", text.sms),) if text.sms else ()
    return (
        _Source(kind, "subject", text.subject),
        _Source(kind, "heading", text.heading),
        _Source(kind, "text", text.text),
        *sms,
    )


def _size_problems(source: _Source) -> Iterator[FoundMistake]:
    most = _CHARACTERS_MAX[source.field]
    if len(source.source) > most:
        yield found_mistake(source.field, 0, TOO_LONG, n=str(most))
    elif not source.source.strip():
        yield found_mistake(source.field, 0, EMPTY)
    elif _MARK in source.source:
        yield found_mistake(source.field, 0, UNREADABLE)


def _rendered(source: _Source, values: Mapping[str, str]) -> str:
    compiled, field = _compiled(source), source.field
    if compiled.template is None:
        raise InvalidEmailText(problems=compiled.problems)
    blocks = {name: f"{_MARK}{n}{_MARK}" for n, name in enumerate(_block_names(source.kind))}
    plain = {name: value.replace(_MARK, "") for name, value in values.items()}
    pieces, length = [], 0
    try:
        for piece in compiled.template.generate(plain | blocks):
            pieces.append(piece)
            length += len(piece)
            if length > EMAIL_TEXT_RENDERED_CHARACTERS_MAX:
                most = str(EMAIL_TEXT_RENDERED_CHARACTERS_MAX)
                raise InvalidEmailText(problems=(found_mistake(field, 0, TOO_LONG, n=most),))
    except TemplateError as error:
        raise InvalidEmailText(problems=(found_mistake(field, 0, UNREADABLE),)) from error
    return "".join(pieces)


def _parts(text: str, blocks: tuple[str, ...]) -> Iterator[TextPart]:
    """Paragraphs are separated by empty lines; a block is a part of its own."""
    for place, piece in enumerate(text.split(_MARK)):
        if place % 2:
            yield TextPart(blocks[int(piece)])
            continue
        paragraph: list[str] = []
        for line in (*piece.splitlines(), ""):
            if line.strip():
                paragraph.append(line.strip())
            elif paragraph:
                yield TextPart(lines=tuple(paragraph))
                paragraph = []


def _lost(
    kind: EmailKind, parts: tuple[TextPart, ...], values: Mapping[str, str]
) -> Iterator[FoundMistake]:
    """What must be in every e-mail, and is not in this one."""
    blocks = {part.block for part in parts}
    text = "\n".join(line for part in parts for line in part.lines)
    if not (BUTTON in blocks or values[LINK] in text):
        yield found_mistake("text", 0, NO_LINK)
    if not all(line.strip() in text for line in _written(kind, values).splitlines()):
        yield found_mistake("text", 0, NO_MESSAGE)


def _lost_by_sms(kind: EmailKind, sms: str, values: Mapping[str, str]) -> Iterator[FoundMistake]:
    if sms and one_line(_written(kind, values)) not in sms:
        yield found_mistake("sms", 0, NO_MESSAGE)


def _written(kind: EmailKind, values: Mapping[str, str]) -> str:
    """What the business has written to this guest, which must arrive."""
    return values.get("message", "") if frozenset({"message"}) in required_of(kind) else ""


def _block_names(kind: EmailKind) -> tuple[str, ...]:
    return tuple(one.name for one in fields_of(kind) if one.is_block)


def _environment() -> ImmutableSandboxedEnvironment:
    environment = ImmutableSandboxedEnvironment(
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        cache_size=0,
    )
    environment.globals.clear()
    environment.tests.clear()
    environment.filters = dict(FILTERS)
    return environment


_ENVIRONMENT: Final = _environment()


@lru_cache(EMAIL_TEXT_TEMPLATES_REMEMBERED)
def _compiled(source: _Source) -> _Compiled:
    """The template, or why there is none."""
    field = source.field
    try:
        tree = _ENVIRONMENT.parse(source.source)
        problems = tuple(_Checker(source.kind, field).problems(tree))
        if problems:
            return _Compiled(None, problems)
        return _Compiled(_ENVIRONMENT.from_string(tree), ())
    except TemplateSyntaxError as error:
        is_open = any(tag in str(error.message) for tag in _UNBALANCED)
        sentence = NOT_ENDED if is_open else UNREADABLE
        return _Compiled(None, (found_mistake(field, error.lineno, sentence),))
    except RecursionError:
        return _Compiled(None, (found_mistake(field, 0, TOO_DEEP),))
    except (ValueError, OverflowError):  # of a number: Jinja reads it before anybody asks for it
        return _Compiled(None, (found_mistake(field, 0, UNREADABLE),))


class _Checker(Struct, frozen=True):
    """Finds what is not of the language in the syntax tree of a template."""

    kind: EmailKind
    field: str

    def problems(self, tree: nodes.Template) -> Iterator[FoundMistake]:
        yield from self._of(tree, depth=0)
        used = [name.name for name in tree.find_all(nodes.Name)]
        if len(used) > EMAIL_TEXT_FIELDS_MAX:
            yield self._problem(0, TOO_MANY, n=str(EMAIL_TEXT_FIELDS_MAX))
        blocks = [name for name in _block_names(self.kind) if used.count(name) > 1]
        yield from (self._problem(0, TWICE, name=name) for name in blocks)

    def _of(self, node: nodes.Node, *, depth: int) -> Iterator[FoundMistake]:
        if depth > EMAIL_TEXT_DEPTH_MAX:
            yield self._problem(node.lineno, TOO_DEEP)
            return
        match node:
            case nodes.Name():
                yield from self._of_name(node)
            case nodes.Filter(node=nodes.Name(), name=name, args=[], kwargs=[]) if name in FILTERS:
                pass
            case nodes.If():
                yield from self._of_condition(node.test, depth=depth + 1)
            case nodes.Template() | nodes.Output() | nodes.TemplateData():
                pass
            case _:
                yield self._problem(node.lineno, NOT_ALLOWED)
                return
        for child in node.iter_child_nodes(exclude=("test",)):
            yield from self._of(child, depth=depth + 1)

    def _of_condition(self, node: nodes.Node, *, depth: int) -> Iterator[FoundMistake]:
        """Whether fields are filled in, and nothing of what they say."""
        if depth > EMAIL_TEXT_DEPTH_MAX:
            yield self._problem(node.lineno, TOO_DEEP)
            return
        match node:
            case nodes.Name():
                yield from self._of_name(node)
            case nodes.Not() | nodes.And() | nodes.Or():
                for child in node.iter_child_nodes():
                    yield from self._of_condition(child, depth=depth + 1)
            case _:
                yield self._problem(node.lineno, NOT_ALLOWED)

    def _of_name(self, node: nodes.Name) -> Iterator[FoundMistake]:
        names = {one.name: one for one in fields_of(self.kind)}
        if node.name not in names:
            meant = get_close_matches(node.name, names, 1)
            if meant:
                yield self._problem(node.lineno, MEANT_FIELD, name=node.name, other=meant[0])
            else:
                yield self._problem(node.lineno, UNKNOWN_FIELD, name=node.name)
        elif names[node.name].is_block and self.field in _LINE_FIELDS:
            yield self._problem(node.lineno, BLOCK_IN_LINE, name=node.name)

    def _problem(self, line: int, sentence: str, **values: str) -> FoundMistake:
        return found_mistake(self.field, line, sentence, **values)
