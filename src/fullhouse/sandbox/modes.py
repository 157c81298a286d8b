"""What a provider does wrong, and when: modes, faults, and scripts of outage windows."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Final, TypeVar

import msgspec
from msgspec import Meta, Struct

from fullhouse.kernel.clock import Clock
from fullhouse.kernel.errors import InvalidInput
from fullhouse.sandbox.limits import SLOW_SECONDS, SWITCHED_SECONDS_MAX, WINDOWS_MAX

T = TypeVar("T")
Seconds = Annotated[float, Meta(ge=0, le=SWITCHED_SECONDS_MAX)]


class Mode(StrEnum):
    """How a provider behaves as a whole."""

    OK = "ok"
    DOWN = "down"
    """Every request is refused with 503."""
    SLOW = "slow"
    """Every answer comes late."""
    FLAPPING = "flapping"
    """Down and well in turns of `period_seconds`."""
    RATE_LIMITED = "rate_limited"
    """429 with `Retry-After`."""
    QUEUE_FULL = "queue_full"
    """400 `Queue is full`, as Make.com says it."""
    GONE = "gone"
    """410: this address will not work again."""
    LYING = "lying"
    """200 with rubbish, and nothing happens; a message is even acknowledged."""
    TIMEOUT_AFTER_EFFECT = "timeout_after_effect"
    """The request takes effect and is never answered."""
    DOUBLED = "doubled"
    """A message is delivered twice, a webhook is sent twice."""
    LOST = "lost"
    """A message is accepted and not delivered, a webhook is not sent."""
    DISORDERED = "disordered"
    """A webhook arrives after the next one."""
    WRONG_SIGNATURE = "wrong_signature"
    """Webhooks are signed with another secret."""
    RESET = "reset"
    """The connection is reset without an answer, before anything happens."""
    SLOW_CLOSE = "slow_close"
    """The answer comes at once and does not end for seconds."""


class Fault(Struct, frozen=True, forbid_unknown_fields=True):
    """A mode with its figures; latency and error rate come on top of any mode."""

    mode: Mode = Mode.OK
    latency_seconds: Seconds = 0.0
    error_rate: Annotated[float, Meta(ge=0, le=1)] = 0.0
    """The share of requests that are answered with 500, by chance from the seed."""
    retry_after_seconds: Annotated[int, Meta(ge=0, le=86_400)] = 30
    period_seconds: Annotated[float, Meta(gt=0, le=86_400)] = 10.0

    @property
    def delay_seconds(self) -> float:
        """Before the request takes effect."""
        if self.mode is Mode.SLOW and not self.latency_seconds:
            return SLOW_SECONDS
        return self.latency_seconds

    @property
    def name(self) -> str:
        """For the log; empty when nothing is wrong."""
        if self.mode is Mode.OK:
            return "latency" if self.latency_seconds else ""
        return self.mode.value


class Window(Fault, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A fault for a time, counted from the start of its script."""

    after_seconds: Seconds
    for_seconds: Seconds


class _Timing(Struct, frozen=True):
    for_seconds: Seconds | None = None
    script: Annotated[tuple[Window, ...], Meta(max_length=WINDOWS_MAX)] | None = None


class SwitchState(Struct, frozen=True):
    """What a switch is set to, and what holds now."""

    mode: Mode
    fault: Fault
    until: datetime | None
    script: tuple[Window, ...]
    script_since: datetime | None


_WELL: Final = Fault()
_FAULT_FIELDS: Final = frozenset(Fault.__struct_fields__)
SWITCH_FIELDS: Final = _FAULT_FIELDS | {"for_seconds", "script"}


@dataclass(slots=True)
class Switch:
    """The fault of one provider: set by hand, perhaps for a time, or by a script."""

    clock: Clock
    fault: Fault = _WELL
    since: float = 0.0
    until: float | None = None
    windows: tuple[Window, ...] = ()
    script_since: float = 0.0

    def current(self) -> Fault:
        """What holds at this moment; a window of the script goes before what is set by hand."""
        now = self.clock.monotonic()
        fault, since = self.fault, self.since
        if self.until is not None and now >= self.until:
            fault = _WELL
        for window in self.windows:
            begins = self.script_since + window.after_seconds
            if begins <= now < begins + window.for_seconds:
                fault, since = _fault_of(window), begins
        return _phase(fault, now - since)

    def change(self, given: dict[str, object]) -> None:
        """Set what `PUT /control/{provider}` names; raises `InvalidInput`.

        A mode comes alone: figures that are not given with it have their defaults again.
        """
        now = self.clock.monotonic()
        figures = {name: value for name, value in given.items() if name in _FAULT_FIELDS}
        kept = {} if "mode" in figures else msgspec.to_builtins(self.fault)
        fault = converted({**kept, **figures}, Fault)
        timing = converted(
            {name: given[name] for name in ("for_seconds", "script") if name in given}, _Timing
        )
        if timing.script is not None:
            self.windows, self.script_since = timing.script, now
        if "mode" in figures or timing.for_seconds is not None:
            self.until = None if timing.for_seconds is None else now + timing.for_seconds
            self.since = now
        self.fault = fault

    def state(self) -> SwitchState:
        """For people and programs that look at it."""
        now = self.clock.monotonic()
        is_over = self.until is not None and now >= self.until
        return SwitchState(
            self.current().mode,
            _WELL if is_over else self.fault,
            None if self.until is None or is_over else self._instant(self.until),
            self.windows,
            self._instant(self.script_since) if self.windows else None,
        )

    def _instant(self, ticks: float) -> datetime:
        return self.clock.now() + timedelta(seconds=ticks - self.clock.monotonic())


def converted(value: object, kind: type[T], *, is_text: bool = False) -> T:
    """The value as its type; raises `InvalidInput` with what is wrong and where.

    Of a form all values are text, of which numbers and booleans are made.
    """
    try:
        return msgspec.convert(value, kind, strict=not is_text)
    except msgspec.ValidationError as error:
        raise InvalidInput(f"{error}.", field="body") from None


def _fault_of(window: Window) -> Fault:
    return Fault(**{name: getattr(window, name) for name in Fault.__struct_fields__})


def _phase(fault: Fault, seconds: float) -> Fault:
    """The half of the turn that a flapping provider is in: it begins with being down."""
    if fault.mode is not Mode.FLAPPING:
        return fault
    is_down = int(seconds / fault.period_seconds) % 2 == 0
    return msgspec.structs.replace(fault, mode=Mode.DOWN if is_down else Mode.OK)
