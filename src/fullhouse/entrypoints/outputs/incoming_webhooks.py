"""Responses about incoming webhooks."""

from typing import Annotated, ClassVar
from uuid import UUID

from msgspec import Meta

from fullhouse.entrypoints.outputs.fields import Url
from fullhouse.http.operations.bodies import ResponseBody
from fullhouse.kernel.timespan import Instant
from fullhouse.resilience.inbox import WebhookStatus
from fullhouse.resilience.inbox_replay import ReceivedWebhook, WebhookSource


class WebhookSourceResponse(ResponseBody, frozen=True):
    """A provider whose webhooks are received."""

    example: ClassVar = {
        "provider": "delivery-reports",
        "url": "https://book.example.org/api/v1/bouquet-garden/incoming-webhooks/delivery-reports",
        "set_at": "2027-06-10T19:02:11Z",
        "previous_until": "2027-06-11T19:02:11Z",
    }
    provider: Annotated[str, Meta(description="Its name.")]
    url: Annotated[Url, Meta(description="Where the provider sends them.")]
    set_at: Annotated[Instant, Meta(description="Since when its secret is valid.")]
    previous_until: Annotated[
        Instant | None, Meta(description="Until when the secret before is valid as well.")
    ]

    @staticmethod
    def of(source: WebhookSource, url: str) -> "WebhookSourceResponse":
        return WebhookSourceResponse(source.provider, url, source.set_at, source.previous_until)


class WebhookSourceListResponse(ResponseBody, frozen=True):
    """The providers whose webhooks are received, and those that can be."""

    example: ClassVar = {
        "sources": [WebhookSourceResponse.example],
        "providers": ["delivery-reports"],
    }
    sources: Annotated[tuple[WebhookSourceResponse, ...], Meta(description="By name.")]
    providers: Annotated[tuple[str, ...], Meta(description="All that there are.")]


class ReceivedWebhookResponse(ResponseBody, frozen=True):
    """A webhook that was received. What it says is not shown: it may be about a person."""

    example: ClassVar = {
        "id": "01977f6e-8c00-7000-8000-00000000002a",
        "provider": "delivery-reports",
        "event": "msg_2KWPBgLlAfxdpx2AI54pPJ85f4W",
        "received_at": "2027-06-12T09:14:02Z",
        "status": "processed",
        "replays": 0,
    }
    id: UUID
    provider: Annotated[str, Meta(description="Who sent it.")]
    event: Annotated[str, Meta(description="The provider's id of it.")]
    received_at: Annotated[Instant, Meta(description="When it was stored.")]
    status: Annotated[
        WebhookStatus,
        Meta(description="`ignored` is about nothing of yours, `failed` has a failed job."),
    ]
    replays: Annotated[int, Meta(description="How often it was processed anew.")]

    @staticmethod
    def of(one: ReceivedWebhook) -> "ReceivedWebhookResponse":
        return ReceivedWebhookResponse(
            one.webhook_id, one.provider, one.event_id, one.received_at, one.status, one.replays
        )


class ReceivedWebhookListResponse(ResponseBody, frozen=True):
    """The newest received webhooks."""

    example: ClassVar = {"webhooks": [ReceivedWebhookResponse.example]}
    webhooks: Annotated[
        tuple[ReceivedWebhookResponse, ...], Meta(description="The newest thousand.")
    ]


class ReplayedResponse(ResponseBody, frozen=True):
    """How many are processed anew."""

    example: ClassVar = {"webhooks": 1}
    webhooks: Annotated[int, Meta(description="How many there are of those.")]
