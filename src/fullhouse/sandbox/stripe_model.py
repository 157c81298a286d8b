"""What Stripe keeps and what it is asked for: https://docs.stripe.com/api."""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Final, Literal
from urllib.parse import parse_qsl

from msgspec import Meta, Struct
from msgspec.structs import replace

IntentStatus = Literal[
    "requires_payment_method",
    "requires_confirmation",
    "requires_action",
    "requires_capture",
    "canceled",
    "succeeded",
]
CaptureMethod = Literal["automatic", "automatic_async", "manual"]
Amount = Annotated[int, Meta(ge=1, le=99_999_999)]
Currency = Annotated[str, Meta(pattern="^[A-Za-z]{3}$")]
Metadata = Annotated[dict[str, Annotated[str, Meta(max_length=500)]], Meta(max_length=50)]

DECLINES: Final = {
    "pm_card_chargeDeclined": "generic_decline",
    "pm_card_visa_chargeDeclined": "generic_decline",
    "pm_card_chargeDeclinedInsufficientFunds": "insufficient_funds",
    "pm_card_visa_chargeDeclinedInsufficientFunds": "insufficient_funds",
    "pm_card_chargeDeclinedExpiredCard": "expired_card",
}
"""Payment methods that are declined; every other is paid."""
ASKS_FIRST: Final = "pm_card_authenticationRequired"
"""Its payer has to confirm it elsewhere."""
SESSION_SECONDS_MIN: Final = int(timedelta(minutes=30).total_seconds())
SESSION_SECONDS_MAX: Final = int(timedelta(hours=24).total_seconds())
_KEY: Final = re.compile(r"\[([^\]]*)\]")
_CLAUSE: Final = re.compile(r"""(?:metadata\[['"](\w+)['"]\]|(\w+))\s*:\s*['"]([^'"]*)['"]""")


class StripeIntent(Struct, frozen=True, kw_only=True):
    """A payment intent."""

    id: str
    object: str = "payment_intent"
    amount: int
    amount_capturable: int = 0
    amount_received: int = 0
    currency: str
    status: IntentStatus
    capture_method: CaptureMethod
    client_secret: str
    created: int
    canceled_at: int | None = None
    cancellation_reason: str | None = None
    description: str | None = None
    last_payment_error: dict[str, str] | None = None
    latest_charge: str | None = None
    livemode: bool = False
    metadata: dict[str, str] = {}
    payment_method: str | None = None
    receipt_email: str | None = None

    def is_found(self, query: str) -> bool:
        """Whether a search finds it: `metadata['k']:'v'` and `status:'…'`, joined by AND."""
        return all(
            (self.metadata.get(key) if key else getattr(self, member, None)) == value
            for key, member, value in _CLAUSE.findall(query)
        )


class StripeRefund(Struct, frozen=True, kw_only=True):
    """A refund, which succeeds at once."""

    id: str
    object: str = "refund"
    amount: int
    charge: str | None
    created: int
    currency: str
    metadata: dict[str, str]
    payment_intent: str
    reason: str | None
    status: str = "succeeded"


class StripeSession(Struct, frozen=True, kw_only=True):
    """A hosted checkout."""

    id: str
    object: str = "checkout.session"
    amount_total: int
    cancel_url: str | None
    client_reference_id: str | None
    created: int
    currency: str
    customer_email: str | None
    expires_at: int
    livemode: bool = False
    metadata: dict[str, str]
    mode: str = "payment"
    payment_intent: str | None = None
    payment_status: Literal["paid", "unpaid"] = "unpaid"
    status: Literal["open", "complete", "expired"] = "open"
    success_url: str | None
    url: str | None

    def settled(self, now: int) -> "StripeSession":
        """As it is now: expired when its time has passed."""
        if self.status != "open" or now < self.expires_at:
            return self
        return replace(self, status="expired", url=None)


class StripeEvent(Struct, frozen=True, kw_only=True):
    """A webhook, and what `GET /v1/events` lists."""

    id: str
    api_version: str
    created: int
    data: dict[str, Struct]
    object: str = "event"
    livemode: bool = False
    pending_webhooks: int = 1
    request: dict[str, str | None]
    type: str


class IntentParameters(Struct, frozen=True, kw_only=True):
    """`POST /v1/payment_intents`."""

    amount: Amount
    currency: Currency
    capture_method: CaptureMethod = "automatic"
    confirm: bool = False
    description: str | None = None
    metadata: Metadata = {}
    payment_method: str | None = None
    receipt_email: str | None = None


class ConfirmParameters(Struct, frozen=True):
    """`POST …/confirm`."""

    payment_method: str | None = None


class CaptureParameters(Struct, frozen=True):
    """`POST …/capture`: all, or a part of it."""

    amount_to_capture: Amount | None = None


class CancelParameters(Struct, frozen=True):
    """`POST …/cancel`."""

    cancellation_reason: (
        Literal["duplicate", "fraudulent", "requested_by_customer", "abandoned"] | None
    ) = None


class RefundParameters(Struct, frozen=True, kw_only=True):
    """`POST /v1/refunds`."""

    payment_intent: str
    amount: Amount | None = None
    metadata: Metadata = {}
    reason: Literal["duplicate", "fraudulent", "requested_by_customer"] | None = None


class ProductData(Struct, frozen=True):
    """What is bought."""

    name: str


class PriceData(Struct, frozen=True):
    """What one of it costs."""

    currency: Currency
    unit_amount: Amount
    product_data: ProductData


class LineItem(Struct, frozen=True):
    """A line of a checkout."""

    price_data: PriceData
    quantity: Annotated[int, Meta(ge=1)] = 1


class IntentData(Struct, frozen=True):
    """What the payment intent of a checkout will have."""

    capture_method: CaptureMethod = "automatic"
    description: str | None = None
    metadata: Metadata = {}


class SessionParameters(Struct, frozen=True, kw_only=True):
    """`POST /v1/checkout/sessions`."""

    line_items: Annotated[list[LineItem], Meta(min_length=1, max_length=100)]
    mode: Literal["payment"]
    cancel_url: str | None = None
    client_reference_id: Annotated[str, Meta(max_length=200)] | None = None
    customer_email: str | None = None
    expires_at: int | None = None
    metadata: Metadata = {}
    payment_intent_data: IntentData = IntentData()
    success_url: str | None = None


class EventsParameters(Struct, frozen=True, kw_only=True):
    """The query of `GET /v1/events`."""

    type: str | None = None
    types: list[str] | None = None
    created: dict[Literal["gt", "gte", "lt", "lte"], int] = {}
    delivery_success: bool | None = None
    limit: Annotated[int, Meta(ge=1, le=100)] = 10
    starting_after: str | None = None

    def finds(self, event: StripeEvent, *, is_delivered: bool) -> bool:
        """Whether the event is asked for."""
        at, bounds = event.created, self.created
        return (
            (self.type is None or event.type == self.type)
            and (self.types is None or event.type in self.types)
            and (self.delivery_success is None or self.delivery_success == is_delivered)
            and bounds.get("gte", at) <= at <= bounds.get("lte", at)
            and bounds.get("gt", at - 1) < at < bounds.get("lt", at + 1)
        )


def form_of(text: str) -> dict[str, object]:
    """A form or query as Stripe nests it: `metadata[booking]=7&types[]=a&types[1]=b`."""
    root: dict[str, object] = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        *outer, last = [name.partition("[")[0], *_KEY.findall(name)]
        place = root
        for key in outer:
            inner = place.setdefault(key, {})
            if not isinstance(inner, dict):
                inner = place[key] = dict[str, object]()
            place = inner
        place[last or str(len(place))] = value
    return {key: _with_lists(value) for key, value in root.items()}


def _with_lists(value: object) -> object:
    if not isinstance(value, Mapping):
        return value
    inner = {str(key): _with_lists(each) for key, each in value.items()}
    is_list = bool(inner) and all(key.isdecimal() for key in inner)
    return list(inner.values()) if is_list else inner
