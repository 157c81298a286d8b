"""Responses about webhooks."""

from collections.abc import Sequence
from typing import Annotated, ClassVar
from uuid import UUID

from msgspec import Meta, Struct

from fullhouse.entrypoints.outputs.fields import Url
from fullhouse.http.operations.bodies import ResponseBody, VersionedBody
from fullhouse.kernel.timespan import Instant
from fullhouse.messages.model.webhooks import DeliveryStatus, WebhookEndpoint
from fullhouse.messages.webhook_reads import WebhookAttempt, WebhookDelivery

_DISABLED: str = "`gone` (it answered 410), `failing` (for three days), `manual`, or empty."


class WebhookResponse(VersionedBody, frozen=True, kw_only=True):
    """Where events are sent, and how it goes."""

    example: ClassVar = {
        "id": "01977f6e-9100-7000-8000-00000000000a",
        "url": "https://example.org/hooks/fullhouse",
        "kinds": ["Booked", "Rescheduled", "Cancelled"],
        "enabled": True,
        "disabled_reason": "",
        "failing_since": "2027-06-12T09:14:02Z",
        "undelivered": 0,
        "created_at": "2027-06-10T19:02:11Z",
        "version": 1,
    }
    id: UUID
    url: Url
    kinds: tuple[str, ...]
    enabled: bool
    disabled_reason: Annotated[str, Meta(description=_DISABLED)]
    failing_since: Annotated[
        Instant | None, Meta(description="When the first attempt failed since the last success.")
    ]
    undelivered: Annotated[int, Meta(description="Events that wait or are tried again.")]
    created_at: Instant

    @staticmethod
    def of(endpoint: WebhookEndpoint) -> "WebhookResponse":
        return WebhookResponse(
            id=endpoint.endpoint_id,
            url=endpoint.url,
            kinds=endpoint.kinds,
            enabled=endpoint.disabled_at is None,
            disabled_reason=endpoint.disabled_reason,
            failing_since=endpoint.failing_since,
            undelivered=endpoint.undelivered,
            created_at=endpoint.created_at,
            version=endpoint.version,
        )


class WebhookListResponse(ResponseBody, frozen=True):
    """The webhooks of a business, the oldest first."""

    example: ClassVar = {"webhooks": [WebhookResponse.example]}
    webhooks: tuple[WebhookResponse, ...]


class WebhookSecretResponse(ResponseBody, frozen=True):
    """What requests are signed with, as libraries for Standard Webhooks take it."""

    example: ClassVar = {"secret": "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3"}
    secret: str


class SentAgainResponse(ResponseBody, frozen=True):
    """How many events are sent again."""

    example: ClassVar = {"events": 12}
    events: int


class AttemptResponse(Struct, frozen=True):
    """An attempt to send an event. `status` is that of the answer, null without one."""

    at: Instant
    seconds: float
    status: int | None
    answer: Annotated[str, Meta(description="The beginning of the answer, or why there was none.")]


class DeliveryResponse(Struct, frozen=True):
    """An event, and every attempt to send it."""

    event: str
    kind: str
    subject: UUID
    status: DeliveryStatus
    created_at: Instant
    ended_at: Instant | None
    attempts: tuple[AttemptResponse, ...]


class DeliveryListResponse(ResponseBody, frozen=True):
    """A page of deliveries, the newest first; `next` is the `before` of the page after it."""

    example: ClassVar = {
        "deliveries": [
            {
                "event": "4711",
                "kind": "Booked",
                "subject": "01977f6e-9000-7000-8000-000000000f01",
                "status": "delivered",
                "created_at": "2027-06-10T19:02:11Z",
                "ended_at": "2027-06-10T19:02:17Z",
                "attempts": [
                    {
                        "at": "2027-06-10T19:02:11Z",
                        "seconds": 10.0,
                        "status": None,
                        "answer": "does not answer in time",
                    },
                    {
                        "at": "2027-06-10T19:02:16Z",
                        "seconds": 0.2,
                        "status": 204,
                        "answer": "",
                    },
                ],
            }
        ],
        "next": "4711",
    }
    deliveries: tuple[DeliveryResponse, ...]
    next: str | None

    @staticmethod
    def of(
        found: Sequence[tuple[WebhookDelivery, Sequence[WebhookAttempt]]], *, limit: int
    ) -> "DeliveryListResponse":
        shown = tuple(_delivery(one, attempts) for one, attempts in found)
        return DeliveryListResponse(shown, shown[-1].event if len(shown) == limit else None)


def _delivery(one: WebhookDelivery, attempts: Sequence[WebhookAttempt]) -> DeliveryResponse:
    return DeliveryResponse(
        event=str(one.event_seq),
        kind=one.kind,
        subject=one.subject,
        status=one.status,
        created_at=one.created_at,
        ended_at=one.ended_at,
        attempts=tuple(
            AttemptResponse(each.at, each.seconds, each.status_code, each.answer)
            for each in attempts
        ),
    )
