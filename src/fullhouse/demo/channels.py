"""The demo's messages go by Make.com and an SMS gateway: those of the sandbox, when it runs."""

from collections.abc import Mapping, Sequence
from ipaddress import ip_network
from typing import Final

from fullhouse.bootstrap.application import Application
from fullhouse.kernel.context import OPERATOR, RequestContext
from fullhouse.messages.actions.change_channels import ChangeChannels, ChannelSpec
from fullhouse.messages.channel_store import channels_of
from fullhouse.messages.model import EmailKind
from fullhouse.messages.model.channels import ChannelName
from fullhouse.messages.model.webhooks import Network
from fullhouse.people.model import Organisation

_NETWORKS: Final[Sequence[Network]] = (ip_network("127.0.0.0/8"), ip_network("::1/128"))
_TOLD_BY_SMS: Final[tuple[EmailKind, ...]] = ("rescheduling", "cancellation", "closing")
_ACKNOWLEDGE_MINUTES: Final = 1
"""Whoever disconnects Make.com wants to see soon what becomes of a message."""


async def connect_channels(
    app: Application, garden: Organisation, urls: Mapping[ChannelName, str]
) -> None:
    """Set up the channels that lead to the sandbox, on whose port it is today.

    A channel that somebody has set up to lead elsewhere is left alone.
    """
    async with app.database.session() as session:
        known = {one.channel: one for one in await channels_of(session, garden.org_id)}
    change = ChangeChannels(app.sealer, _NETWORKS)
    for name, url in urls.items():
        if name in known and not known[name].url.startswith("http://127.0.0.1:"):
            continue
        spec = ChannelSpec(url=url, kinds=_TOLD_BY_SMS, acknowledge_minutes=_ACKNOWLEDGE_MINUTES)
        context = RequestContext(OPERATOR, app.ids.uuid())
        async with app.unit_of_work(context, garden.org_id) as uow:
            await change.set(uow, name, spec)
