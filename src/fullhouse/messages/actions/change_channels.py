"""Set up, change and remove the channels of a business."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from msgspec import Struct

from fullhouse.kernel.errors import InvalidInput, VersionConflict
from fullhouse.messages.channel_store import LockedChannel, lock_channel
from fullhouse.messages.errors import UnknownChannel
from fullhouse.messages.events import ChannelRemoved, ChannelSet
from fullhouse.messages.limits import (
    ACKNOWLEDGE_MINUTES_DEFAULT,
    ACKNOWLEDGE_MINUTES_MAX,
    SMS_PER_DAY_DEFAULT,
    SMS_PER_DAY_MAX,
)
from fullhouse.messages.model import EmailKind
from fullhouse.messages.model.channels import ChannelName, channel_key, sms_kinds
from fullhouse.messages.model.webhooks import Network, endpoint_url
from fullhouse.people.updates import locked_organisation
from fullhouse.storage.sealing import Sealer
from fullhouse.storage.unit_of_work import UnitOfWork

_NEW_VERSION: Final = 0


class ChannelSpec(Struct, frozen=True, kw_only=True):
    """What may be set of a channel. A `key` of None keeps the one it has, an empty one removes it.

    `kinds` and `sms_per_day_max` are of SMS; `acknowledge_minutes` are Make.com's.
    """

    url: str
    key: str | None = None
    is_enabled: bool = True
    kinds: Sequence[str] = ()
    acknowledge_minutes: int = ACKNOWLEDGE_MINUTES_DEFAULT
    sms_per_day_max: int = SMS_PER_DAY_DEFAULT


@dataclass(frozen=True, slots=True)
class ChangeChannels:
    """Every change of the channels of an organisation."""

    sealer: Sealer
    networks: Sequence[Network] = ()

    async def set(
        self,
        uow: UnitOfWork,
        channel: ChannelName,
        spec: ChannelSpec,
        *,
        expected_version: int | None = None,
    ) -> None:
        """Set it up, or change it; `expected_version` of 0 expects that it is not set up.

        Raises `InvalidInput`, `VersionConflict` and `EncryptionKeyMissing`.
        """
        url, kinds = endpoint_url(spec.url, self.networks), _kinds_for(channel, spec)
        if not 0 <= spec.acknowledge_minutes <= ACKNOWLEDGE_MINUTES_MAX:
            raise InvalidInput(
                f"Choose 0 to {ACKNOWLEDGE_MINUTES_MAX} minutes.", field="acknowledge_minutes"
            )
        if not 1 <= spec.sms_per_day_max <= SMS_PER_DAY_MAX:
            raise InvalidInput(f"Choose 1 to {SMS_PER_DAY_MAX} SMS.", field="sms_per_day_max")
        await locked_organisation(uow.session, uow.org_id)
        current = await _current(uow, channel)
        version = _NEW_VERSION if current is None else current.version
        if expected_version not in {None, version}:
            raise VersionConflict(version=version)
        key = self._key(current, spec)
        fields = _changed_fields(current, spec, url=url, kinds=kinds)
        if not fields:
            return
        await uow.session.execute(
            "messages.set_channel",
            org_id=uow.org_id,
            channel=channel,
            url=url,
            key=key,
            is_enabled=spec.is_enabled,
            kinds=list(kinds),
            acknowledge_minutes=spec.acknowledge_minutes if channel == "make" else 0,
            sms_per_day_max=spec.sms_per_day_max,
        )
        uow.record(uow.org_id, ChannelSet(channel=channel, fields=fields))

    async def remove(self, uow: UnitOfWork, channel: ChannelName) -> None:
        """What is not handed over yet goes by the mail server. Raises `UnknownChannel`."""
        await lock_channel(uow.session, uow.org_id, channel)
        await uow.session.execute("messages.remove_channel", org_id=uow.org_id, channel=channel)
        uow.record(uow.org_id, ChannelRemoved(channel=channel))

    def _key(self, current: LockedChannel | None, spec: ChannelSpec) -> bytes | None:
        if spec.key is None:
            return None if current is None else current.key
        key = channel_key(spec.key)
        return self.sealer.seal(key.encode()) if key else None


async def _current(uow: UnitOfWork, channel: ChannelName) -> LockedChannel | None:
    try:
        return await lock_channel(uow.session, uow.org_id, channel)
    except UnknownChannel:
        return None


def _kinds_for(channel: ChannelName, spec: ChannelSpec) -> tuple[EmailKind, ...]:
    return sms_kinds(spec.kinds) if channel == "sms" else ()


def _changed_fields(
    current: LockedChannel | None, spec: ChannelSpec, *, url: str, kinds: Sequence[EmailKind]
) -> tuple[str, ...]:
    """The names of what is different; addresses and keys are secrets, so no values."""
    if current is None:
        return ("url",)
    different = {
        "url": current.url != url,
        "key": spec.key is not None and not (spec.key == "" and current.key is None),
        "is_enabled": current.is_enabled != spec.is_enabled,
        "kinds": tuple(current.kinds) != tuple(kinds),
        "acknowledge_minutes": current.channel == "make"
        and current.acknowledge_minutes != spec.acknowledge_minutes,
        "sms_per_day_max": current.channel == "sms"
        and current.sms_per_day_max != spec.sms_per_day_max,
    }
    return tuple(name for name, is_different in different.items() if is_different)
