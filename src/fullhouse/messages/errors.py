"""What can go wrong with a letter on its way."""

from fullhouse.kernel.errors import FullhouseError, TransientError


class MailServerUnavailable(TransientError):
    """The mail server cannot be reached or wants no mail now: no fault of this letter."""

    code = "mail_server_unavailable"


class LetterRefused(FullhouseError):
    """The mail server will never take this letter, or knows no such recipient."""

    code = "letter_refused"
