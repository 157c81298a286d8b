"""E-mails about accounts, as effects: what is to be told to whom, without any token.

A link's token is made when its e-mail is sent, so it stands in no row at any time.
"""

from typing import Final, Literal
from uuid import UUID

from msgspec import Struct

SEND_ACCOUNT_MESSAGE: Final = "account_message"
"""Kind of the effect that sends such an e-mail; its subject is the account or the invitation."""

AccountMessageKind = Literal[
    "reset",
    "invitation",
    "confirm_email",
    "approve_email",
    "email_changed",
    "password_changed",
    "second_factor_added",
    "second_factor_removed",
    "session_reused",
    "national_id_changed",
    "signed_in_by_link",
    "new_browser",
    "sessions_ended",
    "member_sessions_ended",
    "member_removed",
    "account_disabled",
    "account_enabled",
    "sign_up",
    "account_exists",
    "webhook_disabled",
    "data_inconsistent",
    "channel_failing",
    "sms_limited",
    "email_bounced",
    "text_failing",
]


class AccountMessagePayload(Struct, frozen=True):
    """What to tell. `account_id` is None when nobody has the login that was typed."""

    kind: AccountMessageKind
    account_id: UUID | None = None
    email: str = ""
    """Of whom had it before, when the account has another address by now; of who wants one."""
    locale: str | None = None
    """The language of somebody who has no account yet."""
    org_id: UUID | None = None
    """The business that it is about."""
