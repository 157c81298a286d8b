"""Port of messages: the mailer."""

from typing import Protocol

from fullhouse.messages.model import Delivery, Email


class Mailer(Protocol):
    """Sends e-mails."""

    @property
    def address(self) -> str:
        """Sender's address."""
        ...

    async def send(self, email: Email) -> Delivery:
        """Return `sent` once a mail server has accepted the e-mail.

        `stored` means that it is not sent: without a server, and to an invented address. Raises
        `RecipientRejected` or, for now, `RecipientDeferred` for what concerns this recipient alone;
        `EmailRejected` or, for now, `MailServerUnavailable` for what is the mail server's or
        ours. After a lost answer the e-mail may have been accepted; sent again it has the same
        Message-ID, by which mail programs recognise a duplicate.
        """
        ...
