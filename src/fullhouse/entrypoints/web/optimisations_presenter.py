"""Presenter of optimisations: what is proposed, tried and kept, and what came to an end. Pure."""

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from fullhouse.booking.model.urls import OPTIMISATIONS_PATH
from fullhouse.entrypoints.web.views import Note
from fullhouse.localisation.formatter import LocaleFormatter
from fullhouse.localisation.translations import gettext_noop, pgettext_noop
from fullhouse.observability.optimisations import (
    Optimisation,
    OptimisationAct,
    OptimisationState,
    OptimisationStep,
    acts_on,
)

_DONE: Final[Mapping[str, str]] = {
    "apply": gettext_noop("The worker tries it within minutes."),
    "undo": gettext_noop("It is taken back within minutes."),
}
_STATES: Final[Mapping[str, str]] = {
    OptimisationState.PROPOSED: pgettext_noop("optimisation", "Proposed"),
    OptimisationState.APPROVED: pgettext_noop("optimisation", "Waiting to be tried"),
    OptimisationState.BUILDING: pgettext_noop("optimisation", "Being built"),
    OptimisationState.MEASURING: pgettext_noop("optimisation", "Being measured"),
    OptimisationState.KEPT: pgettext_noop("optimisation", "Kept"),
    OptimisationState.UNDOING: pgettext_noop("optimisation", "Being taken back"),
    OptimisationState.UNDONE: pgettext_noop("optimisation", "Taken back"),
    OptimisationState.FAILED: pgettext_noop("optimisation", "Failed"),
}


class StepRow(msgspec.Struct, frozen=True):
    """A state that it came to; `note` in English, as commands say it."""

    state: str
    at: str
    done_by: str
    note: str


class OptimisationRow(msgspec.Struct, frozen=True):
    """An optimisation; `reason` and `action` as they were stored, in English and SQL."""

    name: str
    state: str
    is_kept: bool
    reason: str
    action: str
    figures: tuple[str, ...]
    steps: tuple[StepRow, ...]
    can_apply: bool
    can_undo: bool


class OptimisationsView(msgspec.Struct, frozen=True):
    """The page."""

    title: str
    path: str
    sentence: str
    note: Note | None
    now: tuple[OptimisationRow, ...]
    before: tuple[OptimisationRow, ...]


class OptimisationsPresenter(msgspec.Struct, frozen=True):
    """Presents optimisations in UTC: an installation serves venues of several zones."""

    text: LocaleFormatter
    found: Sequence[Optimisation]
    steps: Sequence[OptimisationStep]

    def view(self, *, done: str, problem: str) -> OptimisationsView:
        _ = self.text.translations.gettext
        note = Note("bad", _(problem)) if problem else None
        if note is None and done in _DONE:
            note = Note("good", _(_DONE[done]))
        return OptimisationsView(
            title=_("Optimisations"),
            path=OPTIMISATIONS_PATH,
            sentence=self._sentence(),
            note=note,
            now=tuple(self._row(one) for one in self.found if one.ended_at is None),
            before=tuple(self._row(one) for one in self.found if one.ended_at is not None),
        )

    def _sentence(self) -> str:
        text = self.text.translations
        proposed = sum(one.state == OptimisationState.PROPOSED for one in self.found)
        if not proposed:
            return text.gettext("Nothing is proposed now.")
        return text.ngettext(
            "%(n)s change would make this installation faster.",
            "%(n)s changes would make this installation faster.",
            proposed,
        )

    def _row(self, one: Optimisation) -> OptimisationRow:
        text, acts = self.text, acts_on(one)
        return OptimisationRow(
            name=one.name,
            state=self._state(one.state),
            is_kept=one.state == OptimisationState.KEPT,
            reason=one.reason,
            action=one.action,
            figures=tuple(self._figures(one)),
            steps=tuple(
                StepRow(self._state(step.state), text.listed_time(step.at), step.done_by, step.note)
                for step in self.steps
                if step.optimisation_id == one.optimisation_id
            ),
            can_apply=OptimisationAct.APPLY in acts,
            can_undo=OptimisationAct.UNDO in acts,
        )

    def _state(self, state: str) -> str:
        return self.text.translations.pgettext("optimisation", _STATES[state])

    def _figures(self, one: Optimisation) -> Sequence[str]:
        """What was measured, for those that were tried."""
        _ = self.text.translations.gettext
        sentences = {
            "read_seconds": gettext_noop(
                "Its queries took %(before)s before, and %(after)s since."
            ),
            "write_seconds": gettext_noop("Changes took %(before)s before, and %(after)s since."),
        }
        return [
            _(
                sentence,
                before=self.text.latency(one.before[name]),
                after=self.text.latency(one.after[name]),
            )
            for name, sentence in sentences.items()
            if one.before.get(name) and one.after.get(name)
        ]
