"""What clients saw, and what the database says: the two sides of a history.

After Jepsen: a call ends *ok* (its effect is there), *fail* (it is not) or *unknown* (the line
broke, or the server could not say). Unknown is an honest answer, but must be resolved by asking
again with the same key.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

Act = Literal["book", "cancel", "undo"]
Outcome = Literal["ok", "fail", "unknown"]


@dataclass(slots=True)
class Call:
    """One request of one customer, from its first sending to its last answer, in seconds."""

    act: Act
    customer: str
    slot: UUID
    party: int
    began: float
    ended: float = 0.0
    outcome: Outcome = "unknown"
    ref: str = ""
    code: str = ""
    first_outcome: Outcome = "unknown"
    refs: set[str] | None = None

    @property
    def seconds(self) -> float:
        return self.ended - self.began


@dataclass(frozen=True, slots=True)
class Stored:
    """A booking as the database has it in the end."""

    ref: str
    customer: str
    slot: UUID
    party: int
    live: bool


@dataclass(frozen=True, slots=True)
class History:
    """Everything that is to be judged: calls, what is stored, and the places of each slot."""

    calls: tuple[Call, ...]
    stored: tuple[Stored, ...]
    capacity: dict[UUID, int]

    def of(self, act: Act) -> Iterable[Call]:
        return (call for call in self.calls if call.act == act)
