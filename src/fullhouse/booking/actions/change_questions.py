"""Change the questions of an offering one by one; bookings keep the answers that they have."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

import msgspec

from fullhouse.booking import errors, limits
from fullhouse.booking.actions.save_offering import SaveOffering
from fullhouse.booking.actions.undo_change import past_events
from fullhouse.booking.catalogue import lock_offering, offering_by_slug
from fullhouse.booking.events import OfferingChanged
from fullhouse.booking.model.offering import Offering
from fullhouse.booking.model.questions import Question
from fullhouse.booking.model.readable_ids import new_readable_id
from fullhouse.storage.unit_of_work import UnitOfWork


class _Before(msgspec.Struct, frozen=True):
    """The questions before a change; None when it changed others of its fields."""

    questions: tuple[Question, ...] | None = None


@dataclass(frozen=True, slots=True)
class ChangeQuestions:
    """Adds, changes, moves and removes a question of an offering.

    All raise `UnknownOffering`, `UnknownQuestion`, and as `SaveOffering`.
    """

    save_offering: SaveOffering

    async def save(
        self,
        uow: UnitOfWork,
        offering: str,
        question: Question,
        *,
        expected_version: int | None,
    ) -> Question:
        """Replace the question with this id; one without an id is added as the last."""
        found = await locked_offering(uow, offering)
        if not question.id:
            taken = [one.id for one in found.questions]
            new_id = new_readable_id(question.text, taken, without="question")
            question = msgspec.structs.replace(question, id=new_id)
            changed = (*found.questions, question)
        else:
            place = _place(found, question.id)
            changed = (*found.questions[:place], question, *found.questions[place + 1 :])
        await self._save(uow, found, changed, expected_version=expected_version)
        return question

    async def remove(self, uow: UnitOfWork, offering: str, question_id: str) -> None:
        found = await locked_offering(uow, offering)
        place = _place(found, question_id)
        await self._save(uow, found, (*found.questions[:place], *found.questions[place + 1 :]))

    async def move_up(self, uow: UnitOfWork, offering: str, question_id: str) -> None:
        """Ask it before the one that it follows; the first stays."""
        found = await locked_offering(uow, offering)
        asked, place = list(found.questions), _place(found, question_id)
        asked.insert(max(0, place - 1), asked.pop(place))
        await self._save(uow, found, asked)

    async def restore(self, uow: UnitOfWork, offering: str, question_id: str) -> None:
        """Take a removal back, for a minute; raises `TooLateToUndo`."""
        found = await locked_offering(uow, offering)
        if any(one.id == question_id for one in found.questions):
            return
        since = uow.now - timedelta(seconds=limits.UNDO_SECONDS)
        for one in await past_events(uow.session, uow.org_id, found.offering_id):
            if one.kind == OfferingChanged.kind() and one.at >= since:
                before = msgspec.convert(one.payload.get("before"), _Before).questions or ()
                place = next((n for n, q in enumerate(before) if q.id == question_id), None)
                if place is not None:
                    asked = [*found.questions[:place], before[place], *found.questions[place:]]
                    await self._save(uow, found, asked)
                    return
        raise errors.TooLateToUndo

    async def _save(
        self,
        uow: UnitOfWork,
        offering: Offering,
        questions: Sequence[Question],
        *,
        expected_version: int | None = None,
    ) -> None:
        changed = replace(offering, questions=tuple(questions))
        await self.save_offering(uow, changed, expected_version=expected_version)


async def locked_offering(uow: UnitOfWork, slug: str) -> Offering:
    """Raises `UnknownOffering`."""
    named = await offering_by_slug(uow.session, uow.org_id, slug)
    found = named and await lock_offering(uow.session, uow.org_id, named.offering_id)
    if found is None:
        raise errors.UnknownOffering
    return found


def _place(offering: Offering, question_id: str) -> int:
    for place, one in enumerate(offering.questions):
        if one.id == question_id:
            return place
    raise errors.UnknownQuestion
