"""What can go wrong with a letter on its way."""

from fullhouse.kernel.errors import FullhouseError, TransientError


class MailServerUnavailable(TransientError):
    """The mail server cannot be reached or wants no mail now: no fault of this letter."""

    code = "mail_server_unavailable"
    message = "The mail server is not available."


class LetterRefused(FullhouseError):
    """The mail server will never take this letter, or knows no such recipient."""

    code = "letter_refused"
    message = "The mail server refused this message."
