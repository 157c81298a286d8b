"""Ports of messages: a mailer, and the URLs of a customer's pages."""

from typing import Protocol
from uuid import UUID

from fullhouse.messages.model import Delivery, Email
from fullhouse.people.model import Organisation


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


class Links(Protocol):
    """Makes the secret URLs of a customer's own pages."""

    def booking(self, organisation: Organisation, *, ref: str, booking_id: UUID) -> str: ...

    def offer(self, organisation: Organisation, *, entry_id: UUID) -> str: ...
