"""Channels: e-mails by Make.com, SMS by a gateway, and what became of a message."""

from dataclasses import dataclass
from typing import ClassVar

from fullhouse.entrypoints.api.arguments import HandedOverMessageId
from fullhouse.entrypoints.inputs.channels import AcknowledgeRequest, ChannelRequest
from fullhouse.entrypoints.outputs.channels import (
    ChannelListResponse,
    ChannelResponse,
    ChannelTestResponse,
)
from fullhouse.entrypoints.security.access import OrgContext
from fullhouse.http.operations.operation import operation
from fullhouse.kernel.context import Permission
from fullhouse.messages.actions.acknowledge_message import AcknowledgeMessage
from fullhouse.messages.actions.change_channels import ChangeChannels
from fullhouse.messages.actions.send_channel_test import RequestChannelTest
from fullhouse.messages.channel_store import channel_name, channel_of, channels_of
from fullhouse.messages.errors import UnknownChannel
from fullhouse.storage.database import Database
from fullhouse.storage.errors import EncryptionKeyMissing
from fullhouse.storage.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Channels:
    """The channels `make` and `sms` of a business."""

    database: Database
    change: ChangeChannels
    test: RequestChannelTest
    acknowledge: AcknowledgeMessage
    tag: ClassVar[str] = "Channels"

    @operation("GET", "/api/v1/{org}/channels", allow=Permission.MANAGE_ORGANISATION)
    async def list_channels(self, org: OrgContext) -> ChannelListResponse:
        """List the channels that are set up, and how they go."""
        async with self.database.session() as session:
            found = await channels_of(session, org.org_id)
        return ChannelListResponse(tuple(map(ChannelResponse.of, found)))

    @operation(
        "PUT",
        "/api/v1/{org}/channels/{channel}",
        allow=Permission.MANAGE_ACCESS,
        raises=(UnknownChannel, EncryptionKeyMissing),
    )
    async def set_channel(
        self, uow: UnitOfWork, *, channel: str, body: ChannelRequest, expected_version: int | None
    ) -> ChannelResponse:
        """Set the channel `make` or `sms` up, or change it.

        With `make`, e-mails about bookings are posted to the webhook of a Make.com scenario, as
        JSON. Once the scenario has sent one it posts `{"status": "delivered"}` to the message's
        `acknowledge_url`. What is not acknowledged in time goes by the mail server, and so does
        everything while Make.com does not answer. With `sms`, messages of the chosen kinds are also
        posted to an SMS gateway.
        """
        name = channel_name(channel)
        await self.change.set(uow, name, body.read(), expected_version=expected_version)
        return ChannelResponse.of(await channel_of(uow.session, uow.org_id, name))

    @operation(
        "DELETE",
        "/api/v1/{org}/channels/{channel}",
        allow=Permission.MANAGE_ACCESS,
        raises=(UnknownChannel,),
    )
    async def remove_channel(self, uow: UnitOfWork, channel: str) -> None:
        """Send no more messages by a channel."""
        await self.change.remove(uow, channel_name(channel))

    @operation(
        "POST",
        "/api/v1/{org}/channels/{channel}/test",
        allow=Permission.MANAGE_ACCESS,
        raises=(UnknownChannel,),
    )
    async def test_channel(self, uow: UnitOfWork, channel: str) -> ChannelTestResponse:
        """Send a test through a channel.

        One by Make.com goes to your confirmed address, an SMS to the phone of the business.
        `listChannels` has the answer a moment later.
        """
        return ChannelTestResponse(await self.test(uow, channel_name(channel)))

    @operation(
        "POST", "/api/v1/{org}/messages/{id}/acknowledge", allow=Permission.MANAGE_ORGANISATION
    )
    async def acknowledge_message(
        self, uow: UnitOfWork, *, id: HandedOverMessageId, body: AcknowledgeRequest
    ) -> None:
        """Say what became of a message.

        For gateways: the `acknowledge_url` of a message has the token that this takes instead of a
        key. It may be sent again, and late. An e-mail that failed goes by the mail server.
        """
        await self.acknowledge(uow, id, body.read(id))
