"""What came in and went out at one provider, the newest last; secrets are not kept."""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal

from msgspec import Struct

from fullhouse.kernel.clock import Clock
from fullhouse.sandbox.limits import (
    LOGGED_CALLS_MAX,
    LOGGED_CHARACTERS_MAX,
    LOGGED_HEADER_CHARACTERS_MAX,
)

HIDDEN: Final = "(hidden)"
_SECRET_HEADERS: Final = frozenset(
    {
        "authorization",
        "cookie",
        "proxy-authorization",
        "x-api-key",
        "x-cal-secret-key",
        "x-make-apikey",
    }
)


class FinishedCall(Struct, frozen=True, kw_only=True):
    """A request and its answer; without `status` there was no answer."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: str
    status: int | None
    answer: str = ""
    fault: str = ""
    milliseconds: int = 0
    direction: Literal["in", "out"] = "in"
    """In: to the provider; out: a webhook that it sent."""


class LoggedCall(FinishedCall, frozen=True, kw_only=True):
    """An exchange with its place in the log."""

    number: int
    at: datetime


@dataclass(slots=True)
class CallLog:
    """The last calls, and counts since the start."""

    clock: Clock
    calls: deque[LoggedCall] = field(default_factory=lambda: deque(maxlen=LOGGED_CALLS_MAX))
    received: int = 0
    sent: int = 0
    failed: int = 0
    """Requests that were refused or not answered."""

    def add(self, exchange: FinishedCall) -> None:
        """Keep an exchange, with its texts clipped and its secrets hidden."""
        if exchange.direction == "out":
            self.sent += 1
        else:
            self.received += 1
            self.failed += exchange.status is None or exchange.status >= 400  # noqa: PLR2004
        self.calls.append(
            LoggedCall(
                number=self.received + self.sent,
                at=self.clock.now(),
                method=exchange.method,
                path=exchange.path[:LOGGED_CHARACTERS_MAX],
                headers=_without_secrets(exchange.headers),
                body=exchange.body[:LOGGED_CHARACTERS_MAX],
                status=exchange.status,
                answer=exchange.answer[:LOGGED_CHARACTERS_MAX],
                fault=exchange.fault,
                milliseconds=exchange.milliseconds,
                direction=exchange.direction,
            )
        )

    def after(self, number: int) -> list[LoggedCall]:
        """The calls since that one, the oldest first."""
        return [call for call in self.calls if call.number > number]

    def clear(self) -> None:
        """Forget the calls; numbers and counts go on."""
        self.calls.clear()


def _without_secrets(headers: Mapping[str, str]) -> dict[str, str]:
    return {
        name.lower(): HIDDEN
        if name.lower() in _SECRET_HEADERS
        else value[:LOGGED_HEADER_CHARACTERS_MAX]
        for name, value in headers.items()
    }
