"""Make.com and a mail server as a simulation plays them, and what guests hear by either."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from tests.simulation.virtual_loop import Simulation
from typing_extensions import override

from fullhouse.integrations.http_client import HttpClient
from fullhouse.integrations.outbound import OutboundService
from fullhouse.messages.actions.acknowledge_message import Acknowledgement
from fullhouse.messages.errors import MailServerUnavailable
from fullhouse.messages.model import Delivery, Email, MessageId
from fullhouse.messages.model.webhooks import SignedRequest, WebhookAnswer

Acknowledge = Callable[[MessageId, Acknowledgement], Awaitable[bool]]
Start = Callable[[Coroutine[object, object, None]], None]

ACKNOWLEDGED_SECONDS: Final = (0.1, 100.0)
MAKE_MODES: Final = (
    "fine",
    "fine",
    "fine",
    "down",
    "refused",
    "reset",
    "limited",
    "full",
    "gone",
    "silent",
    "lost",
    "undelivered",
)


@dataclass(slots=True)
class Guests:
    """What each guest hears: every message exactly once, by either way."""

    simulation: Simulation
    ways: dict[UUID, set[str]] = field(default_factory=lambda: defaultdict(set))

    def hear(self, message_id: UUID, way: str) -> None:
        """The same message by the same way is the same message: it has the same key."""
        self.simulation.note(f"{message_id.hex[:4]} is heard by {way}")
        self.ways[message_id].add(way)

    @property
    def has_heard_twice(self) -> bool:
        return any(len(ways) > 1 for ways in self.ways.values())


class SimulatedMake(HttpClient):
    """Make.com: it knows a repetition by its key, and acknowledges what it has delivered."""

    def __init__(
        self, guests: Guests, weather: Callable[[], str], acknowledge: Acknowledge, start: Start
    ) -> None:
        self._guests = guests
        self._weather = weather
        self._acknowledge = acknowledge
        self._start = start
        self._taken: set[str] = set()
        self.bodies: list[bytes] = []

    @property
    def calls(self) -> int:
        return len(self.bodies)

    @override
    async def send(self, request: SignedRequest, *, seconds_max: float) -> WebhookAnswer:
        simulation, mode = self._guests.simulation, self._weather()
        self.bodies.append(request.body)
        key = request.headers["Idempotency-Key"]
        simulation.note(f"{key[:4]} goes to Make.com, which is {mode}")
        await simulation.passes(0.01, 0.4)
        answers = {
            "down": WebhookAnswer(503, "down"),
            "refused": WebhookAnswer(None, "refused", was_sent=False),
            "limited": WebhookAnswer(429, "too many", retry_after_seconds=2),
            "full": WebhookAnswer(400, "Queue is full."),
            "gone": WebhookAnswer(410, "gone"),
        }
        if mode in answers:
            return answers[mode]
        if mode not in {"reset", "silent"} or simulation.happens(0.5):
            self._take(key, mode)
        if mode == "silent":
            await asyncio.sleep(seconds_max)
        await simulation.passes(0.01, 0.4)
        if mode in {"reset", "silent"}:
            return WebhookAnswer(None, "no answer")
        return WebhookAnswer(200, "Accepted")

    def _take(self, key: str, mode: str) -> None:
        if key in self._taken:
            return
        self._taken.add(key)
        if mode != "lost":
            self._start(self._deliver(UUID(key), is_delivered=mode != "undelivered"))

    async def _deliver(self, message_id: UUID, *, is_delivered: bool) -> None:
        guests = self._guests
        if is_delivered:
            guests.hear(message_id, "Make.com")
        await guests.simulation.passes(*ACKNOWLEDGED_SECONDS)
        said = Acknowledgement(is_delivered, "" if is_delivered else "no such mailbox")
        while not await self._acknowledge(MessageId(message_id), said):
            await guests.simulation.passes(0.5, 2.0)


@dataclass(slots=True)
class SimulatedMailServer:
    """Implements `Mailer` through the circuit of the mail server."""

    guests: Guests
    weather: Callable[[], str]
    service: OutboundService
    address: str = "bookings@farm.example"

    async def send(self, email: Email) -> Delivery:
        try:
            await self.service.call(lambda: self._hand_over(email))
        except TimeoutError as error:
            raise MailServerUnavailable(reply="too long") from error
        return "sent"

    async def _hand_over(self, email: Email) -> None:
        simulation, mode = self.guests.simulation, self.weather()
        simulation.note(f"{email.message_id.hex[:4]} goes to the mail server, which is {mode}")
        await simulation.passes(0.01, 0.4)
        if mode == "down":
            raise MailServerUnavailable(reply="down")
        if mode not in {"reset", "silent"} or simulation.happens(0.5):
            self.guests.hear(email.message_id, "e-mail")
        if mode == "silent":
            await asyncio.Event().wait()
        if mode == "reset":
            raise MailServerUnavailable(reply="reset")
