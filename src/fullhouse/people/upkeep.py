"""The jobs of people: prune what sign-ins leave behind, and pictures that were deleted."""

from dataclasses import dataclass
from datetime import timedelta

from fullhouse.jobs.kinds import RecurringJob
from fullhouse.people.actions.prune_pictures import PrunePictures
from fullhouse.people.actions.prune_sign_ins import PruneSignIns


@dataclass(frozen=True, slots=True)
class PeopleUpkeep:
    """The jobs of people, for `bootstrap` to list."""

    prune_sign_ins: PruneSignIns
    prune_pictures: PrunePictures

    def recurring(self) -> tuple[RecurringJob, ...]:
        hour, shift = timedelta(hours=1), timedelta(minutes=41)
        return (
            RecurringJob("prune sign-ins", self.prune_sign_ins, every=hour, shift=shift),
            RecurringJob("prune pictures", self.prune_pictures, every=hour, shift=shift),
        )
