"""Ports of messages: the mailer, the gateways of businesses, and the sender of webhooks."""

from typing import Protocol

from fullhouse.messages.errors import RecipientDeferred, RecipientRejected
from fullhouse.messages.model import Delivery, Email
from fullhouse.messages.model.channels import ChannelName, GatewayAnswer, GatewayRequest
from fullhouse.messages.model.webhooks import SignedRequest, WebhookAnswer


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


async def outcome_of_sending(mailer: Mailer, email: Email, *, is_last: bool) -> str:
    """As `Mailer.send`; `undeliverable` where a recipient is refused, for now at the last try only.

    Anybody types an address, and an alert of failed jobs must not be theirs to raise.
    """
    try:
        return await mailer.send(email)
    except RecipientRejected:
        return "undeliverable"
    except RecipientDeferred:
        if not is_last:
            raise
        return "undeliverable"


class MessageGateway(Protocol):
    """Hands messages to services that businesses have set up."""

    async def send(self, channel: ChannelName, request: GatewayRequest) -> GatewayAnswer:
        """What it answered. Raises `ServiceUnavailable` while it is known to fail."""
        ...


class WebhookSender(Protocol):
    """Sends signed requests to the addresses that businesses name."""

    async def send(self, request: SignedRequest, *, seconds_max: float) -> WebhookAnswer:
        """Post it; the answer, also when there is none. No redirect is followed."""
        ...
