"""Events of circuits, the operating mode, flags, inconsistent records and received webhooks.

The subject of a circuit's is derived from its service, that of a received webhook is its id.
"""

from typing import Final
from uuid import UUID

from typing_extensions import override

from fullhouse.kernel.events import Event

CIRCUITS: Final = "circuit"
"""What topics of circuits begin with."""
OPERATING_MODE: Final = "operating-mode"
"""What the topic of the operating mode begins with."""


FLAGS: Final = "flag"
"""What topics of flags begin with."""


class CircuitEvent(Event, frozen=True):
    """Base of events after which all processes look at the circuit of `service` again."""

    service: str
    reason: str

    @override
    def topics(self, org_id: UUID) -> tuple[str, ...]:
        return (f"{CIRCUITS}/{self.service}",)


class CircuitOpened(CircuitEvent, frozen=True):
    """Calls to a service are refused from now on, except for probes `hold_seconds` later."""

    hold_seconds: float


class CircuitClosed(CircuitEvent, frozen=True):
    """Calls to a service are let through again, whatever they come to for `hold_seconds`."""

    hold_seconds: float = 0.0


class OperatingModeChanged(Event, frozen=True):
    """The operator has set what the installation does, for some seconds or until set again."""

    mode: str
    reason: str
    seconds: float | None

    @override
    def topics(self, org_id: UUID) -> tuple[str, ...]:
        return (f"{OPERATING_MODE}/all",)


class FlagEvent(Event, frozen=True):
    """Base of events after which all processes look at their flags again."""

    flag: str
    percent: int
    reason: str

    @override
    def topics(self, org_id: UUID) -> tuple[str, ...]:
        return (f"{FLAGS}/{self.flag}",)


class FlagChanged(FlagEvent, frozen=True):
    """A rollout has begun or taken a step, or somebody has set a flag."""


class FlagRolledBack(FlagEvent, frozen=True):
    """Those with the feature failed more often, so nobody has it any more."""


class ConsistencyEvent(Event, frozen=True):
    """Base of events about a record that breaks a consistency rule; `record` is its id."""

    rule: str
    record: str


class InconsistencyDetected(ConsistencyEvent, frozen=True):
    """A record breaks a rule, and did so again five seconds later."""

    quarantined: bool
    """Whether its changes are refused until it is repaired or released."""


class InconsistencyRepaired(ConsistencyEvent, frozen=True):
    """A record was made whole again; `columns` are what changed."""

    columns: tuple[str, ...]


class InconsistencyRepairUndone(ConsistencyEvent, frozen=True):
    """A repair was taken back."""


class InconsistencyReleased(ConsistencyEvent, frozen=True):
    """A record may be changed although it breaks a rule."""

    reason: str


class InconsistencyEnded(ConsistencyEvent, frozen=True):
    """A record no longer breaks a rule, without a repair from here."""


class WebhookSourceSet(Event, frozen=True):
    """Webhooks of a provider are received, verified by a new secret."""

    provider: str


class WebhookSourceRemoved(Event, frozen=True):
    """Webhooks of a provider are not received any more."""

    provider: str


class WebhookReceived(Event, frozen=True):
    """A webhook with a valid signature was stored."""

    provider: str


class WebhookReplayed(Event, frozen=True):
    """A received webhook is processed anew, for the `replays`th time."""

    provider: str
    replays: int


class WebhookProcessed(Event, frozen=True):
    """A webhook was processed, or found to be about nothing of ours (`ignored`)."""

    provider: str
    status: str
