"""Texts of e-mails that a business writes itself, and the fields that such a text can have.

A field is a plain text. A block is a part of the e-mail's layout, of which the text says where it
stands. The link to the booking must be in every text: as its button, or as its address.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from msgspec import Struct

from fullhouse.kernel.ids import OrgId
from fullhouse.localisation.translations import Translations
from fullhouse.localisation.translations import gettext_noop as _
from fullhouse.messages.model import EmailKind, has_ticket
from fullhouse.messages.model.wording import WORDING


class EmailText(Struct, frozen=True):
    """Subject, heading and text of a kind of e-mail, and of an SMS about the same, as templates.

    An SMS without one says the subject.
    """

    subject: str
    heading: str
    text: str
    sms: str = ""


class EmailTextKey(Struct, frozen=True):
    """Of which kind of e-mail a text is, and in which language."""

    kind: EmailKind
    language: str


class StoredEmailText(Struct, frozen=True):
    """The text that a business has for a kind in a language.

    An empty subject stands for the default text. `failing_since` is when it could first not be
    used, so that guests get the default text.
    """

    org_id: OrgId
    kind: EmailKind
    language: str
    subject: str
    heading: str
    text: str
    sms: str
    version: int
    failing_since: datetime | None

    @property
    def key(self) -> EmailTextKey:
        return EmailTextKey(self.kind, self.language)

    @property
    def own(self) -> EmailText | None:
        """None for the default text."""
        own = EmailText(self.subject, self.heading, self.text, self.sms)
        return own if own.subject else None


class EarlierEmailText(Struct, frozen=True):
    """A text that was replaced, with who wrote it and when; an empty subject is the default text.

    What was written before that was kept has neither.
    """

    version: int
    subject: str
    heading: str
    text: str
    sms: str
    written_at: datetime | None
    written_by: str
    writer_name: str | None

    @property
    def own(self) -> EmailText | None:
        """None for the default text."""
        own = EmailText(self.subject, self.heading, self.text, self.sms)
        return own if own.subject else None


class TextField(Struct, frozen=True):
    """A field of the texts of some kinds of e-mails; `gives` is untranslated.

    One that is optional may be empty, and a condition can ask for that.
    """

    name: str
    gives: str
    is_optional: bool = False
    is_block: bool = False


EmailTexts = Mapping[EmailTextKey, EmailText]
"""The texts of a business by kind and language, without those that are the default."""

BUTTON: Final = "button"
LINK: Final = "link"
TICKET: Final = "ticket"
_GUEST: Final = (
    TextField("name", _("The guest's name")),
    TextField("business", _("The name of your business")),
    TextField("offering", _("The name of the offering")),
    TextField("date_time", _("Day and time, short")),
    TextField("when", _("Day, start and end, and of which city the time is")),
    TextField("guests", _("How many guests, and in which price categories")),
    TextField("place", _("Name and address of the venue")),
    TextField("phone", _("The phone number of your business"), is_optional=True),
    TextField("email", _("The e-mail address of your business"), is_optional=True),
    TextField(LINK, _("The address of the guest's own page, as text")),
)
_REFERENCE: Final = TextField("reference", _("The booking's reference"))
_PRICE: Final = TextField("price", _("The price of the booking"))
_BLOCKS: Final = (
    TextField("details", _("The table of time, guests, place and price"), is_block=True),
    TextField(BUTTON, _("The button to the guest's own page"), is_block=True),
)
_TICKET: Final = TextField(
    TICKET, _("The QR code with the reference, to be shown at the entrance"), is_block=True
)
_INFORMATION: Final = TextField(
    "information",
    _("How to pay, directions, what to bring, and until when the booking can be changed"),
    is_block=True,
)
_REASON: Final = TextField("reason", _("The reason that you gave"), is_optional=True)
_OF_KIND: Final[Mapping[EmailKind, tuple[TextField, ...]]] = {
    "rescheduling": (
        TextField("old_time", _("The time that the booking had before"), is_optional=True),
    ),
    "cancellation": (
        TextField("fee", _("The cancellation fee, or that there is none")),
        _REASON,
        TextField(
            "by_business",
            _("The name of your business if you cancelled; empty if the guest did"),
            is_optional=True,
        ),
    ),
    "closing": (_REASON,),
    "message": (TextField("message", _("What you write to the guest")),),
    "offer": (TextField("until", _("Until when the places are reserved")),),
}


def fields_of(kind: EmailKind) -> tuple[TextField, ...]:
    """The fields of the texts of a kind; blocks come last."""
    if kind == "waiting":
        return (*_GUEST, *_BLOCKS)
    price = () if kind == "cancellation" else (_PRICE,)
    ticket = (_TICKET,) if has_ticket(kind) else ()
    information = () if kind == "thanks" else (_INFORMATION,)
    own = _OF_KIND.get(kind, ())
    return (*_GUEST, _REFERENCE, *price, *own, *_BLOCKS, *ticket, *information)


def required_of(kind: EmailKind) -> tuple[frozenset[str], ...]:
    """Of each of these sets one field must be in every e-mail of the kind."""
    link = frozenset({BUTTON, LINK})
    return (link, frozenset({"message"})) if kind == "message" else (link,)


def default_text(kind: EmailKind, translations: Translations) -> EmailText:
    """The text of a business that has written none."""
    wording, gettext = WORDING[kind], translations.gettext
    lead = gettext(wording.lead, until="{{ until }}")
    if wording.lead_by_staff:
        staff = gettext(wording.lead_by_staff)
        lead = f"{{% if by_business %}}\n{staff}\n{{% else %}}\n{lead}\n{{% endif %}}"
    own_words = {
        "message": "{{ message }}",
        "cancellation": "{% if reason %}\n{{ reason }}\n{% endif %}",
        "closing": "{% if reason %}\n{{ reason }}\n{% endif %}",
    }
    blocks = (f"{{{{ {one.name} }}}}" for one in fields_of(kind) if one.is_block)
    greeting = gettext("Hello %(name)s,", name="{{ name }}")
    paragraphs = (greeting, lead, own_words.get(kind, ""), *blocks)
    return EmailText(
        gettext(wording.subject, offering="{{ offering }}", date_time="{{ date_time }}"),
        gettext(wording.heading),
        "\n\n".join(filter(None, paragraphs)),
    )
