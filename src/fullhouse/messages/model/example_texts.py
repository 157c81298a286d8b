"""Texts of the tests of e-mails."""

from collections.abc import Mapping
from typing import Final

from fullhouse.localisation.translations import gettext_noop as _
from fullhouse.localisation.translations import ngettext_noop

EXAMPLES_LEAD: Final = _(
    "Every kind of e-mail that guests get, with an example booking. Open one to see it, to change "
    "its text, or to send it to yourself."
)
NO_EXAMPLES: Final = _("Add an offering first: the examples are of it.")
SEND_TEST: Final = _("Send a test to me")
TESTS_ASKED: Final = ngettext_noop(
    "%(n)s test is about to be sent to your address.",
    "%(n)s tests are about to be sent to your address.",
)
NO_SERVER: Final = _("No e-mail was sent: this site has no mail server.")
TEST_REFUSED: Final[Mapping[str, str]] = {
    "no_address": _("Confirm an e-mail address on the page of your account first."),
    "too_many": _("You have sent yourself many tests. Try again in an hour."),
}
