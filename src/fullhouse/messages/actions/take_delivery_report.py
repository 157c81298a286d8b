"""Take a gateway's report, by webhook, on what became of a message that it was handed."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

import msgspec
from msgspec import Struct

from fullhouse.kernel.errors import InvalidInput
from fullhouse.messages.actions.acknowledge_message import Acknowledgement, AcknowledgeMessage
from fullhouse.messages.errors import UnknownMessage
from fullhouse.messages.model import MessageId
from fullhouse.resilience.inbox import WebhookToProcess
from fullhouse.storage.unit_of_work import UnitOfWork

DELIVERY_REPORTS: Final = "delivery-reports"
"""The name of the provider: every gateway of messages that a business has set up."""

_ARRIVED: Final = {"delivered": True, "failed": False, "undelivered": False, "rejected": False}
"""What is said of a message at its end; other states are on the way there."""


class DeliveryReport(Struct, frozen=True):
    """The message by the id that the gateway was handed, as Make.com's or as an SMS gateway's."""

    status: str
    message_id: str = ""
    reference: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class TakeDeliveryReport:
    """Handles a webhook as `AcknowledgeMessage` handles what comes to a message's own address."""

    acknowledge: AcknowledgeMessage

    async def __call__(self, uow: UnitOfWork, webhook: WebhookToProcess) -> bool:
        """False for another's message, and before its end. Raises `InvalidInput`."""
        try:
            report = msgspec.json.decode(webhook.body, type=DeliveryReport)
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise InvalidInput("A report has a `status`.", field="status") from None
        is_delivered = _ARRIVED.get(report.status)
        if is_delivered is None:
            return False
        try:
            message_id = MessageId(UUID(report.message_id or report.reference))
            await self.acknowledge(uow, message_id, Acknowledgement(is_delivered, report.detail))
        except (ValueError, UnknownMessage):
            return False
        return True
