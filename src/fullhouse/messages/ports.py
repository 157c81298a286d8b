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
        """Return `sent` once a mail server has accepted the e-mail, `stored` without a server.

        Raises `MailServerUnavailable` (try again) or `EmailRejected` (do not). After a lost answer
        the e-mail may have been accepted; sent again it has the same Message-ID, by which mail
        programs recognise a duplicate.
        """
        ...
