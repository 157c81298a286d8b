"""Channels as requests describe them, and what gateways say of a message."""

from typing import Annotated, ClassVar, Literal
from uuid import UUID

from msgspec import Meta

from fullhouse.http.operations.bodies import RequestBody
from fullhouse.kernel.errors import InvalidInput
from fullhouse.messages.actions.acknowledge_message import Acknowledgement
from fullhouse.messages.actions.change_channels import ChannelSpec
from fullhouse.messages.limits import (
    ACKNOWLEDGE_DETAIL_CHARACTERS_MAX,
    ACKNOWLEDGE_MINUTES_DEFAULT,
    ACKNOWLEDGE_MINUTES_MAX,
    CHANNEL_KEY_CHARACTERS_MAX,
    SMS_PER_DAY_DEFAULT,
    SMS_PER_DAY_MAX,
    WEBHOOK_URL_CHARACTERS_MAX,
)
from fullhouse.messages.model import EmailKind, MessageId


class ChannelRequest(RequestBody, frozen=True):
    """Where messages go. `kinds` are what is told by SMS too, `acknowledge_minutes` Make.com's."""

    examples: ClassVar = {
        "Make.com": {
            "url": "https://hook.eu2.make.com/4s7k2mxq",
            "key": "k-3f9a",
            "acknowledge_minutes": 10,
        },
        "an SMS gateway": {
            "url": "https://sms.example.org/messages",
            "key": "k-7c21",
            "kinds": ["closing", "reminder"],
            "sms_per_day_max": 500,
        },
    }
    url: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=WEBHOOK_URL_CHARACTERS_MAX,
            extra_json_schema={"format": "uri"},
            description="Of the first webhook of the scenario, or of the gateway.",
        ),
    ]
    key: Annotated[
        str | None,
        Meta(
            description="Proves that it is you who sends. Without it the key stays as it is, and "
            "an empty one is removed.",
        ),
    ] = None
    enabled: Annotated[
        bool, Meta(description="While false, e-mails go by the mail server and no SMS is sent.")
    ] = True
    kinds: Annotated[tuple[EmailKind, ...], Meta(max_length=20)] = ()
    acknowledge_minutes: Annotated[int, Meta(ge=0, le=ACKNOWLEDGE_MINUTES_MAX)] = (
        ACKNOWLEDGE_MINUTES_DEFAULT
    )
    sms_per_day_max: Annotated[int, Meta(ge=1, le=SMS_PER_DAY_MAX)] = SMS_PER_DAY_DEFAULT

    def read(self) -> ChannelSpec:
        """Raises `InvalidInput` for a key that is too long."""
        if self.key is not None and len(self.key) > CHANNEL_KEY_CHARACTERS_MAX:
            raise InvalidInput(f"Use at most {CHANNEL_KEY_CHARACTERS_MAX} characters.", field="key")
        return ChannelSpec(
            url=self.url,
            key=self.key,
            is_enabled=self.enabled,
            kinds=self.kinds,
            acknowledge_minutes=self.acknowledge_minutes,
            sms_per_day_max=self.sms_per_day_max,
        )


class AcknowledgeRequest(RequestBody, frozen=True):
    """What became of a message: without `status` it arrived. `detail` says why it did not."""

    examples: ClassVar = {
        "it arrived": {"status": "delivered"},
        "it did not": {
            "status": "failed",
            "detail": "The mailbox is full.",
            "message_id": "01977f6e-8c00-7000-8000-00000000002a",
        },
    }
    status: Literal["delivered", "failed"] = "delivered"
    detail: Annotated[str, Meta(max_length=ACKNOWLEDGE_DETAIL_CHARACTERS_MAX)] = ""
    message_id: UUID | None = None

    def read(self, message_id: MessageId) -> Acknowledgement:
        """Raises `InvalidInput` for another message than that of the address."""
        if self.message_id not in {None, message_id}:
            raise InvalidInput(
                "Send it to the `acknowledge_url` of the same message.", field="message_id"
            )
        return Acknowledgement(self.status == "delivered", self.detail)
