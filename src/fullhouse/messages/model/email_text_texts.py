"""Texts of the form in which a business writes its e-mails."""

from collections.abc import Mapping
from typing import Final

from fullhouse.localisation.translations import gettext_noop as _
from fullhouse.localisation.translations import ngettext_noop

FIELD_NAMES: Final[Mapping[str, str]] = {
    "subject": _("Subject"),
    "heading": _("Heading"),
    "text": _("Text"),
    "sms": "SMS",
}
SMS_HINT: Final = _(
    "For guests who get one: the name of your business stands before it and the link after it. "
    "Without a text, it is the subject."
)
TEXT_HINT: Final = _(
    "An empty line begins a paragraph. What stands between {% if phone %} and {% endif %} is left "
    "out where that field is empty."
)
DEFAULT_STATE: Final = _("Default")
OWN_STATE: Final = _("Your own")
FAILING_STATE: Final = _("Cannot be used")
RESET: Final = _("Back to the default text")
RESTORE: Final = _("Back to the previous text")
EARLIER: Final = _("Earlier texts")
EARLIER_COLUMNS: Final = (_("Written"), _("By"), _("Subject"))
EARLIER_LEAD: Final = _(
    "Choose one to see it in the form with its preview. Save it to take it back."
)
RESETS_DONE: Final = ngettext_noop(
    "%(n)s e-mail has the default text again.", "%(n)s e-mails have the default text again."
)
FAILING: Final = _("Guests get the default text: yours cannot be used any more.")
FAILING_MORE: Final = _("Edit and save it to see what is wrong.")
NOT_RESTORED: Final = _("The previous text cannot be used any more.")
