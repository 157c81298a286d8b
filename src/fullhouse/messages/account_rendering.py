"""Rendering of e-mails about accounts, in the language of the person."""

from jinja2 import Environment
from msgspec import Struct

from fullhouse.kernel.text import one_line
from fullhouse.localisation.negotiation import negotiate_language
from fullhouse.localisation.translations import load_translations
from fullhouse.messages.composing import html_of
from fullhouse.messages.model.account_wording import ACCOUNT_WORDING
from fullhouse.messages.rendering import DEFAULT_ACCENT
from fullhouse.people.model.account_messages import AccountMessageKind


class AccountMessageContext(Struct, frozen=True, kw_only=True):
    """What such an e-mail is about, and for whom; `url` is its link if it has one."""

    kind: AccountMessageKind
    recipient: str
    locale: str | None
    name: str = ""
    org: str = ""
    email: str = ""
    url: str = ""


class RenderedAccountMessage(Struct, frozen=True):
    """The texts of such an e-mail."""

    subject: str
    text: str
    html: str


def render_account_message(
    templates: Environment, context: AccountMessageContext
) -> RenderedAccountMessage:
    """The e-mail; texts of people are escaped in its HTML."""
    language = negotiate_language(requested=context.locale, accept=None, fallback="")
    _ = load_translations()[language].gettext
    wording = ACCOUNT_WORDING[context.kind]
    about = {"org": context.org, "email": context.email}
    subject = one_line(_(wording.subject, **about))
    values = {
        "language": language,
        "accent": DEFAULT_ACCENT,
        "heading": subject,
        "greeting": _("Hello %(name)s,", name=context.name) if context.name else "",
        "lead": _(wording.lead, **about),
        "more": _(wording.more, **about),
        "button": _(wording.button) if wording.button else "",
        "url": context.url,
    }
    return RenderedAccountMessage(
        subject,
        templates.get_template("account_email.txt").render(values),
        html_of(templates, "account_email.html", values),
    )
