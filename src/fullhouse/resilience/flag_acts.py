"""What an operator sees of the flags and does to them, by command and page alike."""

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from msgspec import Struct

from fullhouse.kernel.context import RequestContext
from fullhouse.kernel.errors import InvalidInput
from fullhouse.kernel.ids import INSTALLATION
from fullhouse.resilience.flag_rollout import (
    FlagTallies,
    change_flag,
    first_step,
    flag_tallies,
    held_at,
)
from fullhouse.resilience.flags import FlagDefinition, FlagState, stored_flags
from fullhouse.storage.unit_of_work import UnitOfWorkFactory


class FlagAct(enum.StrEnum):
    """What can be done to a flag."""

    START = "start"
    """Roll it out step by step."""
    ON = "on"
    """Everybody has it."""
    OFF = "off"
    """Nobody has it."""


class FlagOrder(Struct, frozen=True):
    """What to do with a flag; without a `percent` its rollout begins."""

    name: str
    reason: str
    percent: int | None = None


class ShownFlag(Struct, frozen=True):
    """A flag with what was seen of it."""

    definition: FlagDefinition
    state: FlagState
    seen: FlagTallies


@dataclass(frozen=True, slots=True)
class FlagActs:
    """On the flags of this version."""

    unit_of_work: UnitOfWorkFactory
    definitions: Mapping[str, FlagDefinition]

    async def listed(self) -> Sequence[ShownFlag]:
        """Every flag; those that were never set too."""
        async with self.unit_of_work.database.session() as session:
            stored = {state.name: state for state in await stored_flags(session)}
            seen = await flag_tallies(session)
        return [
            ShownFlag(
                one,
                stored.get(name) or FlagState(name, one.percent),
                seen.get(name, FlagTallies()),
            )
            for name, one in self.definitions.items()
        ]

    async def carry_out(self, context: RequestContext, order: FlagOrder) -> None:
        """Begin a rollout or set a percentage.

        Raises `InvalidInput` for a flag that there is not, and `VersionConflict` when somebody else
        changes it at the same moment.
        """
        definition = self.definitions.get(order.name)
        if definition is None:
            raise InvalidInput(f"Name one of: {', '.join(self.definitions)}.", field="name")
        (before,) = [one.state for one in await self.listed() if one.state.name == order.name]
        following = (
            first_step(definition, before, order.reason)
            if order.percent is None
            else held_at(before, order.percent, order.reason)
        )
        async with self.unit_of_work(context, INSTALLATION) as uow:
            await change_flag(uow, following)


def order_of(name: str, act: FlagAct, reason: str) -> FlagOrder:
    """The order that an act comes to."""
    percent = {FlagAct.START: None, FlagAct.ON: 100, FlagAct.OFF: 0}[act]
    return FlagOrder(name, reason, percent)
