"""Webhooks as requests describe them."""

from typing import Annotated, ClassVar

import msgspec
from msgspec import Meta

from fullhouse.booking.limits import PAGE_ROWS_DEFAULT, PAGE_ROWS_MAX
from fullhouse.http.operations.bodies import RequestBody
from fullhouse.http.request import whole_number
from fullhouse.kernel.errors import InvalidInput
from fullhouse.kernel.timespan import Instant, storable
from fullhouse.messages.actions.change_webhooks import Again, EndpointSpec
from fullhouse.messages.limits import WEBHOOK_KINDS_MAX, WEBHOOK_URL_CHARACTERS_MAX
from fullhouse.messages.model.webhooks import DeliveryStatus, WebhookEndpoint
from fullhouse.messages.webhook_reads import DeliverySearch

EventId = Annotated[str, Meta(max_length=20, pattern=r"^[0-9]{1,19}(?!\n)$", examples=["4711"])]


class WebhookRequest(RequestBody, frozen=True):
    """Where events are sent. `kinds` are those of `listEvents`; without any all are sent."""

    examples: ClassVar = {
        "bookings": {
            "url": "https://example.org/hooks/fullhouse",
            "kinds": ["Booked", "Rescheduled", "Cancelled"],
        }
    }
    url: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=WEBHOOK_URL_CHARACTERS_MAX,
            extra_json_schema={"format": "uri"},
        ),
    ]
    kinds: Annotated[
        tuple[Annotated[str, Meta(max_length=60)], ...], Meta(max_length=WEBHOOK_KINDS_MAX)
    ] = ()
    enabled: Annotated[
        bool, Meta(description="While false, events wait and are sent once it is true again.")
    ] = True

    def read(self) -> EndpointSpec:
        return EndpointSpec(self.url, self.kinds, self.enabled)

    @staticmethod
    def of(endpoint: WebhookEndpoint) -> "WebhookRequest":
        return WebhookRequest(endpoint.url, endpoint.kinds, enabled=endpoint.disabled_at is None)


class SendAgainRequest(RequestBody, frozen=True):
    """Either one `event` by its id, or those recorded from `since` until before `until`."""

    examples: ClassVar = {
        "one event": {"event": "4711"},
        "an afternoon": {
            "since": "2027-06-12T12:00:00Z",
            "until": "2027-06-12T18:00:00Z",
            "only_failed": True,
        },
    }
    event: EventId | None = None
    since: Instant | None = None
    until: Instant | None = None
    only_failed: bool = False

    def read(self) -> Again:
        """Raises `InvalidInput` unless it is one or the other."""
        if (self.event is None) == (self.since is None or self.until is None):
            raise InvalidInput("Send one `event`, or both `since` and `until`.", field="event")
        return Again(
            event_seq_of(self.event),
            self.since and storable(self.since),
            self.until and storable(self.until),
            self.only_failed,
        )


class DeliveriesQuery(msgspec.Struct, frozen=True):
    """Which deliveries of a webhook."""

    status: DeliveryStatus | None = None
    before: Annotated[
        EventId | None, Meta(description="`next` of the page before: older events.")
    ] = None
    limit: Annotated[int, Meta(ge=1, le=PAGE_ROWS_MAX)] = PAGE_ROWS_DEFAULT

    def read(self) -> DeliverySearch:
        return DeliverySearch(self.limit, self.status, event_seq_of(self.before))


def event_seq_of(text: str | None) -> int | None:
    """Raises `InvalidInput` for an id that no event can have."""
    if text is None:
        return None
    number = whole_number(text)
    if number is None:
        raise InvalidInput("This is no id of an event.", field="event")
    return number
