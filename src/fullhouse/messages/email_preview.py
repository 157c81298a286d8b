"""Documents for a frame: an e-mail as it would be sent, or what is wrong with its text."""

from jinja2 import Environment

from fullhouse.localisation.translations import Translations
from fullhouse.messages.errors import InvalidEmailText
from fullhouse.messages.model.email_text_texts import FIELD_NAMES
from fullhouse.messages.qr import with_qr_shown
from fullhouse.messages.rendering import RenderedMessage


def preview_document(
    templates: Environment, email: RenderedMessage, translations: Translations
) -> str:
    """Subject, layout and plain text of an e-mail, below each other."""
    gettext = translations.gettext
    return templates.get_template("preview.html").render(
        language=translations.language,
        title=gettext("The e-mail with its layout"),
        as_text=gettext("As text"),
        email=email,
        html=with_qr_shown(email.html, email.qr),
        problems=(),
    )


def problems_document(
    templates: Environment, error: InvalidEmailText, translations: Translations
) -> str:
    """What is wrong, by field."""
    gettext = translations.gettext
    return templates.get_template("preview.html").render(
        language=translations.language,
        title=gettext("There is a problem"),
        problems=[
            f"{gettext(FIELD_NAMES[field])}: {said}"
            for field, said in error.by_field(translations).items()
        ],
    )
