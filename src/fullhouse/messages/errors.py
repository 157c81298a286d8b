"""Errors of sending an e-mail."""

from fullhouse.kernel.errors import FullhouseError, TransientError


class MailServerUnavailable(TransientError):
    """The mail server cannot be reached or accepts nothing now; the e-mail is not at fault."""

    code = "mail_server_unavailable"
    message = "The mail server is not available."


class EmailRejected(FullhouseError):
    """The mail server rejected the e-mail or its recipient for good."""

    code = "email_rejected"
    message = "The mail server rejected this e-mail."
