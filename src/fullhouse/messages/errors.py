"""Errors of sending an e-mail, by whom they concern: one recipient, or the mail server and us."""

from collections.abc import Mapping
from uuid import UUID

from msgspec import Struct
from typing_extensions import override

from fullhouse.kernel.errors import FullhouseError, NotFound, TransientError
from fullhouse.localisation.translations import Translations


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


class UnknownEmail(NotFound):
    """The business has no e-mail of that kind in that language."""

    code = "unknown_email"
    message = (
        "There is no e-mail of this kind in this language. Choose one of those that are listed; "
        "before the first offering there are none."
    )


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


class TextMistake(Struct, frozen=True):
    """What is wrong with a text of a business; `line` is 0 for all of it."""

    field: str
    line: int
    message: str


class FoundMistake(TextMistake, frozen=True):
    """The same with its untranslated sentence, and the values of it."""

    sentence: str
    values: Mapping[str, str] = {}

    def said(self, translations: Translations) -> str:
        problem = translations.gettext(self.sentence, **self.values)
        if self.field != "text" or not self.line:
            return problem
        return translations.gettext("Line %(line)s: %(problem)s", line=self.line, problem=problem)


def found_mistake(field: str, line: int, sentence: str, **values: str) -> FoundMistake:
    """A problem with its sentence in English."""
    return FoundMistake(field, line, sentence % values if values else sentence, sentence, values)


class InvalidEmailText(FullhouseError):
    """A text of a business for a kind of e-mail cannot be used; `problems` say where and why."""

    code = "invalid_email_text"
    message = "This text cannot be used. Change what `problems` names, and send it again."
    problems: tuple[TextMistake, ...]

    def by_field(self, translations: Translations) -> Mapping[str, str]:
        """What is wrong with each field, in words."""
        said: dict[str, list[str]] = {}
        for one in self.problems:
            words = one.said(translations) if isinstance(one, FoundMistake) else one.message
            said.setdefault(one.field, []).append(words)
        return {field: " ".join(dict.fromkeys(words)) for field, words in said.items()}

    @property
    @override
    def details(self) -> dict[str, object]:
        shown = [TextMistake(one.field, one.line, one.message) for one in self.problems]
        return {"problems": shown}
