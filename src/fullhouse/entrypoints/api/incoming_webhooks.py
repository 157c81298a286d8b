"""Incoming webhooks: what providers send, whose secrets verify it, and its processing anew."""

from dataclasses import dataclass
from typing import ClassVar, Final

from fullhouse.entrypoints.inputs.incoming_webhooks import (
    ReceivedWebhooksQuery,
    ReplayRequest,
    WebhookSourceRequest,
)
from fullhouse.entrypoints.outputs.incoming_webhooks import (
    ReceivedWebhookListResponse,
    ReceivedWebhookResponse,
    ReplayedResponse,
    WebhookSourceListResponse,
    WebhookSourceResponse,
)
from fullhouse.entrypoints.security.access import OrgContext
from fullhouse.http.operations.operation import operation
from fullhouse.http.request import Request
from fullhouse.http.response import Response
from fullhouse.http.routing import Route, RouteClass
from fullhouse.kernel.clock import Clock
from fullhouse.kernel.context import Permission
from fullhouse.people.reads.directory import OrganisationCache
from fullhouse.resilience.errors import UnknownWebhookSource
from fullhouse.resilience.inbox import Inbox
from fullhouse.resilience.inbox_replay import (
    WebhookSearch,
    received_webhooks,
    replay,
    replay_found,
    webhook_sources,
)
from fullhouse.resilience.limits import WEBHOOK_BODY_BYTES_MAX
from fullhouse.resilience.webhook_signatures import IncomingWebhook
from fullhouse.storage.database import Database
from fullhouse.storage.errors import EncryptionKeyMissing
from fullhouse.storage.unit_of_work import UnitOfWork

_PATH: Final = "/api/v1/{org}/incoming-webhooks/{provider}"


@dataclass(frozen=True, slots=True)
class IncomingWebhooks:
    """The providers of a business, and what they sent."""

    database: Database
    clock: Clock
    inbox: Inbox
    base_url: str
    tag: ClassVar[str] = "Incoming webhooks"

    @operation("GET", "/api/v1/{org}/incoming-webhooks", allow=Permission.MANAGE_ORGANISATION)
    async def list_webhook_sources(self, org: OrgContext) -> WebhookSourceListResponse:
        """List the providers whose webhooks are received."""
        async with self.database.session() as session:
            found = await webhook_sources(session, org.org_id)
        sources = (
            WebhookSourceResponse.of(one, _url(self.base_url, org.slug, one.provider))
            for one in found
        )
        return WebhookSourceListResponse(tuple(sources), tuple(self.inbox.providers))

    @operation(
        "PUT",
        _PATH,
        allow=Permission.MANAGE_ACCESS,
        raises=(UnknownWebhookSource, EncryptionKeyMissing),
    )
    async def set_webhook_source(
        self, uow: UnitOfWork, *, org: OrgContext, provider: str, body: WebhookSourceRequest
    ) -> WebhookSourceResponse:
        """Receive a provider's webhooks, or change the secret that verifies them.

        The secret before is valid for another day, so that none is refused while the provider
        changes to the new one. `delivery-reports` are signed by Standard Webhooks, and say
        `{"message_id", "status", "detail"}` of a message by Make.com or of an SMS, by its
        `reference`: for gateways that report to one address instead of `acknowledge_url`.
        """
        await self.inbox.set_secret(uow, provider, body.secret)
        found = await webhook_sources(uow.session, uow.org_id)
        source = next(one for one in found if one.provider == provider)
        return WebhookSourceResponse.of(source, _url(self.base_url, org.slug, provider))

    @operation("DELETE", _PATH, allow=Permission.MANAGE_ACCESS, raises=(UnknownWebhookSource,))
    async def remove_webhook_source(self, uow: UnitOfWork, provider: str) -> None:
        """Receive no more webhooks of a provider."""
        await self.inbox.remove(uow, provider)

    @operation("GET", "/api/v1/{org}/received-webhooks", allow=Permission.MANAGE_ORGANISATION)
    async def list_received_webhooks(
        self, org: OrgContext, query: ReceivedWebhooksQuery
    ) -> ReceivedWebhookListResponse:
        """List what providers sent in the last thirty days, the newest first."""
        search = query.read(self.clock.now())
        async with self.database.session() as session:
            found = await received_webhooks(session, org.org_id, search)
        return ReceivedWebhookListResponse(tuple(map(ReceivedWebhookResponse.of, found)))

    @operation(
        "POST", "/api/v1/{org}/received-webhooks/replay", allow=Permission.MANAGE_ORGANISATION
    )
    async def replay_webhooks(self, uow: UnitOfWork, body: ReplayRequest) -> ReplayedResponse:
        """Process received webhooks anew, as if they came now: some, or the newest of a time.

        At most a thousand at once.
        """
        wanted = body.read(uow.now)
        if isinstance(wanted, WebhookSearch):
            return ReplayedResponse(await replay_found(uow, wanted))
        return ReplayedResponse(await replay(uow, wanted))


@dataclass(frozen=True, slots=True)
class WebhookReceiver:
    """Where providers send: no operation, since its body and its signature are theirs."""

    directory: OrganisationCache
    clock: Clock
    inbox: Inbox
    base_url: str

    def route(self) -> Route:
        """A mode that refuses bookings refuses it too, and the provider sends it again."""
        limits = RouteClass(body_bytes_max=WEBHOOK_BODY_BYTES_MAX)
        return Route("POST", _PATH, self.receive, limits, allow=Permission.BOOK)

    async def receive(self, request: Request) -> Response:
        """204 once it is stored. Raises as `Inbox.receive`, `UnknownOrganisation`."""
        slug, provider = request.path_params["org"], request.path_params["provider"]
        organisation = await self.directory.organisation(slug)
        webhook = IncomingWebhook(
            request.headers,
            await request.body(),
            _url(self.base_url, slug, provider),
            self.clock.now(),
        )
        await self.inbox.receive(organisation.org_id, provider, webhook)
        return Response(204, b"", ())


def _url(base_url: str, org: str, provider: str) -> str:
    return base_url + _PATH.format(org=org, provider=provider)
