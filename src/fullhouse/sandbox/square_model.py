"""What Square keeps and what it is asked for: https://developer.squareup.com/reference/square."""

import re
from datetime import datetime, timedelta
from typing import Annotated, Final, Literal

from msgspec import Meta, Struct
from msgspec.structs import replace

PaymentStatus = Literal["APPROVED", "COMPLETED", "CANCELED", "FAILED"]
IdempotencyKey = Annotated[str, Meta(min_length=1, max_length=45)]
OrderKey = Annotated[str, Meta(min_length=1, max_length=192)]

DECLINES: Final = {
    "cnon:card-nonce-declined": "GENERIC_DECLINE",
    "cnon:card-nonce-rejected-cvv": "CVV_FAILURE",
    "cnon:card-nonce-rejected-postalcode": "ADDRESS_VERIFICATION_FAILURE",
    "cnon:card-nonce-rejected-expiration": "INVALID_EXPIRATION",
    "cnon:card-nonce-insufficient-funds": "INSUFFICIENT_FUNDS",
}
"""Cards of the sandbox that are declined; every other source is paid."""
_PERIOD: Final = re.compile(r"P(?:(\d{1,3})D)?(?:T(?:(\d{1,4})H)?(?:(\d{1,5})M)?(?:(\d{1,6})S)?)?")


class SquareMoney(Struct, frozen=True):
    """In minor units."""

    amount: Annotated[int, Meta(ge=0, le=10**12)]
    currency: Annotated[str, Meta(pattern="^[A-Z]{3}$")] = "USD"


class SquarePayment(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A payment; `version_token` changes with it."""

    id: str
    status: PaymentStatus
    amount_money: SquareMoney
    total_money: SquareMoney
    created_at: datetime
    updated_at: datetime
    version_token: str
    location_id: str
    source_type: str = "CARD"
    order_id: str | None = None
    reference_id: str | None = None
    customer_id: str | None = None
    note: str | None = None
    buyer_email_address: str | None = None
    approved_money: SquareMoney | None = None
    refunded_money: SquareMoney | None = None
    refund_ids: tuple[str, ...] = ()
    delay_duration: str | None = None
    delay_action: Literal["CANCEL", "COMPLETE"] | None = None
    delayed_until: datetime | None = None

    def settled(self, now: datetime) -> "SquarePayment":
        """As it is now: an authorisation whose time has passed is cancelled or completed."""
        if self.status != "APPROVED" or self.delayed_until is None or now < self.delayed_until:
            return self
        status: PaymentStatus = "COMPLETED" if self.delay_action == "COMPLETE" else "CANCELED"
        return replace(self, status=status, updated_at=self.delayed_until)


class PaymentBounds(Struct, frozen=True):
    """The query of `GET /v2/payments`."""

    begin_time: datetime | None = None
    end_time: datetime | None = None
    updated_at_begin_time: datetime | None = None
    updated_at_end_time: datetime | None = None
    location_id: str | None = None

    def finds(self, payment: SquarePayment) -> bool:
        """Whether it is asked for; bounds are inclusive."""
        created, updated = payment.created_at, payment.updated_at
        return (
            (self.location_id is None or self.location_id == payment.location_id)
            and (self.begin_time or created) <= created <= (self.end_time or created)
            and (self.updated_at_begin_time or updated) <= updated
            and updated <= (self.updated_at_end_time or updated)
        )


class SquareRefund(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A refund of a payment."""

    id: str
    payment_id: str
    status: Literal["PENDING", "COMPLETED", "REJECTED", "FAILED"]
    amount_money: SquareMoney
    created_at: datetime
    updated_at: datetime
    location_id: str
    order_id: str | None = None
    reason: str | None = None


class PaymentRequest(Struct, frozen=True, kw_only=True):
    """`POST /v2/payments`."""

    source_id: Annotated[str, Meta(min_length=1)]
    idempotency_key: IdempotencyKey
    amount_money: SquareMoney
    autocomplete: bool = True
    delay_duration: str = "P7D"
    delay_action: Literal["CANCEL", "COMPLETE"] = "CANCEL"
    order_id: str | None = None
    location_id: str | None = None
    reference_id: Annotated[str, Meta(max_length=40)] | None = None
    customer_id: str | None = None
    note: Annotated[str, Meta(max_length=500)] | None = None
    buyer_email_address: Annotated[str, Meta(max_length=255)] | None = None


class CancelRequest(Struct, frozen=True):
    """`POST /v2/payments/cancel`: of a payment whose outcome is unknown."""

    idempotency_key: IdempotencyKey


class RefundRequest(Struct, frozen=True, kw_only=True):
    """`POST /v2/refunds`."""

    idempotency_key: IdempotencyKey
    amount_money: SquareMoney
    payment_id: str
    reason: Annotated[str, Meta(max_length=192)] | None = None
    payment_version_token: str | None = None


class QuickPay(Struct, frozen=True):
    """What a payment link is for."""

    name: str
    price_money: SquareMoney
    location_id: str = ""


class CheckoutOptions(Struct, frozen=True, omit_defaults=True):
    """Where a payer is sent afterwards."""

    redirect_url: str | None = None


class PaymentLinkRequest(Struct, frozen=True, kw_only=True):
    """`POST /v2/online-checkout/payment-links`."""

    quick_pay: QuickPay
    idempotency_key: OrderKey | None = None
    description: str | None = None
    checkout_options: CheckoutOptions | None = None
    payment_note: Annotated[str, Meta(max_length=500)] | None = None


class PaymentLink(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A hosted checkout; it has an order, which its payment names."""

    id: str
    version: int = 1
    order_id: str
    url: str
    long_url: str
    created_at: datetime
    description: str | None = None
    checkout_options: CheckoutOptions | None = None
    payment_note: str | None = None


class SquareEvent(Struct, frozen=True, kw_only=True):
    """A webhook, and what the search of events finds."""

    merchant_id: str
    location_id: str
    type: str
    event_id: str
    created_at: datetime
    data: dict[str, object]


class EventsFilter(Struct, frozen=True, omit_defaults=True):
    """Which events are searched."""

    event_types: tuple[str, ...] | None = None
    merchant_ids: tuple[str, ...] | None = None
    location_ids: tuple[str, ...] | None = None
    created_at: dict[str, datetime] | None = None
    """`start_at` and `end_at`."""

    def finds(self, event: SquareEvent) -> bool:
        """Whether the event is of what is searched."""
        during = self.created_at or {}
        return (
            (not self.event_types or event.type in self.event_types)
            and (not self.merchant_ids or event.merchant_id in self.merchant_ids)
            and (not self.location_ids or event.location_id in self.location_ids)
            and during.get("start_at", event.created_at) <= event.created_at
            and event.created_at <= during.get("end_at", event.created_at)
        )


class EventSearch(Struct, frozen=True):
    """The query of the search of events."""

    filter: EventsFilter = EventsFilter()


class EventsRequest(Struct, frozen=True):
    """`POST /v2/events`."""

    query: EventSearch = EventSearch()
    cursor: str | None = None
    limit: Annotated[int, Meta(ge=1, le=100)] = 100


def period_of(text: str) -> timedelta | None:
    """A duration by ISO 8601 as Square takes it; None for another text."""
    found = _PERIOD.fullmatch(text)
    if found is None or not any(found.groups()):
        return None
    days, hours, minutes, seconds = (int(each or 0) for each in found.groups())
    return timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
