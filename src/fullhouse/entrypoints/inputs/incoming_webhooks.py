"""Incoming webhooks as requests describe them."""

from datetime import timedelta
from typing import Annotated, ClassVar
from uuid import UUID

import msgspec
from msgspec import Meta

from fullhouse.http.operations.bodies import RequestBody
from fullhouse.kernel.errors import InvalidInput
from fullhouse.kernel.timespan import Instant, storable
from fullhouse.resilience.inbox import WebhookStatus
from fullhouse.resilience.inbox_replay import WebhookSearch
from fullhouse.resilience.limits import (
    RECEIVED_WEBHOOKS_AT_ONCE_MAX,
    RECEIVED_WEBHOOKS_KEPT_DAYS,
    WEBHOOK_SECRET_CHARACTERS_MAX,
)

ProviderName = Annotated[str, Meta(min_length=1, max_length=60)]


class WebhookSourceRequest(RequestBody, frozen=True):
    """The secret that a provider signs with."""

    examples: ClassVar = {"a secret": {"secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}}
    secret: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=WEBHOOK_SECRET_CHARACTERS_MAX,
            description="As the provider shows it; of your choice where you choose it.",
        ),
    ]


class ReceivedWebhooksQuery(msgspec.Struct, frozen=True):
    """Which received webhooks."""

    provider: Annotated[ProviderName, Meta(description="Only of this provider.")] | None = None
    status: Annotated[WebhookStatus, Meta(description="Only with this outcome.")] | None = None
    since: Annotated[Instant, Meta(description="Received since then.")] | None = None
    until: Annotated[Instant, Meta(description="Received before then.")] | None = None

    def read(self, now: Instant) -> WebhookSearch:
        """Those of all the time that they are kept, without `since` and `until`."""
        kept = timedelta(days=RECEIVED_WEBHOOKS_KEPT_DAYS + 1)
        since, until = self.since or now - kept, self.until or now + timedelta(days=1)
        return WebhookSearch(storable(since), storable(until), self.provider, self.status)


class ReplayRequest(RequestBody, frozen=True):
    """Received webhooks by their `ids`, or those of a time."""

    examples: ClassVar = {
        "one": {"ids": ["01977f6e-8c00-7000-8000-00000000002a"]},
        "those that failed in an hour": {
            "since": "2027-06-12T09:00:00Z",
            "until": "2027-06-12T10:00:00Z",
            "provider": "delivery-reports",
            "status": "failed",
        },
    }
    ids: Annotated[
        tuple[UUID, ...],
        Meta(
            max_length=RECEIVED_WEBHOOKS_AT_ONCE_MAX,
            description="Those with these ids, whatever became of them.",
        ),
    ] = ()
    since: Annotated[Instant, Meta(description="Received since then.")] | None = None
    until: (
        Annotated[Instant, Meta(description="Received before then; until now if not given.")] | None
    ) = None
    provider: Annotated[ProviderName, Meta(description="Only of this provider.")] | None = None
    status: Annotated[WebhookStatus, Meta(description="Only with this outcome.")] | None = None

    def read(self, now: Instant) -> WebhookSearch | tuple[UUID, ...]:
        """The ids, or what to search for. Raises `InvalidInput` for neither and for both."""
        if (self.since is None) == (not self.ids):
            raise InvalidInput("Send `ids`, or `since` with or without `until`.", field="ids")
        if self.ids:
            return self.ids
        return ReceivedWebhooksQuery(self.provider, self.status, self.since, self.until).read(now)
