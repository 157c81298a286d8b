"""Square: payments, refunds, hosted checkout, events to recover, and signed webhooks."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final, Literal

from msgspec.structs import replace
from typing_extensions import override

from fullhouse.sandbox.checkout import base_url, checkout_page, is_paid, sent_on, shown_amount
from fullhouse.sandbox.modes import Fault, converted
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
    remember,
)
from fullhouse.sandbox.square_books import (
    SquareBooks,
    SquareConfig,
    SquareRefused,
    found,
    square_errors,
    square_webhook,
)
from fullhouse.sandbox.square_model import (
    DECLINES,
    CancelRequest,
    EventsRequest,
    PaymentBounds,
    PaymentLink,
    PaymentLinkRequest,
    PaymentRequest,
    RefundRequest,
    SquareMoney,
    SquarePayment,
    SquareRefund,
)

_BAD: Final = HTTPStatus.BAD_REQUEST


@dataclass(slots=True)
class SquareService(Service):
    """https://developer.squareup.com/reference/square, as far as payments go."""

    provider: Provider
    config: ServiceConfig = field(default_factory=SquareConfig)
    links: dict[str, PaymentLink] = field(default_factory=dict)
    prices: dict[str, tuple[str, SquareMoney]] = field(default_factory=dict)
    """Name and price by payment link."""
    replays: Replays = field(default_factory=Replays)
    books: SquareBooks = field(init=False)

    def __post_init__(self) -> None:
        self.books = SquareBooks(self.provider)

    @property
    @override
    def acts_when_lying(self) -> bool:
        return False

    @override
    def routes(self) -> Routes:
        paths: dict[tuple[str, str], Callable[[Call], ProviderAnswer]] = {
            ("POST", "/v2/payments"): self.create_payment,
            ("GET", "/v2/payments"): self.list_payments,
            ("POST", "/v2/payments/cancel"): self.cancel_by_key,
            ("GET", "/v2/payments/{id}"): self.show_payment,
            ("POST", "/v2/payments/{id}/complete"): self.complete,
            ("POST", "/v2/payments/{id}/cancel"): self.cancel,
            ("POST", "/v2/refunds"): self.create_refund,
            ("GET", "/v2/refunds"): self.list_refunds,
            ("GET", "/v2/refunds/{id}"): self.show_refund,
            ("POST", "/v2/online-checkout/payment-links"): self.create_link,
            ("GET", "/v2/online-checkout/payment-links/{id}"): self.show_link,
            ("PUT", "/v2/events/enable"): lambda _call: json_answer({}),
            ("POST", "/v2/events"): self.search_events,
        }
        return {
            **{key: self._authorized(handle) for key, handle in paths.items()},
            ("GET", "/checkout/{id}"): self.show_checkout,
            ("POST", "/checkout/{id}"): self.pay_checkout,
        }

    @override
    def error(self, status: int, text: str) -> ProviderAnswer:
        codes = {400: "BAD_REQUEST", 404: "NOT_FOUND", 429: "RATE_LIMITED"}
        codes |= {500: "INTERNAL_SERVER_ERROR", 503: "SERVICE_UNAVAILABLE"}
        return square_errors(status, codes.get(status, "BAD_REQUEST"), detail=text)

    @override
    def state(self) -> Mapping[str, Sequence[object]]:
        return {
            "payments": self.books.all_payments(),
            "refunds": [*self.books.refunds.values()],
            "links": [*self.links.values()],
            "events": [*self.books.events.values()],
        }

    @override
    def clear(self) -> None:
        self.books.clear()
        self.links.clear()
        self.prices.clear()
        self.replays.answers.clear()

    def create_payment(self, call: Call) -> ProviderAnswer:
        """Authorise or charge; a declined card is 402, and its payment failed."""
        request = converted(call.json(), PaymentRequest)

        def act() -> ProviderAnswer:
            declined = DECLINES.get(request.source_id)
            payment = self.books.pay(request, is_declined=declined is not None)
            self._announce("created", payment, call.fault)
            if declined is not None:
                return square_errors(HTTPStatus.PAYMENT_REQUIRED, declined, field="source_id")
            return json_answer({"payment": payment})

        return self._once(request.idempotency_key, call, act)

    def list_payments(self, call: Call) -> ProviderAnswer:
        """The newest first; by location, and by creation or update as the query bounds them."""
        bounds = converted(dict(call.query), PaymentBounds)
        listed = [each for each in self.books.all_payments() if bounds.finds(each)]
        return json_answer({"payments": listed[::-1]})

    def show_payment(self, call: Call) -> ProviderAnswer:
        """One payment, as it is now."""
        return json_answer({"payment": self.books.payment(call.parts["id"])})

    def complete(self, call: Call) -> ProviderAnswer:
        """Capture what was authorised."""
        return self._end(call, "COMPLETED")

    def cancel(self, call: Call) -> ProviderAnswer:
        """Void what was authorised."""
        return self._end(call, "CANCELED")

    def cancel_by_key(self, call: Call) -> ProviderAnswer:
        """Void a payment whose answer was lost; success also when nothing was found."""
        key = converted(call.json(), CancelRequest).idempotency_key
        payment_id = self.books.ids_by_key.get(key)
        payment = self.books.payment(payment_id) if payment_id else None
        if payment is not None and payment.status == "APPROVED":
            self._announce("updated", self.books.end(payment, "CANCELED"), call.fault)
        return json_answer({})

    def create_refund(self, call: Call) -> ProviderAnswer:
        """Refund at most what is left of a payment; it is completed at once."""
        request = converted(call.json(), RefundRequest)

        def act() -> ProviderAnswer:
            payment = self.books.payment(request.payment_id)
            if request.payment_version_token not in {None, payment.version_token}:
                raise SquareRefused(_BAD, "VERSION_MISMATCH", field="payment_version_token")
            refund, payment = self.books.refund(payment, request)
            self._announce("created", refund, call.fault)
            self._announce("updated", payment, call.fault)
            return json_answer({"refund": refund})

        return self._once(request.idempotency_key, call, act)

    def list_refunds(self, _call: Call) -> ProviderAnswer:
        """All refunds, the newest first."""
        return json_answer({"refunds": [*self.books.refunds.values()][::-1]})

    def show_refund(self, call: Call) -> ProviderAnswer:
        """One refund."""
        return json_answer({"refund": found(self.books.refunds, call.parts["id"])})

    def create_link(self, call: Call) -> ProviderAnswer:
        """A hosted checkout at an address of the sandbox."""
        request = converted(call.json(), PaymentLinkRequest)

        def act() -> ProviderAnswer:
            link_id = self.provider.new_id()
            url = f"{base_url(call)}/{self.provider.name}/checkout/{link_id}"
            link = PaymentLink(
                id=link_id,
                order_id=self.provider.new_id(),
                url=url,
                long_url=url,
                created_at=self.provider.clock.now(),
                description=request.description,
                checkout_options=request.checkout_options,
                payment_note=request.payment_note,
            )
            remember(self.links, link_id, link)
            remember(self.prices, link_id, (request.quick_pay.name, request.quick_pay.price_money))
            return json_answer({"payment_link": link})

        return self._once(request.idempotency_key or "", call, act)

    def show_link(self, call: Call) -> ProviderAnswer:
        """One payment link."""
        return json_answer({"payment_link": found(self.links, call.parts["id"])})

    async def show_checkout(self, call: Call) -> ProviderAnswer:
        """The page of a payment link."""
        if call.parts["id"] not in self.links:
            return self.error(HTTPStatus.NOT_FOUND, "There is no such checkout")
        name, price = self.prices[call.parts["id"]]
        return checkout_page(name, shown_amount(price.amount, price.currency), call.path)

    async def pay_checkout(self, call: Call) -> ProviderAnswer:
        """Pay there, or try a card that is declined."""
        link = self.links.get(call.parts["id"])
        if link is None:
            return self.error(HTTPStatus.NOT_FOUND, "There is no such checkout")
        _, price = self.prices[link.id]
        request = PaymentRequest(
            source_id="cnon:card-nonce-ok",
            idempotency_key=f"checkout-{link.id}",
            amount_money=price,
            order_id=link.order_id,
            note=link.payment_note,
        )
        is_new = request.idempotency_key not in self.books.ids_by_key
        if not is_paid(call):
            other = replace(request, idempotency_key=self.provider.new_id())
            self._announce("created", self.books.pay(other, is_declined=True), call.fault)
            return sent_on(None, "The card was declined. Go back to try again.")
        if is_new:
            self._announce("updated", self.books.pay(request, is_declined=False), call.fault)
        options = link.checkout_options
        return sent_on(options.redirect_url if options else None, "Paid.")

    def search_events(self, call: Call) -> ProviderAnswer:
        """Events of the last time, the newest first: what a lost webhook would have said."""
        request = converted(call.json(), EventsRequest)
        listed = [each for each in self.books.events.values() if request.query.filter.finds(each)]
        listed.reverse()
        start = int(request.cursor) if request.cursor and request.cursor.isdecimal() else 0
        page: dict[str, object] = {"events": listed[start : start + request.limit]}
        if start + request.limit < len(listed):
            page["cursor"] = str(start + request.limit)
        return json_answer(page)

    @property
    def _config(self) -> SquareConfig:
        assert isinstance(self.config, SquareConfig)
        return self.config

    def _authorized(self, handle: Callable[[Call], ProviderAnswer]) -> Handler:
        async def handler(call: Call) -> ProviderAnswer:
            key = self._config.key
            if key and call.headers.get("authorization") != f"Bearer {key}":
                return square_errors(HTTPStatus.UNAUTHORIZED, "UNAUTHORIZED")
            try:
                return handle(call)
            except SquareRefused as refused:
                return refused.answer

        return handler

    def _end(self, call: Call, status: Literal["COMPLETED", "CANCELED"]) -> ProviderAnswer:
        payment = self.books.end(self.books.approved(call.parts["id"]), status)
        self._announce("updated", payment, call.fault)
        return json_answer({"payment": payment})

    def _announce(self, kind: str, item: SquarePayment | SquareRefund, fault: Fault) -> None:
        event = self.books.record(kind, item)
        self.provider.send(square_webhook(event, self._config), fault)

    def _once(self, key: str, call: Call, act: Callable[[], ProviderAnswer]) -> ProviderAnswer:
        return self.replays.once(
            f"{call.path} {key}" if key else "",
            call.body,
            act=act,
            reused=lambda: square_errors(_BAD, "IDEMPOTENCY_KEY_REUSED", field="idempotency_key"),
        )
