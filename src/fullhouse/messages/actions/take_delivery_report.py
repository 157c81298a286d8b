"""Take a gateway's report, by webhook, on what became of a message that it was handed."""

from dataclasses import dataclass
from typing import Final

import msgspec
from msgspec import Struct

from fullhouse.kernel.errors import InvalidInput
from fullhouse.messages.actions.acknowledge_message import Acknowledgement, AcknowledgeMessage
from fullhouse.messages.actions.record_bounce import RecordBounce
from fullhouse.messages.errors import UnknownMessage
from fullhouse.messages.model import MessageId
from fullhouse.messages.model.bounces import Bounce, message_id_in
from fullhouse.resilience.inbox import WebhookToProcess
from fullhouse.storage.unit_of_work import UnitOfWork

DELIVERY_REPORTS: Final = "delivery-reports"
"""The name of the provider: every gateway of messages that a business has set up."""

_ARRIVED: Final = {"delivered": True, "failed": False, "undelivered": False, "rejected": False}
"""What is said of a message at its end; other states are on the way there."""


class DeliveryReport(Struct, frozen=True):
    """The message by the id that the gateway was handed, as Make.com's or as an SMS gateway's.

    Or by the `Message-ID` of an e-mail. `code` is the status of a bounce by RFC 3463.
    """

    status: str
    message_id: str = ""
    reference: str = ""
    detail: str = ""
    code: str = ""


@dataclass(frozen=True, slots=True)
class TakeDeliveryReport:
    """Handles a webhook as `AcknowledgeMessage` handles what comes to a message's own address.

    What mail services know besides is that an e-mail came back, or was called spam.
    """

    acknowledge: AcknowledgeMessage
    bounce: RecordBounce

    async def __call__(self, uow: UnitOfWork, webhook: WebhookToProcess) -> bool:
        """False for another's message, and before its end. Raises `InvalidInput`."""
        try:
            report = msgspec.json.decode(webhook.body, type=DeliveryReport)
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise InvalidInput("A report has a `status`.", field="status") from None
        message_id = message_id_in(report.message_id or report.reference)
        if message_id is None:
            return False
        try:
            return await self._take(uow, MessageId(message_id), report)
        except UnknownMessage:
            return False

    async def _take(self, uow: UnitOfWork, message_id: MessageId, report: DeliveryReport) -> bool:
        """Raises `UnknownMessage`."""
        if report.status == "bounced":
            await self.bounce(uow, message_id, Bounce(report.code, report.detail))
        elif report.status == "complained":
            await self.bounce.complaint(uow, message_id)
        elif report.status in _ARRIVED:
            said = Acknowledgement(_ARRIVED[report.status], report.detail)
            await self.acknowledge(uow, message_id, said)
        else:
            return False
        return True
