"""Webhooks: events sent to a business's own programs, signed by Standard Webhooks."""

from dataclasses import dataclass
from typing import ClassVar

from fullhouse.entrypoints.inputs.webhooks import (
    DeliveriesQuery,
    SendAgainRequest,
    WebhookRequest,
)
from fullhouse.entrypoints.outputs.webhooks import (
    DeliveryListResponse,
    SentAgainResponse,
    WebhookListResponse,
    WebhookResponse,
    WebhookSecretResponse,
)
from fullhouse.entrypoints.security.access import OrgContext
from fullhouse.http.operations.bodies import Patch
from fullhouse.http.operations.operation import operation
from fullhouse.http.operations.results import Created
from fullhouse.kernel.context import Permission
from fullhouse.messages.actions.change_webhooks import ChangeWebhooks
from fullhouse.messages.errors import TooManyWebhooks
from fullhouse.messages.model.webhooks import EndpointId
from fullhouse.messages.webhook_reads import (
    webhook_deliveries,
    webhook_endpoint,
    webhook_endpoints,
)
from fullhouse.messages.webhook_turns import lock_endpoint
from fullhouse.storage.database import Database
from fullhouse.storage.errors import EncryptionKeyMissing, EncryptionKeyWrong
from fullhouse.storage.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Webhooks:
    """Endpoints, what was sent to them, and what is sent again."""

    database: Database
    webhooks: ChangeWebhooks
    tag: ClassVar[str] = "Webhooks"

    @operation("GET", "/api/v1/{org}/webhooks", allow=Permission.MANAGE_ORGANISATION)
    async def list_webhooks(self, org: OrgContext) -> WebhookListResponse:
        """List where events are sent."""
        async with self.database.session() as session:
            found = await webhook_endpoints(session, org.org_id)
        return WebhookListResponse(tuple(map(WebhookResponse.of, found)))

    @operation(
        "POST",
        "/api/v1/{org}/webhooks",
        allow=Permission.MANAGE_ORGANISATION,
        raises=(TooManyWebhooks, EncryptionKeyMissing),
    )
    async def add_webhook(self, uow: UnitOfWork, body: WebhookRequest) -> Created[WebhookResponse]:
        """Send events to an address.

        Each event is posted as `{"type", "timestamp", "data"}`, where `data` is the event as
        `listEvents` has it, signed by Standard Webhooks: read the secret with `getWebhookSecret`.
        Answer with any 2xx status within ten seconds. Everything else is tried again, for three
        days; 410 ends it. Events of one booking come in their order, and may come twice with the
        same `webhook-id`. They are sent to public addresses over HTTPS, and no redirect is
        followed.
        """
        endpoint_id = await self.webhooks.add(uow, body.read())
        return Created(await self._response(uow, endpoint_id))

    @operation("GET", "/api/v1/{org}/webhooks/{id}", allow=Permission.MANAGE_ORGANISATION)
    async def get_webhook(self, org: OrgContext, id: EndpointId) -> WebhookResponse:
        """Read one webhook."""
        async with self.database.session() as session:
            return WebhookResponse.of(await webhook_endpoint(session, org.org_id, id))

    @operation("PATCH", "/api/v1/{org}/webhooks/{id}", allow=Permission.MANAGE_ORGANISATION)
    async def update_webhook(
        self,
        uow: UnitOfWork,
        *,
        id: EndpointId,
        body: Patch[WebhookRequest],
        expected_version: int | None,
    ) -> WebhookResponse:
        """Change some fields of a webhook.

        With `enabled` true, one that was disabled gets what has waited. Send the `ETag` as
        `If-Match` to change what you have read.
        """
        current = await webhook_endpoint(uow.session, uow.org_id, id)
        changed = body.apply_to(WebhookRequest.of(current))
        await self.webhooks.change(uow, id, changed.read(), expected_version=expected_version)
        return await self._response(uow, id)

    @operation("DELETE", "/api/v1/{org}/webhooks/{id}", allow=Permission.MANAGE_ORGANISATION)
    async def remove_webhook(self, uow: UnitOfWork, id: EndpointId) -> None:
        """Send no more events to an address, and forget what was sent."""
        await self.webhooks.remove(uow, id)

    @operation(
        "GET",
        "/api/v1/{org}/webhooks/{id}/secret",
        allow=Permission.MANAGE_ACCESS,
        raises=(EncryptionKeyMissing, EncryptionKeyWrong),
    )
    async def get_webhook_secret(self, uow: UnitOfWork, id: EndpointId) -> WebhookSecretResponse:
        """Read the secret that signs."""
        endpoint = await lock_endpoint(uow.session, uow.org_id, id)
        return WebhookSecretResponse(self.webhooks.secret_of(endpoint))

    @operation(
        "POST",
        "/api/v1/{org}/webhooks/{id}/rotate-secret",
        allow=Permission.MANAGE_ACCESS,
        raises=(EncryptionKeyMissing,),
    )
    async def rotate_webhook_secret(self, uow: UnitOfWork, id: EndpointId) -> WebhookResponse:
        """Sign with a new secret.

        For a day the one before signs as well, so that you can change it without losing an event.
        """
        await self.webhooks.rotate_secret(uow, id)
        return await self._response(uow, id)

    @operation(
        "GET", "/api/v1/{org}/webhooks/{id}/deliveries", allow=Permission.MANAGE_ORGANISATION
    )
    async def list_webhook_deliveries(
        self, org: OrgContext, *, id: EndpointId, query: DeliveriesQuery
    ) -> DeliveryListResponse:
        """List what was sent and what waits, with every attempt, the newest first."""
        async with self.database.session() as session:
            endpoint = await webhook_endpoint(session, org.org_id, id)
            found = await webhook_deliveries(session, endpoint, query.read())
        return DeliveryListResponse.of(found, limit=query.limit)

    @operation(
        "POST", "/api/v1/{org}/webhooks/{id}/send-again", allow=Permission.MANAGE_ORGANISATION
    )
    async def send_webhooks_again(
        self, uow: UnitOfWork, *, id: EndpointId, body: SendAgainRequest
    ) -> SentAgainResponse:
        """Send one event again, or those of some time, with the ids they had."""
        return SentAgainResponse(await self.webhooks.send_again(uow, id, body.read()))

    async def _response(self, uow: UnitOfWork, endpoint_id: EndpointId) -> WebhookResponse:
        return WebhookResponse.of(await webhook_endpoint(uow.session, uow.org_id, endpoint_id))
