"""What booking does by itself: offers freed places, ends holds, forgets keys."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from fullhouse.booking.actions.forget_old_keys import ForgetOldKeys
from fullhouse.booking.actions.give_back_lapsed import GiveBackLapsed
from fullhouse.booking.actions.offer_freed_places import OFFER_PLACES, OfferFreedPlaces
from fullhouse.booking.model.requests import Caller
from fullhouse.booking.model.slot import SlotId
from fullhouse.jobs.effects import Effect
from fullhouse.jobs.kinds import JobKind, RecurringJob

BY_THE_CLOCK: Final = "clock"


@dataclass(frozen=True, slots=True)
class BookingUpkeep:
    """The jobs of booking, for `bootstrap` to list."""

    offer_freed_places: OfferFreedPlaces
    give_back_lapsed: GiveBackLapsed
    forget_old_keys: ForgetOldKeys

    def kinds(self) -> tuple[JobKind, ...]:
        return (JobKind(OFFER_PLACES, self._offer),)

    def recurring(self) -> tuple[RecurringJob, ...]:
        hour, shift = timedelta(hours=1), timedelta(minutes=57)
        return (
            RecurringJob("expire holds", self._give_back, every=timedelta(seconds=5)),
            RecurringJob("prune idempotency keys", self._forget, every=hour, shift=shift),
        )

    async def _offer(self, effect: Effect) -> None:
        caller = Caller(BY_THE_CLOCK, effect.correlation_id)
        await self.offer_freed_places(effect.org_id, SlotId(effect.subject), caller=caller)

    async def _give_back(self) -> None:
        await self.give_back_lapsed()

    async def _forget(self) -> None:
        await self.forget_old_keys()
