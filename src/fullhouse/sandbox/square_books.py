"""Square's books: payments and refunds with their rules, and the events that tell of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final, Literal, TypeVar

import msgspec
from msgspec.structs import replace

from fullhouse.sandbox import signatures
from fullhouse.sandbox.callbacks import Callback
from fullhouse.sandbox.provider import (
    Provider,
    ProviderAnswer,
    ServiceConfig,
    json_answer,
    remember,
)
from fullhouse.sandbox.square_model import (
    PaymentRequest,
    PaymentStatus,
    RefundRequest,
    SquareEvent,
    SquareMoney,
    SquarePayment,
    SquareRefund,
    period_of,
)

T = TypeVar("T")

MERCHANT: Final = "SANDBOXMERCHANT"
LOCATION: Final = "SANDBOXLOCATION"
_CATEGORIES: Final = {
    401: "AUTHENTICATION_ERROR",
    402: "PAYMENT_METHOD_ERROR",
    429: "RATE_LIMIT_ERROR",
    500: "API_ERROR",
    503: "API_ERROR",
}


class SquareConfig(ServiceConfig, frozen=True, forbid_unknown_fields=True):
    """`key` is the access token that requests must have, if any.

    Webhooks go to `webhook_url`, which is signed too.
    """

    key: str = ""
    webhook_url: str = ""
    signature_key: str = "sandbox-signature-key"


class SquareRefused(Exception):
    """A refusal in Square's form."""

    def __init__(self, status: int, code: str, *, field: str = "") -> None:
        super().__init__(code)
        self.answer = square_errors(status, code, field=field)


def square_errors(status: int, code: str, *, detail: str = "", field: str = "") -> ProviderAnswer:
    """The form of all errors."""
    category = _CATEGORIES.get(status, "INVALID_REQUEST_ERROR")
    if code.startswith("REFUND"):
        category = "REFUND_ERROR"
    error = {"category": category, "code": code, "detail": detail or code.replace("_", " ").lower()}
    return json_answer({"errors": [error | ({"field": field} if field else {})]}, status)


def found(items: Mapping[str, T], key: str) -> T:
    """The item with this id; raises `SquareRefused`."""
    if key not in items:
        raise SquareRefused(HTTPStatus.NOT_FOUND, "NOT_FOUND")
    return items[key]


@dataclass(slots=True)
class SquareBooks:
    """What was paid and refunded. Every change is an event, also when its webhook is lost."""

    provider: Provider
    payments: dict[str, SquarePayment] = field(default_factory=dict)
    ids_by_key: dict[str, str] = field(default_factory=dict)
    refunds: dict[str, SquareRefund] = field(default_factory=dict)
    events: dict[str, SquareEvent] = field(default_factory=dict)

    def clear(self) -> None:
        """Forget all."""
        for held in (self.payments, self.ids_by_key, self.refunds, self.events):
            held.clear()

    def all_payments(self) -> list[SquarePayment]:
        """As they are now, the oldest first."""
        now = self.provider.clock.now()
        return [each.settled(now) for each in self.payments.values()]

    def payment(self, payment_id: str) -> SquarePayment:
        """As it is now; raises `SquareRefused`."""
        return found(self.payments, payment_id).settled(self.provider.clock.now())

    def approved(self, payment_id: str) -> SquarePayment:
        """One that can be captured or voided; raises `SquareRefused`."""
        payment = self.payment(payment_id)
        if payment.status != "APPROVED":
            raise SquareRefused(HTTPStatus.BAD_REQUEST, "BAD_REQUEST", field="payment_id")
        return payment

    def pay(self, request: PaymentRequest, *, is_declined: bool) -> SquarePayment:
        """Record a payment; raises `SquareRefused`."""
        now = self.provider.clock.now()
        period = period_of(request.delay_duration)
        if period is None:
            raise SquareRefused(HTTPStatus.BAD_REQUEST, "INVALID_VALUE", field="delay_duration")
        status: PaymentStatus = "COMPLETED" if request.autocomplete else "APPROVED"
        is_open = status == "APPROVED" and not is_declined
        payment = SquarePayment(
            id=self.provider.new_id(),
            status="FAILED" if is_declined else status,
            amount_money=request.amount_money,
            total_money=request.amount_money,
            created_at=now,
            updated_at=now,
            version_token=self.provider.new_id(),
            location_id=request.location_id or LOCATION,
            order_id=request.order_id or self.provider.new_id(),
            reference_id=request.reference_id,
            customer_id=request.customer_id,
            note=request.note,
            buyer_email_address=request.buyer_email_address,
            approved_money=None if is_declined else request.amount_money,
            delay_duration=request.delay_duration if is_open else None,
            delay_action=request.delay_action if is_open else None,
            delayed_until=now + period if is_open else None,
        )
        remember(self.payments, payment.id, payment)
        remember(self.ids_by_key, request.idempotency_key, payment.id)
        return payment

    def end(self, payment: SquarePayment, status: PaymentStatus) -> SquarePayment:
        """Capture or void it."""
        return self._changed(replace(payment, status=status))

    def refund(
        self, payment: SquarePayment, request: RefundRequest
    ) -> tuple[SquareRefund, SquarePayment]:
        """Refund at most what is left of it, completed at once; raises `SquareRefused`."""
        before = payment.refunded_money.amount if payment.refunded_money else 0
        amount, paid = request.amount_money, payment.amount_money
        is_left = amount.currency == paid.currency and 0 < amount.amount <= paid.amount - before
        if payment.status != "COMPLETED" or not is_left:
            raise SquareRefused(
                HTTPStatus.BAD_REQUEST, "REFUND_AMOUNT_INVALID", field="amount_money.amount"
            )
        now = self.provider.clock.now()
        refund = SquareRefund(
            id=self.provider.new_id(f"{payment.id}_"),
            payment_id=payment.id,
            status="COMPLETED",
            amount_money=amount,
            created_at=now,
            updated_at=now,
            location_id=payment.location_id,
            order_id=payment.order_id,
            reason=request.reason,
        )
        remember(self.refunds, refund.id, refund)
        refunded = SquareMoney(before + amount.amount, paid.currency)
        ids = (*payment.refund_ids, refund.id)
        return refund, self._changed(replace(payment, refunded_money=refunded, refund_ids=ids))

    def record(self, kind: str, item: SquarePayment | SquareRefund) -> SquareEvent:
        """The event of a payment or refund that was created or updated."""
        name: Literal["payment", "refund"] = "payment"
        if isinstance(item, SquareRefund):
            name = "refund"
        event = SquareEvent(
            merchant_id=MERCHANT,
            location_id=item.location_id,
            type=f"{name}.{kind}",
            event_id=self.provider.new_id(),
            created_at=self.provider.clock.now(),
            data={"type": name, "id": item.id, "object": {name: item}},
        )
        remember(self.events, event.event_id, event)
        return event

    def _changed(self, payment: SquarePayment) -> SquarePayment:
        changed = replace(
            payment, updated_at=self.provider.clock.now(), version_token=self.provider.new_id()
        )
        self.payments[payment.id] = changed
        return changed


def square_webhook(event: SquareEvent, config: SquareConfig) -> Callback:
    """An event as it is sent to the address of the settings."""
    url = config.webhook_url
    return Callback(
        url=url,
        body=msgspec.json.encode(event),
        secret=config.signature_key,
        sign=lambda secret, body: signatures.square(secret, body, url=url),
        headers={
            "square-environment": "Sandbox",
            "square-initial-delivery-timestamp": event.created_at.isoformat(),
        },
        count_header="square-retry-number",
    )
