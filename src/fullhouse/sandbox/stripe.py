"""Stripe: payment intents, refunds, hosted checkout, events to recover, and signed webhooks."""

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TypeVar

from msgspec import Struct
from msgspec.structs import replace
from typing_extensions import override

from fullhouse.sandbox.checkout import base_url, checkout_page, is_paid, sent_on, shown_amount
from fullhouse.sandbox.modes import converted
from fullhouse.sandbox.provider import (
    Call,
    Handler,
    Provider,
    ProviderAnswer,
    Replays,
    Routes,
    Service,
    ServiceConfig,
    json_answer,
)
from fullhouse.sandbox.stripe_books import (
    StripeBooks,
    StripeConfig,
    StripeRefused,
    found_item,
    stripe_error,
)
from fullhouse.sandbox.stripe_model import (
    CancelParameters,
    CaptureParameters,
    ConfirmParameters,
    EventsParameters,
    IntentParameters,
    RefundParameters,
    SessionParameters,
    StripeIntent,
    StripeSession,
    form_of,
)

T = TypeVar("T", bound=Struct)

_EVENTS = {
    "requires_action": "payment_intent.requires_action",
    "requires_capture": "payment_intent.amount_capturable_updated",
    "requires_payment_method": "payment_intent.payment_failed",
    "canceled": "payment_intent.canceled",
    "succeeded": "payment_intent.succeeded",
}


@dataclass(slots=True)
class StripeService(Service):
    """https://docs.stripe.com/api, as far as payments, refunds and checkout go."""

    provider: Provider
    config: ServiceConfig = field(default_factory=StripeConfig)
    replays: Replays = field(default_factory=Replays)
    books: StripeBooks = field(init=False)

    def __post_init__(self) -> None:
        self.books = StripeBooks(self.provider)

    @property
    @override
    def acts_when_lying(self) -> bool:
        return False

    @override
    def routes(self) -> Routes:
        paths: dict[tuple[str, str], Callable[[Call], ProviderAnswer]] = {
            ("POST", "/v1/payment_intents"): self.create_intent,
            ("GET", "/v1/payment_intents"): self.list_intents,
            ("GET", "/v1/payment_intents/search"): self.search_intents,
            ("GET", "/v1/payment_intents/{id}"): self.show_intent,
            ("POST", "/v1/payment_intents/{id}/confirm"): self.confirm,
            ("POST", "/v1/payment_intents/{id}/capture"): self.capture,
            ("POST", "/v1/payment_intents/{id}/cancel"): self.cancel,
            ("POST", "/v1/refunds"): self.create_refund,
            ("GET", "/v1/refunds"): self.list_refunds,
            ("GET", "/v1/refunds/{id}"): self.show_refund,
            ("POST", "/v1/checkout/sessions"): self.create_session,
            ("GET", "/v1/checkout/sessions/{id}"): self.show_session,
            ("POST", "/v1/checkout/sessions/{id}/expire"): self.expire_session,
            ("GET", "/v1/events"): self.list_events,
            ("GET", "/v1/events/{id}"): self.show_event,
        }
        return {
            **{key: self._authorized(handle) for key, handle in paths.items()},
            ("GET", "/checkout/{id}"): self.show_checkout,
            ("POST", "/checkout/{id}"): self.pay_checkout,
        }

    @override
    def error(self, status: int, text: str) -> ProviderAnswer:
        return stripe_error(status, text)

    @override
    def state(self) -> Mapping[str, Sequence[object]]:
        books = self.books
        return {
            "payment_intents": [*books.intents.values()],
            "refunds": [*books.refunds.values()],
            "sessions": [each.settled(books.now) for each in books.sessions.values()],
            "events": [*books.events.values()],
        }

    @override
    def clear(self) -> None:
        self.books.clear()
        self.replays.answers.clear()

    def create_intent(self, call: Call) -> ProviderAnswer:
        """Create it, and with `confirm` charge it as well."""
        given = _parameters(call, IntentParameters)
        intent = self.books.create(given)
        self._announce("payment_intent.created", intent, call)
        if not given.confirm:
            return json_answer(intent)
        return self._told(self.books.confirm(intent, None), call)

    def list_intents(self, _call: Call) -> ProviderAnswer:
        """The newest first."""
        return _listed([*self.books.intents.values()][::-1], "/v1/payment_intents")

    def search_intents(self, call: Call) -> ProviderAnswer:
        """By metadata and status."""
        query = call.query.get("query", "")
        matching = [each for each in self.books.intents.values() if each.is_found(query)]
        return json_answer({"object": "search_result", "data": matching[::-1], "has_more": False})

    def show_intent(self, call: Call) -> ProviderAnswer:
        """One payment intent."""
        return json_answer(self._intent(call))

    def confirm(self, call: Call) -> ProviderAnswer:
        """Charge or authorise it."""
        given = _parameters(call, ConfirmParameters)
        return self._told(self.books.confirm(self._intent(call), given.payment_method), call)

    def capture(self, call: Call) -> ProviderAnswer:
        """Take what was authorised."""
        given = _parameters(call, CaptureParameters)
        return self._told(self.books.capture(self._intent(call), given.amount_to_capture), call)

    def cancel(self, call: Call) -> ProviderAnswer:
        """Void what was authorised, or not paid yet."""
        given = _parameters(call, CancelParameters)
        return self._told(self.books.cancel(self._intent(call), given), call)

    def create_refund(self, call: Call) -> ProviderAnswer:
        """Refund what is left of a payment, or a part."""
        refund = self.books.refund(_parameters(call, RefundParameters))
        self._announce("refund.created", refund, call)
        return json_answer(refund)

    def list_refunds(self, call: Call) -> ProviderAnswer:
        """The newest first, of one payment intent or of all."""
        wanted = call.query.get("payment_intent")
        refunds = [
            each for each in self.books.refunds.values() if wanted in {None, each.payment_intent}
        ]
        return _listed(refunds[::-1], "/v1/refunds")

    def show_refund(self, call: Call) -> ProviderAnswer:
        """One refund."""
        return json_answer(found_item(self.books.refunds, call.parts["id"]))

    def create_session(self, call: Call) -> ProviderAnswer:
        """A hosted checkout."""
        given = _parameters(call, SessionParameters)
        address = f"{base_url(call)}/{self.provider.name}/checkout"
        return json_answer(self.books.open_session(given, address))

    def show_session(self, call: Call) -> ProviderAnswer:
        """One checkout, as it is now."""
        return json_answer(self.books.session(call.parts["id"]))

    def expire_session(self, call: Call) -> ProviderAnswer:
        """End it before its time."""
        session = self.books.expire(call.parts["id"])
        self._announce("checkout.session.expired", session, call)
        return json_answer(session)

    def list_events(self, call: Call) -> ProviderAnswer:
        """Events of the last time, the newest first: what a lost webhook would have said."""
        given = converted(form_of(call.query_string), EventsParameters, is_text=True)
        books = self.books
        listed = [
            each
            for each in reversed(books.events.values())
            if given.finds(each, is_delivered=each.id in books.delivered)
        ]
        ids = [each.id for each in listed]
        start = ids.index(given.starting_after) + 1 if given.starting_after in ids else 0
        end = start + given.limit
        return _listed(listed[start:end], "/v1/events", has_more=end < len(listed))

    def show_event(self, call: Call) -> ProviderAnswer:
        """One event."""
        return json_answer(found_item(self.books.events, call.parts["id"]))

    async def show_checkout(self, call: Call) -> ProviderAnswer:
        """The page of a checkout."""
        session = self._open_session(call)
        if session is None:
            return self.error(HTTPStatus.NOT_FOUND, "This checkout is not open")
        item = self.books.orders[session.id].line_items[0]
        amount = shown_amount(session.amount_total, session.currency.upper())
        return checkout_page(item.price_data.product_data.name, amount, call.path)

    async def pay_checkout(self, call: Call) -> ProviderAnswer:
        """Pay there, or try a card that is declined."""
        session = self._open_session(call)
        if session is None:
            return self.error(HTTPStatus.NOT_FOUND, "This checkout is not open")
        data = self.books.orders[session.id].payment_intent_data
        parameters = IntentParameters(
            amount=session.amount_total,
            currency=session.currency,
            capture_method=data.capture_method,
            description=data.description,
            metadata=data.metadata,
            receipt_email=session.customer_email,
        )
        intent = self.books.create(parameters)
        method = "pm_card_visa" if is_paid(call) else "pm_card_chargeDeclined"
        intent = self.books.confirm(intent, method)
        self._announce(_EVENTS[intent.status], intent, call)
        if not is_paid(call):
            return sent_on(None, "The card was declined. Go back to try again.")
        paid = replace(
            session, status="complete", payment_status="paid", payment_intent=intent.id, url=None
        )
        self._announce("checkout.session.completed", self.books.keep_session(paid), call)
        success = (session.success_url or "").replace("{CHECKOUT_SESSION_ID}", session.id)
        return sent_on(success, "Paid.")

    @property
    def _config(self) -> StripeConfig:
        assert isinstance(self.config, StripeConfig)
        return self.config

    def _authorized(self, handle: Callable[[Call], ProviderAnswer]) -> Handler:
        async def handler(call: Call) -> ProviderAnswer:
            key = self._config.key
            if key and call.headers.get("authorization") != f"Bearer {key}":
                return stripe_error(HTTPStatus.UNAUTHORIZED, "Invalid API Key provided")
            try:
                return self._once(handle, call)
            except StripeRefused as refused:
                return refused.answer

        return handler

    def _once(self, handle: Callable[[Call], ProviderAnswer], call: Call) -> ProviderAnswer:
        """Repeat the first result of a key, a declined card too; what is invalid has no result."""
        key = call.headers.get("idempotency-key", "") if call.method == "POST" else ""
        is_repeat = key in self.replays.answers
        answer = self.replays.once(
            key,
            f"{call.path}\n".encode() + call.body,
            act=lambda: handle(call),
            reused=lambda: stripe_error(
                HTTPStatus.BAD_REQUEST,
                "Keys for idempotent requests can only be used with the same parameters.",
                type="idempotency_error",
            ),
        )
        if not is_repeat:
            return answer
        return dataclasses.replace(answer, headers={"Idempotent-Replayed": "true"})

    def _intent(self, call: Call) -> StripeIntent:
        return found_item(self.books.intents, call.parts["id"])

    def _open_session(self, call: Call) -> StripeSession | None:
        session = self.books.sessions.get(call.parts["id"])
        session = session and session.settled(self.books.now)
        return session if session is not None and session.status == "open" else None

    def _told(self, intent: StripeIntent, call: Call) -> ProviderAnswer:
        """Announce what became of it; a declined card is an error."""
        self._announce(_EVENTS[intent.status], intent, call)
        error = intent.last_payment_error
        if intent.status == "requires_payment_method" and error is not None:
            return stripe_error(
                HTTPStatus.PAYMENT_REQUIRED,
                "Your card was declined.",
                code=error["code"],
                decline_code=error["decline_code"],
                payment_intent=intent,
            )
        return json_answer(intent)

    def _announce(self, kind: str, item: Struct, call: Call) -> None:
        event = self.books.record(kind, item, call.headers.get("idempotency-key"))
        self.provider.send(self.books.webhook(event, self._config), call.fault)


def _parameters(call: Call, kind: type[T]) -> T:
    return converted(form_of(call.body.decode(errors="replace")), kind, is_text=True)


def _listed(items: Sequence[object], url: str, *, has_more: bool = False) -> ProviderAnswer:
    return json_answer({"object": "list", "url": url, "data": items, "has_more": has_more})
