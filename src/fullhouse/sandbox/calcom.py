"""Cal.com v2: slots, reservations, bookings, and webhooks that are signed without a time."""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import time, timedelta
from http import HTTPStatus
from typing import Final

import msgspec
from typing_extensions import override

from fullhouse.kernel.errors import NotFound
from fullhouse.sandbox import signatures
from fullhouse.sandbox.calcom_calendar import HOST, CalCalendar, found_entry, is_upcoming
from fullhouse.sandbox.calcom_model import (
    BOOKINGS_VERSION,
    REQUESTS_MAX,
    REQUESTS_SECONDS,
    RESERVATION_MINUTES,
    SLOTS_VERSION,
    WEBHOOK_VERSION,
    CalBooking,
    CalBookingRequest,
    CalCancellation,
    CalRescheduling,
    MarkAbsent,
    OpeningHours,
    ReservationRequest,
    SlotsQuery,
    Subscription,
    SubscriptionRequest,
    instant,
    stamp,
    zone_of,
)
from fullhouse.sandbox.callbacks import Callback
from fullhouse.sandbox.modes import converted
from fullhouse.sandbox.provider import (
    Call,
    Handler,
    Provider,
    ProviderAnswer,
    Routes,
    Service,
    ServiceConfig,
    json_answer,
    remember,
)


class CalcomConfig(ServiceConfig, frozen=True, forbid_unknown_fields=True):
    """`key` is the API key that requests must have, if any; webhooks go to `webhook_url`.

    Every day can be booked from `opens_at` to `closes_at` in `zone`.
    """

    key: str = ""
    webhook_url: str = ""
    secret: str = "cal_sandbox_secret"  # noqa: S105 - published on purpose
    opens_at: time = time(9)
    closes_at: time = time(17)
    zone: str = "UTC"
    minutes: int = 30
    requests_max: int = REQUESTS_MAX


_UNSIGNED: Final = "no-secret-provided"


@dataclass(slots=True)
class CalcomService(Service):
    """https://cal.com/docs/api-reference/v2, as far as a booking engine calls it."""

    provider: Provider
    config: ServiceConfig = field(default_factory=CalcomConfig)
    subscriptions: dict[str, Subscription] = field(default_factory=dict)
    calendar: CalCalendar = field(init=False)
    recent: deque[float] = field(default_factory=deque)

    def __post_init__(self) -> None:
        self.calendar = CalCalendar(self.provider)

    @property
    @override
    def acts_when_lying(self) -> bool:
        return False

    @override
    def routes(self) -> Routes:
        booking = "/v2/bookings/{uid}"
        paths: dict[tuple[str, str], Callable[[Call], ProviderAnswer]] = {
            ("GET", "/v2/slots"): self.slots,
            ("POST", "/v2/slots/reservations"): self.reserve,
            ("GET", "/v2/slots/reservations/{uid}"): self.show_reservation,
            ("PATCH", "/v2/slots/reservations/{uid}"): self.extend_reservation,
            ("DELETE", "/v2/slots/reservations/{uid}"): self.end_reservation,
            ("POST", "/v2/bookings"): self.book,
            ("GET", "/v2/bookings"): self.list_bookings,
            ("GET", booking): self.show_booking,
            ("POST", f"{booking}/cancel"): self.cancel,
            ("POST", f"{booking}/reschedule"): self.reschedule,
            ("POST", f"{booking}/confirm"): self.confirm,
            ("POST", f"{booking}/decline"): self.decline,
            ("POST", f"{booking}/mark-absent"): self.mark_absent,
            ("POST", "/v2/webhooks"): self.subscribe,
            ("GET", "/v2/webhooks"): self.list_subscriptions,
            ("DELETE", "/v2/webhooks/{id}"): self.unsubscribe,
        }
        return {key: self._admitted(handle) for key, handle in paths.items()}

    @override
    def error(self, status: int, text: str) -> ProviderAnswer:
        code = HTTPStatus(status).phrase.replace(" ", "") + "Exception"
        now = stamp(self.provider.clock.now())
        error = {"code": code, "message": text}
        return json_answer({"status": "error", "timestamp": now, "error": error}, status)

    @override
    def state(self) -> Mapping[str, Sequence[object]]:
        return {
            "bookings": [*self.calendar.bookings.values()],
            "reservations": [*self.calendar.reservations.values()],
        }

    @override
    def clear(self) -> None:
        self.calendar.clear()
        self.subscriptions.clear()

    def slots(self, call: Call) -> ProviderAnswer:
        """What can be booked, by day; without the version in the form of an older one."""
        query = converted(dict(call.query), SlotsQuery, is_text=True)
        length = timedelta(minutes=query.duration or self._config.minutes)
        is_current = call.headers.get("cal-api-version") == SLOTS_VERSION
        days: dict[str, list[dict[str, str]]] = {}
        for at in self.calendar.free_slots(query, self._hours):
            slot = {"start" if is_current else "time": at.isoformat(timespec="milliseconds")}
            if query.is_range and is_current:
                slot["end"] = (at + length).isoformat(timespec="milliseconds")
            days.setdefault(at.date().isoformat(), []).append(slot)
        return _success(days if is_current else {"slots": days})

    def reserve(self, call: Call) -> ProviderAnswer:
        """Keep a slot for minutes."""
        request = converted(call.json(), ReservationRequest)
        if "authorization" not in call.headers:
            request = msgspec.structs.replace(request, reservation_duration=RESERVATION_MINUTES)
        return _success(self.calendar.reserve(request, self._hours), HTTPStatus.CREATED)

    def show_reservation(self, call: Call) -> ProviderAnswer:
        """One reservation."""
        return _success(found_entry(self.calendar.reservations, call.parts["uid"]))

    def extend_reservation(self, call: Call) -> ProviderAnswer:
        """Keep it for longer."""
        minutes = converted(call.json().get("reservationDuration", RESERVATION_MINUTES), int)
        return _success(self.calendar.extend(call.parts["uid"], minutes))

    def end_reservation(self, call: Call) -> ProviderAnswer:
        """Give it back."""
        found_entry(self.calendar.reservations, call.parts["uid"])
        del self.calendar.reservations[call.parts["uid"]]
        return json_answer({"status": "success"})

    def book(self, call: Call) -> ProviderAnswer:
        """Book; there is no idempotency key."""
        booking = self.calendar.book(converted(call.json(), CalBookingRequest), self._hours)
        self._announce("BOOKING_CREATED", booking, call)
        return self._told(booking, call, HTTPStatus.CREATED)

    def list_bookings(self, call: Call) -> ProviderAnswer:
        """By status and attendee, page by page with `take` and `skip`."""
        query, now = call.query, self.provider.clock.now()
        listed = [*self.calendar.bookings.values()]
        email, status = query.get("attendeeEmail"), query.get("status")
        if email:
            listed = [each for each in listed if email in {who.email for who in each.attendees}]
        if status == "upcoming":
            listed = [each for each in listed if is_upcoming(each, now)]
        elif status == "past":
            listed = [each for each in listed if each.is_live and instant(each.end) <= now]
        elif status:
            listed = [each for each in listed if each.status == status]
        take = converted(query.get("take", "100"), int, is_text=True)
        skip = converted(query.get("skip", "0"), int, is_text=True)
        page = listed[skip : skip + take]
        pagination = {
            "totalItems": len(listed),
            "remainingItems": max(0, len(listed) - skip - take),
            "returnedItems": len(page),
            "hasNextPage": skip + take < len(listed),
            "hasPreviousPage": skip > 0,
        }
        return json_answer({"status": "success", "data": page, "pagination": pagination})

    def show_booking(self, call: Call) -> ProviderAnswer:
        """One booking."""
        return self._told(found_entry(self.calendar.bookings, call.parts["uid"]), call)

    def cancel(self, call: Call) -> ProviderAnswer:
        """Cancel it."""
        reason = converted(call.json(), CalCancellation).cancellation_reason
        booking = self.calendar.end(call.parts["uid"], "cancelled", reason)
        self._announce("BOOKING_CANCELLED", booking, call)
        return self._told(booking, call)

    def reschedule(self, call: Call) -> ProviderAnswer:
        """Move it: the answer is a new booking, and the former one is cancelled."""
        request = converted(call.json(), CalRescheduling)
        moved, former = self.calendar.reschedule(call.parts["uid"], request)
        self._announce("BOOKING_RESCHEDULED", moved, call, rescheduleUid=former.uid)
        return self._told(moved, call, HTTPStatus.CREATED)

    def confirm(self, call: Call) -> ProviderAnswer:
        """Accept it."""
        return self._told(self.calendar.confirm(call.parts["uid"]), call)

    def decline(self, call: Call) -> ProviderAnswer:
        """Reject it."""
        reason = str(call.json().get("reason", ""))
        booking = self.calendar.end(call.parts["uid"], "rejected", reason)
        self._announce("BOOKING_REJECTED", booking, call)
        return self._told(booking, call)

    def mark_absent(self, call: Call) -> ProviderAnswer:
        """Say who did not come."""
        given = converted(call.json(), MarkAbsent)
        booking = self.calendar.mark_absent(call.parts["uid"], host=given.host)
        self._announce("BOOKING_NO_SHOW_UPDATED", booking, call)
        return self._told(booking, call)

    def subscribe(self, call: Call) -> ProviderAnswer:
        """Send webhooks of these triggers there too."""
        given = converted(call.json(), SubscriptionRequest)
        subscription = Subscription(id=self.provider.new_id(), **msgspec.structs.asdict(given))
        remember(self.subscriptions, subscription.id, subscription)
        return _success(subscription, HTTPStatus.CREATED)

    def list_subscriptions(self, _call: Call) -> ProviderAnswer:
        """All webhooks."""
        return _success([*self.subscriptions.values()])

    def unsubscribe(self, call: Call) -> ProviderAnswer:
        """Send nothing there any more."""
        subscription = found_entry(self.subscriptions, call.parts["id"])
        del self.subscriptions[subscription.id]
        return _success(subscription)

    @property
    def _config(self) -> CalcomConfig:
        assert isinstance(self.config, CalcomConfig)
        return self.config

    @property
    def _hours(self) -> OpeningHours:
        config = self._config
        return OpeningHours(config.opens_at, config.closes_at, zone_of(config.zone), config.minutes)

    def _admitted(self, handle: Callable[[Call], ProviderAnswer]) -> Handler:
        """With the right key and within the rate, of which each answer tells."""

        async def handler(call: Call) -> ProviderAnswer:
            config = self._config
            if config.key and call.headers.get("authorization") != f"Bearer {config.key}":
                return self.error(HTTPStatus.UNAUTHORIZED, "Invalid Access Token.")
            now = self.provider.clock.monotonic()
            while self.recent and self.recent[0] <= now - REQUESTS_SECONDS:
                self.recent.popleft()
            is_within = len(self.recent) < config.requests_max
            if is_within:
                self.recent.append(now)
            left = config.requests_max - len(self.recent)
            limits = {
                "X-RateLimit-Limit-Default": str(config.requests_max),
                "X-RateLimit-Remaining-Default": str(left),
                "X-RateLimit-Reset-Default": str(REQUESTS_SECONDS),
            }
            if not is_within:
                answer = self.error(HTTPStatus.TOO_MANY_REQUESTS, "Too Many Requests")
                return replace(answer, headers={**limits, "Retry-After": str(REQUESTS_SECONDS)})
            try:
                return replace(handle(call), headers=limits)
            except NotFound as error:
                return self.error(HTTPStatus.NOT_FOUND, error.detail)

        return handler

    def _told(self, booking: CalBooking, call: Call, status: int = HTTPStatus.OK) -> ProviderAnswer:
        """A booking; without the version in the form of an older one."""
        if call.headers.get("cal-api-version") == BOOKINGS_VERSION:
            return _success(booking, status)
        return _success(
            {
                "id": booking.id,
                "uid": booking.uid,
                "title": booking.title,
                "startTime": booking.start,
                "endTime": booking.end,
                "status": booking.status.upper(),
            },
            status,
        )

    def _announce(self, trigger: str, booking: CalBooking, call: Call, **more: str) -> None:
        config = self._config
        targets = [(config.webhook_url, config.secret)]
        targets += [
            (each.subscriber_url, each.secret)
            for each in self.subscriptions.values()
            if each.active and trigger in each.triggers
        ]
        sequence = self.calendar.sequences.get(booking.uid, 0)
        body = _webhook(
            trigger, stamp(self.provider.clock.now()), booking, sequence=sequence, **more
        )
        for url, secret in targets:
            self.provider.send(_signed(url, secret, body), call.fault)


def _webhook(
    trigger: str, created_at: str, booking: CalBooking, *, sequence: int, **more: str
) -> bytes:
    payload: dict[str, object] = {
        "type": f"{booking.duration}min",
        "uid": booking.uid,
        "bookingId": booking.id,
        "title": booking.title,
        "startTime": booking.start,
        "endTime": booking.end,
        "organizer": {**HOST, "timeZone": "UTC", "language": {"locale": "en"}},
        "attendees": booking.attendees,
        "iCalUID": booking.ics_uid,
        "iCalSequence": sequence,
        "eventTypeId": booking.event_type_id,
        "length": booking.duration,
        "location": booking.location,
        "metadata": booking.metadata,
        "status": booking.status.upper(),
        "cancellationReason": booking.cancellation_reason,
        **more,
    }
    told = {key: value for key, value in payload.items() if value is not msgspec.UNSET}
    return msgspec.json.encode({"triggerEvent": trigger, "createdAt": created_at, "payload": told})


def _signed(url: str, secret: str, body: bytes) -> Callback:
    """Not sent again: nothing says that Cal.com does. Without a secret the header says so."""
    headers = {"X-Cal-Webhook-Version": WEBHOOK_VERSION}
    if not secret:
        headers["X-Cal-Signature-256"] = _UNSIGNED
    return Callback(
        url=url, body=body, secret=secret, sign=signatures.cal, headers=headers, attempts=1
    )


def _success(data: object, status: int = HTTPStatus.OK) -> ProviderAnswer:
    return json_answer({"status": "success", "data": data}, status)
