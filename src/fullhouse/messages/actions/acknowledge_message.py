"""Take a gateway's word on what became of a message that it was handed."""

from dataclasses import dataclass
from typing import Final

from msgspec import Struct

from fullhouse.jobs.effects import bring_forward
from fullhouse.kernel.text import one_line
from fullhouse.messages.errors import UnknownMessage
from fullhouse.messages.limits import ACKNOWLEDGE_DETAIL_CHARACTERS_MAX
from fullhouse.messages.model import MessageId, MessageStatus, Route, effect_key
from fullhouse.storage.unit_of_work import UnitOfWork
from fullhouse.telemetry.log import get_logger

_LOG: Final = get_logger("channels")


class Acknowledgement(Struct, frozen=True):
    """Whether a message arrived; `detail` says in the gateway's words why not."""

    is_delivered: bool
    detail: str = ""


class _Acknowledged(Struct, frozen=True):
    event_seq: int
    retries: int
    status: MessageStatus
    route: Route


@dataclass(frozen=True, slots=True)
class AcknowledgeMessage:
    """Safe to repeat: the first word that a message arrived stays, and nothing is sent twice."""

    async def __call__(self, uow: UnitOfWork, message_id: MessageId, said: Acknowledgement) -> None:
        """An e-mail that did not arrive goes by the mail server now. Raises `UnknownMessage`."""
        key = {"org_id": uow.org_id}
        detail = one_line(said.detail[:ACKNOWLEDGE_DETAIL_CHARACTERS_MAX])
        found = await uow.session.fetch_one(
            "messages.acknowledge_message",
            _Acknowledged,
            **key,
            message_id=message_id,
            is_delivered=said.is_delivered,
            detail=detail,
            at=uow.now,
        )
        if found is None:
            tested = await uow.session.execute(
                "messages.acknowledge_channel_test",
                **key,
                test_id=message_id,
                answer=detail,
                at=uow.now if said.is_delivered else None,
            )
            if not tested:
                raise UnknownMessage
            return
        if found.status == "due":
            await bring_forward(uow.session, uow.org_id, effect_key(found.event_seq, found.retries))
        _LOG.info(
            "channels.acknowledged",
            is_delivered=said.is_delivered,
            is_late=found.route == "smtp",
        )
