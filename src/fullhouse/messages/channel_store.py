"""Channels as rows: who has which, and how they go."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final

from msgspec import Struct

from fullhouse.kernel.ids import OrgId
from fullhouse.messages.errors import UnknownChannel
from fullhouse.messages.events import ChannelFailing, ChannelRecovered, SmsLimitReached
from fullhouse.messages.model import EmailKind
from fullhouse.messages.model.channels import (
    CHANNELS,
    TURN,
    ChannelName,
    ChannelSettings,
    OpenChannel,
    breaker_name,
)
from fullhouse.people.account_messages import tell
from fullhouse.people.model.account_messages import AccountMessageKind
from fullhouse.people.updates import locked_owners
from fullhouse.storage.database import Session
from fullhouse.storage.unit_of_work import UnitOfWork
from fullhouse.telemetry.log import get_logger

_LOG: Final = get_logger("channels")


class LockedChannel(Struct, frozen=True):
    """A channel with its encrypted key."""

    org_id: OrgId
    channel: ChannelName
    url: str
    key: bytes | None
    is_enabled: bool
    kinds: tuple[EmailKind, ...]
    acknowledge_minutes: int
    failing_since: datetime | None
    version: int
    sms_per_day_max: int


class ChannelTurn(Struct, frozen=True):
    """From when on a channel takes the messages about a batch of events, each `TURN` later."""

    org_id: OrgId
    channel: ChannelName
    kinds: tuple[EmailKind, ...]
    first_at: datetime


class _Gateway(Struct, frozen=True):
    org_id: OrgId
    channel: ChannelName


async def gateway_circuits(session: Session, *, rows_max: int) -> list[str]:
    """The names of the circuits of businesses' gateways, also of those never called."""
    gateways = await session.fetch("messages.gateways", _Gateway, rows_max=rows_max)
    return [breaker_name(one.org_id, one.channel) for one in gateways]


def channel_name(text: str) -> ChannelName:
    """Raises `UnknownChannel` for what no channel is called."""
    for name in CHANNELS:
        if name == text:
            return name
    raise UnknownChannel


async def channels_of(session: Session, org_id: OrgId) -> list[ChannelSettings]:
    """Those that are set up."""
    return await session.fetch("messages.message_channels", ChannelSettings, org_id=org_id)


async def channel_of(session: Session, org_id: OrgId, name: ChannelName) -> ChannelSettings:
    """Raises `UnknownChannel`."""
    for channel in await channels_of(session, org_id):
        if channel.channel == name:
            return channel
    raise UnknownChannel


async def open_channel(session: Session, org_id: OrgId, channel: ChannelName) -> OpenChannel | None:
    """None when it is not set up, or off."""
    return await session.fetch_one(
        "messages.open_channel", OpenChannel, org_id=org_id, channel=channel
    )


async def lock_channel(session: Session, org_id: OrgId, channel: ChannelName) -> LockedChannel:
    """Raises `UnknownChannel`."""
    found = await session.fetch_one(
        "messages.lock_channel", LockedChannel, org_id=org_id, channel=channel
    )
    if found is None:
        raise UnknownChannel
    return found


async def take_turns(session: Session, org_ids: Collection[OrgId]) -> Sequence[ChannelTurn]:
    """The enabled channels of these organisations, each with turns for as many messages."""
    return await session.fetch(
        "messages.channels_of_events", ChannelTurn, org_ids=list(org_ids), apart=TURN
    )


async def note_failure(uow: UnitOfWork, channel: ChannelName, failure: str) -> None:
    """Keep what a channel answered when it did not take a message."""
    await uow.session.execute(
        "messages.note_channel_failure", org_id=uow.org_id, channel=channel, failure=failure
    )


async def record_health(uow: UnitOfWork, channel: ChannelName, *, is_failing: bool) -> None:
    """Keep since when it fails; its owners are told once, and nobody of a channel that is gone."""
    try:
        stored = await lock_channel(uow.session, uow.org_id, channel)
    except UnknownChannel:
        return
    if is_failing == (stored.failing_since is not None):
        return
    await uow.session.execute(
        "messages.record_channel_health",
        org_id=uow.org_id,
        channel=channel,
        failing_since=uow.now if is_failing else None,
    )
    if not is_failing:
        uow.record(uow.org_id, ChannelRecovered(channel=channel))
        _LOG.info("channels.recovered", channel=channel)
        return
    uow.record(uow.org_id, ChannelFailing(channel=channel))
    _LOG.warning("channels.failing", channel=channel)
    await _tell_owners(uow, "channel_failing")


async def note_sms_limit(uow: UnitOfWork) -> None:
    """Tell the owners, once a day at most, that guests had as many SMS as the business wants."""
    limit = await uow.session.fetch_value(
        "messages.note_sms_limit", int, org_id=uow.org_id, at=uow.now
    )
    if limit is None:
        return
    uow.record(uow.org_id, SmsLimitReached(sms_per_day_max=limit))
    _LOG.warning("channels.sms_limited", sms_per_day_max=limit)
    await _tell_owners(uow, "sms_limited")


async def _tell_owners(uow: UnitOfWork, kind: AccountMessageKind) -> None:
    for owner in await locked_owners(uow.session, uow.org_id):
        await tell(uow, kind, owner, org_id=uow.org_id)
