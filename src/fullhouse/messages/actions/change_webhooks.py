"""Add, change and remove webhook endpoints, renew their secrets and send events again."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from msgspec import Struct

from fullhouse.kernel.errors import VersionConflict
from fullhouse.kernel.ids import Ids
from fullhouse.messages.errors import TooManyWebhooks
from fullhouse.messages.events import (
    WebhookAdded,
    WebhookChanged,
    WebhookDisabled,
    WebhookRemoved,
)
from fullhouse.messages.limits import (
    WEBHOOK_ENDPOINTS_MAX,
    WEBHOOK_SECRET_OVERLAP_HOURS,
    WEBHOOKS_SENT_AGAIN_MAX,
)
from fullhouse.messages.model.webhooks import (
    SECRET_BYTES,
    EndpointId,
    LockedEndpoint,
    Network,
    endpoint_url,
    known_kinds,
    shown_secret,
)
from fullhouse.messages.webhook_turns import give_turns, lock_endpoint
from fullhouse.people.updates import locked_organisation
from fullhouse.storage.sealing import Sealer
from fullhouse.storage.unit_of_work import UnitOfWork


class EndpointSpec(Struct, frozen=True):
    """What may be changed of an endpoint. Without `kinds` it gets all events."""

    url: str
    kinds: Sequence[str] = ()
    enabled: bool = True


class Again(Struct, frozen=True):
    """Which events to send again: one, or those recorded in a span of time."""

    event_seq: int | None
    since: datetime | None
    until: datetime | None
    only_failed: bool = False


@dataclass(frozen=True, slots=True)
class ChangeWebhooks:
    """Every change of the webhooks of an organisation."""

    ids: Ids
    sealer: Sealer
    networks: Sequence[Network] = ()

    async def add(self, uow: UnitOfWork, spec: EndpointSpec) -> EndpointId:
        """Raises `InvalidInput`, `TooManyWebhooks` and `EncryptionKeyMissing`."""
        url, kinds = endpoint_url(spec.url, self.networks), known_kinds(spec.kinds)
        await locked_organisation(uow.session, uow.org_id)
        known = await uow.session.fetch_value(
            "messages.count_webhook_endpoints", int, org_id=uow.org_id
        )
        if (known or 0) >= WEBHOOK_ENDPOINTS_MAX:
            raise TooManyWebhooks(limit=WEBHOOK_ENDPOINTS_MAX)
        endpoint_id = EndpointId(self.ids.uuid())
        await uow.session.execute(
            "messages.add_webhook_endpoint",
            org_id=uow.org_id,
            endpoint_id=endpoint_id,
            url=url,
            kinds=list(kinds),
            secret=self._new_secret(),
            at=uow.now,
        )
        uow.record(endpoint_id, WebhookAdded(host=_host(url)))
        return endpoint_id

    async def change(
        self,
        uow: UnitOfWork,
        endpoint_id: EndpointId,
        spec: EndpointSpec,
        *,
        expected_version: int | None = None,
    ) -> None:
        """What waited while it was disabled is sent. Raises `InvalidInput`, `VersionConflict`."""
        url, kinds = endpoint_url(spec.url, self.networks), known_kinds(spec.kinds)
        current = await lock_endpoint(uow.session, uow.org_id, endpoint_id)
        if expected_version not in {None, current.version}:
            raise VersionConflict(version=current.version)
        was_enabled = current.disabled_at is None
        fields = _changed_fields(current, url, kinds, enabled=spec.enabled)
        if not fields:
            return
        await uow.session.execute(
            "messages.change_webhook_endpoint",
            org_id=uow.org_id,
            endpoint_id=endpoint_id,
            url=url,
            kinds=list(kinds),
            is_enabled=spec.enabled,
            at=uow.now,
        )
        if was_enabled and not spec.enabled:
            uow.record(endpoint_id, WebhookDisabled(reason="manual"))
        else:
            uow.record(endpoint_id, WebhookChanged(fields=fields))
        if not was_enabled and spec.enabled:
            await uow.session.execute(
                "messages.restart_webhooks", org_id=uow.org_id, endpoint_id=endpoint_id
            )
            await self._give_turns(uow, endpoint_id)

    async def remove(self, uow: UnitOfWork, endpoint_id: EndpointId) -> None:
        """With what was to be sent there. Raises `UnknownWebhook`."""
        await lock_endpoint(uow.session, uow.org_id, endpoint_id)
        await uow.session.execute(
            "messages.remove_webhook_endpoint", org_id=uow.org_id, endpoint_id=endpoint_id
        )
        uow.record(endpoint_id, WebhookRemoved())

    async def rotate_secret(self, uow: UnitOfWork, endpoint_id: EndpointId) -> None:
        """Sign with a new secret, and for a day with the one before as well."""
        await lock_endpoint(uow.session, uow.org_id, endpoint_id)
        await uow.session.execute(
            "messages.rotate_webhook_secret",
            org_id=uow.org_id,
            endpoint_id=endpoint_id,
            secret=self._new_secret(),
            previous_until=uow.now + timedelta(hours=WEBHOOK_SECRET_OVERLAP_HOURS),
        )
        uow.record(endpoint_id, WebhookChanged(fields=("secret",)))

    async def send_again(self, uow: UnitOfWork, endpoint_id: EndpointId, again: Again) -> int:
        """How many events are sent again, at most `WEBHOOKS_SENT_AGAIN_MAX` at a time."""
        endpoint = await lock_endpoint(uow.session, uow.org_id, endpoint_id)
        count = await uow.session.execute(
            "messages.send_webhooks_again",
            org_id=uow.org_id,
            endpoint_id=endpoint_id,
            event_seq=again.event_seq,
            since=again.since,
            until=again.until,
            only_failed=again.only_failed,
            rows_max=WEBHOOKS_SENT_AGAIN_MAX,
        )
        if endpoint.disabled_at is None:
            await self._give_turns(uow, endpoint_id)
        return count

    def secret_of(self, endpoint: LockedEndpoint) -> str:
        """The secret as receivers configure it. Raises `EncryptionKeyMissing` and `…Wrong`."""
        return shown_secret(self.sealer.open(endpoint.secret))

    def _new_secret(self) -> bytes:
        return self.sealer.seal(os.urandom(SECRET_BYTES))

    async def _give_turns(self, uow: UnitOfWork, endpoint_id: EndpointId) -> None:
        await give_turns(
            uow.session, uow.org_id, endpoint_id, correlation_id=uow.context.correlation_id
        )


def _changed_fields(
    current: LockedEndpoint, url: str, kinds: Sequence[str], *, enabled: bool
) -> tuple[str, ...]:
    """The names of what is different; a `str` of an address may hold a secret, so no values."""
    different = {
        "url": current.url != url,
        "kinds": tuple(current.kinds) != tuple(kinds),
        "enabled": (current.disabled_at is None) != enabled,
    }
    return tuple(name for name, is_different in different.items() if is_different)


def _host(url: str) -> str:
    return url.split("/")[2]
