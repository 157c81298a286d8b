"""What e-mails about accounts say, in English; ids of the catalogues."""

from collections.abc import Mapping
from typing import Final

from msgspec import Struct

from fullhouse.localisation.translations import gettext_noop
from fullhouse.people.model.account_messages import AccountMessageKind

_NOT_YOU: Final = gettext_noop(
    "If this wasn't you, reset your password now, and look at the sessions of your account."
)
_ASK_ADMINISTRATOR: Final = gettext_noop(
    "If you don't know why, ask the administrator of this site."
)
_ASK_OWNER: Final = gettext_noop("If you don't know why, ask the owner of %(org)s.")


class AccountWording(Struct, frozen=True):
    """Texts of one kind of e-mail; without a button there is no link."""

    subject: str
    lead: str
    more: str
    button: str = ""


ACCOUNT_WORDING: Final[Mapping[AccountMessageKind, AccountWording]] = {
    "reset": AccountWording(
        gettext_noop("Reset your password"),
        gettext_noop("Choose a new password with this link. It works once, for an hour."),
        gettext_noop("If you didn't ask for it, ignore this e-mail. Nothing has changed."),
        gettext_noop("Choose a new password"),
    ),
    "invitation": AccountWording(
        gettext_noop("Work with %(org)s"),
        gettext_noop("%(org)s invites you to its staff area. The link works once, for a week."),
        gettext_noop("If you don't know %(org)s, ignore this e-mail."),
        gettext_noop("Accept the invitation"),
    ),
    "sign_up": AccountWording(
        gettext_noop("Make your account"),
        gettext_noop(
            "With this link you choose a password, and see all bookings of %(email)s in one place. "
            "It works once, for an hour."
        ),
        gettext_noop("If you didn't ask for it, ignore this e-mail. There is no account."),
        gettext_noop("Make the account"),
    ),
    "account_exists": AccountWording(
        gettext_noop("You have an account already"),
        gettext_noop(
            "Somebody wanted to make an account with %(email)s. You have one already: sign in with "
            "your password, or choose a new one with this link. It works once, for an hour."
        ),
        gettext_noop("If this wasn't you, ignore this e-mail. Nothing has changed."),
        gettext_noop("Choose a new password"),
    ),
    "confirm_email": AccountWording(
        gettext_noop("Confirm your e-mail address"),
        gettext_noop("You want to sign in with %(email)s. Confirm that it is your address."),
        gettext_noop("If you didn't ask for it, ignore this e-mail. Nothing has changed."),
        gettext_noop("Confirm this address"),
    ),
    "approve_email": AccountWording(
        gettext_noop("Your e-mail address is about to change"),
        gettext_noop("Somebody who is signed in to your account wants to use %(email)s instead."),
        gettext_noop(
            "If this wasn't you, ignore the link: without it nothing changes. Reset your password."
        ),
        gettext_noop("Approve the change"),
    ),
    "email_changed": AccountWording(
        gettext_noop("Your e-mail address has changed"),
        gettext_noop("From now on you sign in with another e-mail address."),
        gettext_noop("If this wasn't you, tell the owner of the business at once."),
    ),
    "password_changed": AccountWording(
        gettext_noop("Your password has changed"),
        gettext_noop("Your account has a new password. All other sessions have ended."),
        _NOT_YOU,
    ),
    "national_id_changed": AccountWording(
        gettext_noop("Your national ID for signing in has changed"),
        gettext_noop(
            "The national ID with which you can sign in was added, changed or removed. Your e-mail "
            "address and your password are as before."
        ),
        _NOT_YOU,
    ),
    "second_factor_added": AccountWording(
        gettext_noop("You now need a code to sign in"),
        gettext_noop("A second factor was added to your account."),
        _NOT_YOU,
    ),
    "second_factor_removed": AccountWording(
        gettext_noop("You no longer need a code to sign in"),
        gettext_noop("The second factor of your account was removed."),
        _NOT_YOU,
    ),
    "session_reused": AccountWording(
        gettext_noop("A session of your account was ended"),
        gettext_noop(
            "A program used a token of your account a second time. Somebody may have copied it, "
            "so its session was ended."
        ),
        _NOT_YOU,
    ),
    "new_browser": AccountWording(
        gettext_noop("You signed in with a new browser"),
        gettext_noop(
            "Somebody signed in to your account with your password, in a browser that had not been "
            "used for it before."
        ),
        _NOT_YOU,
    ),
    "signed_in_by_link": AccountWording(
        gettext_noop("Somebody signed in to your account with a one-time link"),
        gettext_noop(
            "The link was made for you by the administrator of this site, and asks for no password "
            "and no code."
        ),
        gettext_noop(
            "If this wasn't you, end the other sessions of your account now, and tell the "
            "administrator."
        ),
    ),
    "sessions_ended": AccountWording(
        gettext_noop("You have been signed out"),
        gettext_noop(
            "The administrator of this site has signed you out on all your devices. Sign in again."
        ),
        _ASK_ADMINISTRATOR,
    ),
    "member_sessions_ended": AccountWording(
        gettext_noop("You have been signed out at %(org)s"),
        gettext_noop("An owner of %(org)s has signed you out on all your devices. Sign in again."),
        _ASK_OWNER,
    ),
    "member_removed": AccountWording(
        gettext_noop("You no longer work with %(org)s"),
        gettext_noop(
            "An owner of %(org)s has removed you from the team. Your account stays, and opens "
            "nothing there any more."
        ),
        _ASK_OWNER,
    ),
    "webhook_disabled": AccountWording(
        gettext_noop("%(org)s: a program gets no more events"),
        gettext_noop(
            "A webhook of %(org)s was turned off, because its program takes no more events or has "
            "not answered for three days. Events wait until you turn it on again."
        ),
        gettext_noop("You find it under Team, Webhooks, with the last answers of the program."),
    ),
    "data_inconsistent": AccountWording(
        gettext_noop("%(org)s: a booking needs to be repaired"),
        gettext_noop(
            "The data of a booking at %(org)s contradicts itself. Nobody can change that booking "
            "until it is repaired; all others go on."
        ),
        gettext_noop(
            "You find it under Audit, Consistency, with what the repair would change. You hear no "
            "more of it until all is repaired."
        ),
    ),
    "channel_failing": AccountWording(
        gettext_noop("%(org)s: Make.com or your SMS gateway takes no messages"),
        gettext_noop(
            "A service that sends messages for %(org)s does not take them. Your e-mails go by the "
            "mail server instead; an SMS is tried again for some hours."
        ),
        gettext_noop(
            "You find what it answers under Settings, E-mail and SMS. You hear no more of it until "
            "it has worked again."
        ),
    ),
    "sms_limited": AccountWording(
        gettext_noop("%(org)s: as many SMS as you allow were sent"),
        gettext_noop(
            "Guests of %(org)s have been sent as many SMS in a day as you allow. They still get "
            "their e-mails; no more SMS are sent to them for now, but for what your staff cause."
        ),
        gettext_noop(
            "You find what was not sent under Messages, and the limit under Settings, E-mail and "
            "SMS. If you did not expect this, look whom the SMS went to."
        ),
    ),
    "email_bounced": AccountWording(
        gettext_noop("%(org)s: an e-mail to a guest came back"),
        gettext_noop(
            "An e-mail of %(org)s to a guest could not be delivered. The booking stands; the guest "
            "may not have the ticket."
        ),
        gettext_noop(
            "You find it under Messages, with the answer of the mail server. Correct the address "
            "on the page of the booking. You hear of it once a day at most."
        ),
    ),
    "text_failing": AccountWording(
        gettext_noop("%(org)s: a text of your e-mails cannot be used"),
        gettext_noop(
            "A text that you wrote for an e-mail of %(org)s cannot be used any more. Guests get "
            "the e-mail with the default text instead."
        ),
        gettext_noop("You find which one it is under Messages, How e-mails look."),
    ),
    "account_disabled": AccountWording(
        gettext_noop("Your account was disabled"),
        gettext_noop("You have been signed out on all your devices and can't sign in any more."),
        _ASK_ADMINISTRATOR,
    ),
    "account_enabled": AccountWording(
        gettext_noop("Your account works again"),
        gettext_noop("Your account was enabled. You can sign in as before."),
        _ASK_ADMINISTRATOR,
    ),
}
