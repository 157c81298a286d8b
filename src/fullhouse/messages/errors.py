"""Errors of sending an e-mail, by whom they concern: one recipient, or the mail server and us."""

from uuid import UUID

from typing_extensions import override

from fullhouse.kernel.errors import FullhouseError, NotFound, TransientError


class SmtpAnswer(FullhouseError):
    """What a mail server answered. `reply` has its words: for staff, never for a log.

    Servers quote the recipient's address in them.
    """

    code = "smtp_answer"
    message = "The mail server refused. Check its settings, and try again."
    smtp_code: int | None = None
    enhanced_status: str = ""
    """RFC 3463, such as `5.1.1`; empty when the server sent none."""
    reply: str = ""

    @property
    @override
    def summary(self) -> str:
        """The type with the codes of the answer: `RecipientRejected 550 5.1.1`."""
        facts = (type(self).__name__, str(self.smtp_code or ""), self.enhanced_status)
        return " ".join(filter(None, facts))


class RecipientRejected(SmtpAnswer):
    """The mail server rejected this recipient for good; other e-mails are not concerned."""

    code = "recipient_rejected"
    message = "The mail server rejected this recipient. Correct the e-mail address."


class RecipientDeferred(SmtpAnswer, TransientError):
    """The mail server does not take e-mail for this recipient now."""

    code = "recipient_deferred"
    message = "The mail server does not take e-mail for this recipient now. Try again later."


class EmailRejected(SmtpAnswer):
    """The mail server rejected the e-mail for good, whoever receives it."""

    code = "email_rejected"
    message = (
        "The mail server rejected this e-mail. Check its sender and the rules of the mail server."
    )


class MailServerUnavailable(SmtpAnswer, TransientError):
    """The mail server cannot be reached or accepts nothing now; the e-mail is not at fault."""

    code = "mail_server_unavailable"
    message = "The mail server is not available. Check its settings, or try again later."


class EarlierMessageDue(TransientError):
    """An earlier e-mail to the guest is not settled, and this one depends on it."""

    code = "earlier_message_due"
    message = "An earlier e-mail to this guest is still being sent. Try again in a moment."


class UnknownMessage(NotFound):
    """No message of this organisation has that id."""

    code = "unknown_message"
    message = "There is no such message. Choose one that the outbox lists."


class MessageNotRetryable(FullhouseError):
    """The message was sent, is about to be sent, or was discarded."""

    code = "message_not_retryable"
    message = "This message was sent, is about to be, or was discarded. Fetch its status again."


class UnknownWebhook(NotFound):
    """The organisation has no webhook endpoint with that id."""

    code = "unknown_webhook"
    message = "There is no such webhook. Choose one that the list of webhooks has."
    webhook: UUID | None = None


class TooManyWebhooks(FullhouseError):
    """The organisation has as many webhook endpoints as it may have."""

    code = "too_many_webhooks"
    message = "There are as many webhooks as there can be. Remove one first."
    limit: int


class UnknownChannel(NotFound):
    """The organisation has not set that channel up."""

    code = "unknown_channel"
    message = "This channel is not set up. Set it up first."


class GatewayUnavailable(TransientError):
    """A gateway of a business takes no message now."""

    code = "gateway_unavailable"
    message = "The service that sends this message does not take it now. Try again later."
