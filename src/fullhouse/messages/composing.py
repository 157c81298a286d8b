"""Composition of an e-mail: the text, which may be the business's own, in the layout of all."""

from collections.abc import Mapping
from functools import cache
from typing import Final

from css_inline import CSSInliner
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from msgspec import Struct

from fullhouse.localisation.translations import Translations
from fullhouse.messages.email_forms import EmailForms
from fullhouse.messages.errors import InvalidEmailText
from fullhouse.messages.model import EmailKind
from fullhouse.messages.model.email_texts import TICKET, EmailTextKey, EmailTexts, default_text
from fullhouse.messages.text_templates import RenderedText, render_text
from fullhouse.telemetry.log import get_logger

_LOG: Final = get_logger("messages")
_INLINER: Final = CSSInliner(keep_at_rules=True, load_remote_stylesheets=False)


class Composition(Struct, frozen=True):
    """What an e-mail says without its text.

    `fields` are those of the text, without its blocks; `layout` is what the layout shows.
    """

    kind: EmailKind
    translations: Translations
    fields: Mapping[str, str]
    layout: Mapping[str, object]


class ComposedEmail(Struct, frozen=True):
    """The texts of an e-mail.

    `failed_text` is the language of a text of the business that could not be used.
    """

    subject: str
    text: str
    html: str
    sms: str
    has_ticket: bool
    failed_text: str


@cache
def email_templates() -> Environment:
    """The templates of e-mails, each compiled once in a process.

    HTML is escaped; an undefined name is an error.
    """
    return Environment(
        loader=PackageLoader("fullhouse.messages"),
        autoescape=select_autoescape(("html",)),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def html_of(templates: Environment, name: str, values: Mapping[str, object]) -> str:
    """The template with its styles in the elements: some mail programs know no style sheet.

    What a style sheet alone can say, such as the colors at night, stays in one.
    """
    return _INLINER.inline(templates.get_template(name).render(values))


def text_of(templates: Environment, name: str, values: Mapping[str, object]) -> str:
    return templates.get_template(name).render(values)


def email_forms() -> EmailForms:
    """The forms of e-mails to guests."""
    return EmailForms(email_templates(), html=html_of, text=text_of)


class LaidPart(Struct, frozen=True):
    """A part of the text; each of its lines in pieces, between which is the link of the e-mail."""

    block: str
    lines: tuple[tuple[str, ...], ...]


def compose(forms: EmailForms, email: Composition, texts: EmailTexts) -> ComposedEmail:
    """With the default text where that of the business cannot be used: guests get the e-mail."""
    language = email.translations.language
    own = texts.get(EmailTextKey(email.kind, language))
    if own is not None:
        try:
            rendered = render_text(email.kind, own, email.fields)
        except InvalidEmailText:
            _LOG.warning("messages.text_failed", kind=email.kind)
        else:
            return _laid_out(forms, email, rendered)
    default = default_text(email.kind, email.translations)
    rendered = render_text(email.kind, default, email.fields)
    return _laid_out(forms, email, rendered, failed_text=language if own else "")


def _laid_out(
    forms: EmailForms, email: Composition, rendered: RenderedText, *, failed_text: str = ""
) -> ComposedEmail:
    url = email.fields["link"]
    values = {
        **email.layout,
        "language": email.translations.language,
        "heading": rendered.heading,
        "parts": tuple(
            LaidPart(part.block, tuple(tuple(line.split(url)) for line in part.lines))
            for part in rendered.parts
        ),
        "blocks": rendered.blocks,
        "url": url,
        "reference": email.fields.get("reference", ""),
        "offering": email.fields["offering"],
        "when": email.fields["when"],
        "old_time": email.fields.get("old_time", ""),
    }
    text, html = forms.filled(("email.txt", "email.html"), values)
    return ComposedEmail(
        rendered.subject,
        text,
        html,
        rendered.sms,
        TICKET in rendered.blocks,
        failed_text,
    )
