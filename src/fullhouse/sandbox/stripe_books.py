"""Stripe's books: payment intents, refunds and checkouts with their rules, and their events."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final, TypeVar

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
from fullhouse.sandbox.stripe_model import (
    ASKS_FIRST,
    DECLINES,
    SESSION_SECONDS_MAX,
    SESSION_SECONDS_MIN,
    CancelParameters,
    IntentParameters,
    IntentStatus,
    RefundParameters,
    SessionParameters,
    StripeEvent,
    StripeIntent,
    StripeRefund,
    StripeSession,
)

T = TypeVar("T")

API_VERSION: Final = "2026-06-24.dahlia"
_OPEN: Final = frozenset(
    {"requires_payment_method", "requires_confirmation", "requires_action", "requires_capture"}
)
_TYPES: Final = {402: "card_error", 401: "invalid_request_error", 429: "rate_limit_error"}


class StripeConfig(ServiceConfig, frozen=True, forbid_unknown_fields=True):
    """`key` is the secret key that requests must have, if any; webhooks go to `webhook_url`."""

    key: str = ""
    webhook_url: str = ""
    secret: str = "whsec_sandbox"  # noqa: S105 - published on purpose


class StripeRefused(Exception):
    """A refusal in Stripe's form."""

    def __init__(self, status: int, message: str, **members: object) -> None:
        super().__init__(message)
        self.answer = stripe_error(status, message, **members)


def stripe_error(status: int, message: str, **members: object) -> ProviderAnswer:
    """The form of all errors."""
    server = status >= HTTPStatus.INTERNAL_SERVER_ERROR
    kind = _TYPES.get(status, "api_error" if server else "invalid_request_error")
    return json_answer({"error": {"type": kind, "message": message, **members}}, status)


def found_item(items: Mapping[str, T], key: str) -> T:
    """The item with this id; raises `StripeRefused`."""
    if key not in items:
        code = "resource_missing"
        raise StripeRefused(HTTPStatus.NOT_FOUND, f"No such object: '{key}'", code=code, param="id")
    return items[key]


@dataclass(slots=True)
class StripeBooks:
    """What was paid and refunded. Every change is an event, also when its webhook is lost."""

    provider: Provider
    intents: dict[str, StripeIntent] = field(default_factory=dict)
    refunds: dict[str, StripeRefund] = field(default_factory=dict)
    sessions: dict[str, StripeSession] = field(default_factory=dict)
    orders: dict[str, SessionParameters] = field(default_factory=dict)
    """What each checkout is for."""
    events: dict[str, StripeEvent] = field(default_factory=dict)
    delivered: dict[str, bool] = field(default_factory=dict)
    """Events whose webhook was taken."""

    def clear(self) -> None:
        """Forget all."""
        for held in (self.intents, self.refunds, self.sessions, self.orders):
            held.clear()
        self.events.clear()
        self.delivered.clear()

    @property
    def now(self) -> int:
        """In Unix seconds."""
        return int(self.provider.clock.now().timestamp())

    def create(self, given: IntentParameters) -> StripeIntent:
        """A payment intent that is not confirmed yet."""
        intent_id = self.provider.new_id("pi_")
        has_method = given.payment_method is not None
        intent = StripeIntent(
            id=intent_id,
            amount=given.amount,
            currency=given.currency.lower(),
            status="requires_confirmation" if has_method else "requires_payment_method",
            capture_method=given.capture_method,
            client_secret=f"{intent_id}_secret_{self.provider.new_id()}",
            created=self.now,
            description=given.description,
            metadata=given.metadata,
            payment_method=given.payment_method,
            receipt_email=given.receipt_email,
        )
        remember(self.intents, intent.id, intent)
        return intent

    def confirm(self, intent: StripeIntent, method: str | None) -> StripeIntent:
        """Charge or authorise it; a declined card leaves it open, with `last_payment_error`."""
        method = method or intent.payment_method
        if intent.status not in _OPEN - {"requires_capture"} or method is None:
            raise self._unexpected(intent)
        declined = DECLINES.get(method)
        if declined is not None:
            error = {"type": "card_error", "code": "card_declined", "decline_code": declined}
            return self._change(intent, "requires_payment_method", last_payment_error=error)
        if method == ASKS_FIRST and intent.status != "requires_action":
            return self._change(intent, "requires_action", payment_method=method)
        charge = self.provider.new_id("ch_")
        paid = {"payment_method": method, "latest_charge": charge, "last_payment_error": None}
        if intent.capture_method == "manual":
            return self._change(intent, "requires_capture", amount_capturable=intent.amount, **paid)
        return self._change(intent, "succeeded", amount_received=intent.amount, **paid)

    def capture(self, intent: StripeIntent, amount: int | None) -> StripeIntent:
        """Take all that was authorised, or a part; the rest is released."""
        amount = intent.amount_capturable if amount is None else amount
        if intent.status != "requires_capture":
            raise self._unexpected(intent)
        if amount > intent.amount_capturable:
            raise StripeRefused(400, "More than can be captured.", code="amount_too_large")
        return self._change(intent, "succeeded", amount_capturable=0, amount_received=amount)

    def cancel(self, intent: StripeIntent, given: CancelParameters) -> StripeIntent:
        """Void it; what has succeeded is refunded instead."""
        if intent.status not in _OPEN:
            raise self._unexpected(intent)
        reason = given.cancellation_reason
        return self._change(
            intent,
            "canceled",
            amount_capturable=0,
            canceled_at=self.now,
            cancellation_reason=reason,
        )

    def refund(self, given: RefundParameters) -> StripeRefund:
        """Refund at most what is left; raises `StripeRefused`."""
        intent = found_item(self.intents, given.payment_intent)
        before = sum(
            each.amount for each in self.refunds.values() if each.payment_intent == intent.id
        )
        left = intent.amount_received - before
        if left <= 0:
            code = "charge_already_refunded" if before else "resource_missing"
            raise StripeRefused(400, "There is nothing to refund.", code=code)
        amount = left if given.amount is None else given.amount
        if amount > left:
            raise StripeRefused(400, "More than is left of the charge.", param="amount")
        refund = StripeRefund(
            id=self.provider.new_id("re_"),
            amount=amount,
            charge=intent.latest_charge,
            created=self.now,
            currency=intent.currency,
            metadata=given.metadata,
            payment_intent=intent.id,
            reason=given.reason,
        )
        remember(self.refunds, refund.id, refund)
        return refund

    def open_session(self, given: SessionParameters, base_url: str) -> StripeSession:
        """A checkout at an address of the sandbox; raises `StripeRefused`."""
        lasts = SESSION_SECONDS_MAX if given.expires_at is None else given.expires_at - self.now
        if not SESSION_SECONDS_MIN <= lasts <= SESSION_SECONDS_MAX:
            raise StripeRefused(
                400, "Between 30 minutes and 24 hours from now.", param="expires_at"
            )
        session_id = self.provider.new_id("cs_test_")
        session = StripeSession(
            id=session_id,
            amount_total=sum(
                item.price_data.unit_amount * item.quantity for item in given.line_items
            ),
            cancel_url=given.cancel_url,
            client_reference_id=given.client_reference_id,
            created=self.now,
            currency=given.line_items[0].price_data.currency.lower(),
            customer_email=given.customer_email,
            expires_at=self.now + lasts,
            metadata=given.metadata,
            success_url=given.success_url,
            url=f"{base_url}/{session_id}",
        )
        remember(self.sessions, session_id, session)
        remember(self.orders, session_id, given)
        return session

    def session(self, session_id: str) -> StripeSession:
        """As it is now; raises `StripeRefused`."""
        return found_item(self.sessions, session_id).settled(self.now)

    def expire(self, session_id: str) -> StripeSession:
        """End an open checkout; raises `StripeRefused`."""
        session = self.session(session_id)
        if session.status != "open":
            raise StripeRefused(400, "Only an open session can expire.")
        return self.keep_session(replace(session, status="expired", url=None))

    def keep_session(self, session: StripeSession) -> StripeSession:
        """Store a changed checkout."""
        self.sessions[session.id] = session
        return session

    def record(self, kind: str, item: msgspec.Struct, key: str | None) -> StripeEvent:
        """The event of what was created or changed, by a request with this idempotency key."""
        event = StripeEvent(
            id=self.provider.new_id("evt_"),
            api_version=API_VERSION,
            created=self.now,
            data={"object": item},
            request={"id": self.provider.new_id("req_"), "idempotency_key": key},
            type=kind,
        )
        remember(self.events, event.id, event)
        return event

    def webhook(self, event: StripeEvent, config: StripeConfig) -> Callback:
        """An event as it is sent; the signature has the time of each attempt."""
        return Callback(
            url=config.webhook_url,
            body=msgspec.json.encode(event),
            secret=config.secret,
            sign=lambda secret, body: signatures.stripe(secret, body, at=self.now),
            on_success=lambda: remember(self.delivered, event.id, True),  # noqa: FBT003 - its value
        )

    def _change(
        self, intent: StripeIntent, status: IntentStatus, **changes: object
    ) -> StripeIntent:
        changed = replace(intent, status=status, **changes)
        self.intents[intent.id] = changed
        return changed

    def _unexpected(self, intent: StripeIntent) -> StripeRefused:
        return StripeRefused(
            400,
            f"This PaymentIntent's status is {intent.status}.",
            code="payment_intent_unexpected_state",
            payment_intent=intent,
        )
