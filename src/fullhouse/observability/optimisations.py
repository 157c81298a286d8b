"""Optimisations as rows: what was proposed, tried, kept and undone, by whom, to what effect."""

import enum
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, Literal
from uuid import UUID

from msgspec import Struct

from fullhouse.kernel.errors import InvalidInput
from fullhouse.observability.limits import OPTIMISATIONS_SHOWN_MAX, PROPOSED_AGAIN_DAYS
from fullhouse.storage.database import Session
from fullhouse.telemetry.log import get_logger

_LOG: Final = get_logger("observability")

OptimisationKind = Literal["index", "pool"]


class OptimisationState(enum.StrEnum):
    """From a proposal to its end."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    BUILDING = "building"
    MEASURING = "measuring"
    KEPT = "kept"
    UNDOING = "undoing"
    UNDONE = "undone"
    FAILED = "failed"


class OptimisationAct(enum.StrEnum):
    """What an operator does to one."""

    APPLY = "apply"
    UNDO = "undo"


class Proposal(Struct, frozen=True):
    """What could be changed, and the statements or figures that speak for it."""

    kind: OptimisationKind
    name: str
    subject: str
    reason: str
    action: str
    undo: str
    queries: Sequence[str]
    before: Mapping[str, float]


class Optimisation(Struct, frozen=True, kw_only=True):
    """Something that is proposed, on its way, in force, or was undone.

    `before` and `after` are what was measured: `cost` in the planner's unit, the rest in seconds.
    """

    optimisation_id: UUID
    kind: OptimisationKind
    name: str
    subject: str
    reason: str
    action: str
    undo: str
    queries: Sequence[str]
    state: str
    before: Mapping[str, float]
    after: Mapping[str, float]
    note: str
    changed_by: str
    proposed_at: datetime
    started_at: datetime | None
    changed_at: datetime
    ended_at: datetime | None


class OptimisationStep(Struct, frozen=True):
    """A state that an optimisation came to."""

    optimisation_id: UUID
    at: datetime
    state: str
    done_by: str
    note: str


class OptimisationChange(Struct, frozen=True):
    """To which state, and what is known by then."""

    state: OptimisationState
    note: str = ""
    by: str = ""
    before: Mapping[str, float] = {}
    after: Mapping[str, float] = {}


async def recent_optimisations(session: Session) -> Sequence[Optimisation]:
    """The latest, those changed last first."""
    return await session.fetch(
        "observability.optimisations", Optimisation, rows_max=OPTIMISATIONS_SHOWN_MAX
    )


async def open_optimisations(session: Session) -> Sequence[Optimisation]:
    """Those that are not over, in the order of their proposal."""
    return await session.fetch(
        "observability.open_optimisations", Optimisation, rows_max=OPTIMISATIONS_SHOWN_MAX
    )


async def steps_of(session: Session, found: Sequence[Optimisation]) -> Sequence[OptimisationStep]:
    return await session.fetch(
        "observability.steps_of_optimisations",
        OptimisationStep,
        optimisation_ids=[one.optimisation_id for one in found],
    )


async def propose(
    session: Session, proposal: Proposal, *, optimisation_id: UUID, now: datetime
) -> bool:
    """Propose something, or renew the proposal; whether it is a new one.

    What was undone within `PROPOSED_AGAIN_DAYS` is not proposed again.
    """
    made = await session.execute(
        "observability.propose_optimisation",
        optimisation_id=optimisation_id,
        kind=proposal.kind,
        name=proposal.name,
        subject=proposal.subject,
        reason=proposal.reason,
        action=proposal.action,
        undo=proposal.undo,
        queries=list(proposal.queries),
        before=proposal.before,
        now=now,
        ended_after=now - timedelta(days=PROPOSED_AGAIN_DAYS),
    )
    if made:
        _LOG.info("optimisation.proposed", name=proposal.name, reason=proposal.reason)
    return bool(made)


async def change_optimisation(
    session: Session,
    one: Optimisation,
    change: OptimisationChange,
    *,
    from_states: Sequence[OptimisationState],
    now: datetime,
) -> bool:
    """Take it on to another state, with the step in its history; whether it was in one of these."""
    changed = await session.execute(
        "observability.change_optimisation",
        optimisation_id=one.optimisation_id,
        state=change.state,
        note=change.note,
        by=change.by,
        before=change.before,
        after=change.after,
        from_states=list(from_states),
        now=now,
    )
    if changed:
        _LOG.info("optimisation.changed", name=one.name, state=change.state, note=change.note)
    return bool(changed)


async def act_on(
    session: Session, name: str, act: OptimisationAct, *, by: str, now: datetime
) -> None:
    """Ask the worker to try a proposal, or to undo what is in force; a proposal just ends.

    Raises `InvalidInput` for a name that is not open, and one that is past this.
    """
    found = next((one for one in await open_optimisations(session) if one.name == name), None)
    if found is None:
        raise InvalidInput("Choose one that is listed and not undone.", field="name")
    state = OptimisationState(found.state)
    target = _TARGETS.get((act, state))
    if target is None or act not in acts_on(found):
        raise InvalidInput(f"This one is {state.value}: wait, or choose another.", field="name")
    change = OptimisationChange(target, by=by)
    if not await change_optimisation(session, found, change, from_states=[state], now=now):
        raise InvalidInput("It has just changed: look at it again.", field="name")


def acts_on(one: Optimisation) -> frozenset[OptimisationAct]:
    """What can be done to it now; a pool's step ends with its process."""
    if one.kind != "index" or one.ended_at is not None:
        return frozenset()
    return frozenset(act for act, state in _TARGETS if state == one.state)


_TARGETS: Final[Mapping[tuple[OptimisationAct, OptimisationState], OptimisationState]] = {
    (OptimisationAct.APPLY, OptimisationState.PROPOSED): OptimisationState.APPROVED,
    (OptimisationAct.UNDO, OptimisationState.PROPOSED): OptimisationState.UNDONE,
    (OptimisationAct.UNDO, OptimisationState.APPROVED): OptimisationState.UNDONE,
    (OptimisationAct.UNDO, OptimisationState.MEASURING): OptimisationState.UNDOING,
    (OptimisationAct.UNDO, OptimisationState.KEPT): OptimisationState.UNDOING,
}
