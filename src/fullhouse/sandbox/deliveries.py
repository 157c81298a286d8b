"""Messages that a provider brought to somebody: what a test or a demonstration looks at."""

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from msgspec import Struct
from typing_extensions import override

from fullhouse.kernel.clock import Clock
from fullhouse.sandbox.limits import MESSAGE_CHARACTERS_MAX, MESSAGES_MAX
from fullhouse.sandbox.modes import Fault, Mode
from fullhouse.sandbox.provider import Provider, Service


class Content(Struct, frozen=True, kw_only=True):
    """What somebody receives; a provider fills what it knows of it."""

    recipient: str
    text: str
    subject: str = ""
    html: str = ""
    message_id: str = ""
    kind: str = ""
    dedupe_key: str = ""
    attachments: tuple[str, ...] = ()
    """Their names."""


class DeliveredMessage(Struct, frozen=True):
    """A message that arrived; `number` counts from 1."""

    number: int
    at: datetime
    content: Content


@dataclass(slots=True)
class Deliveries:
    """The messages that arrived last."""

    clock: Clock
    count: int = 0
    messages: deque[DeliveredMessage] = field(default_factory=lambda: deque(maxlen=MESSAGES_MAX))

    def deliver(self, content: Content, fault: Fault) -> None:
        """Bring it to its recipient: twice when doubled, never when lost or lied about."""
        copies = {Mode.DOUBLED: 2, Mode.LOST: 0, Mode.LYING: 0}.get(fault.mode, 1)
        for _ in range(copies):
            self.count += 1
            self.messages.append(DeliveredMessage(self.count, self.clock.now(), content))

    def clear(self) -> None:
        """Forget them; numbers go on."""
        self.messages.clear()


@dataclass(slots=True)
class MessageService(Service):
    """A service that brings messages, and holds those that arrived."""

    provider: Provider
    deliveries: Deliveries = field(init=False)

    def __post_init__(self) -> None:
        self.deliveries = Deliveries(self.provider.clock)

    @override
    def state(self) -> Mapping[str, Sequence[object]]:
        return {"messages": list(self.deliveries.messages)}

    @override
    def clear(self) -> None:
        self.deliveries.clear()


def text_of(given: Mapping[str, object], name: str) -> str:
    """A member of a JSON object as text, clipped; empty when it is something else."""
    value = given.get(name)
    return value[:MESSAGE_CHARACTERS_MAX] if isinstance(value, str) else ""
