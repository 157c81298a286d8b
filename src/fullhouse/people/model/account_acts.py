"""What an operator does to another person's account, and what pages call it."""

import enum
from collections.abc import Mapping
from typing import Final

from fullhouse.localisation.translations import gettext_noop


class AccountAct(enum.StrEnum):
    """The operations on an account, as the command line names them."""

    SHOW = "show"
    DISABLE = "disable"
    ENABLE = "enable"
    END_SESSIONS = "end-sessions"
    MAKE_OPERATOR = "make-operator"
    REMOVE_OPERATOR = "remove-operator"


ACCOUNT_ACTS: Final[Mapping[AccountAct, tuple[str, str]]] = {
    AccountAct.END_SESSIONS: (
        gettext_noop("Sign out on all devices"),
        gettext_noop("%(name)s is signed out on all devices."),
    ),
    AccountAct.DISABLE: (
        gettext_noop("Disable the account"),
        gettext_noop("The account of %(name)s is disabled."),
    ),
    AccountAct.ENABLE: (
        gettext_noop("Enable the account"),
        gettext_noop("The account of %(name)s is enabled. The person signs in as before."),
    ),
}
"""What those of the page are called, before and after they are done; ids of the catalogues."""
