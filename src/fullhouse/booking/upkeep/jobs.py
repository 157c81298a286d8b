"""The jobs of booking: offer freed places, expire holds, count sales, prune idempotency keys."""

from dataclasses import dataclass
from datetime import timedelta

from fullhouse.booking.actions.count_sales import CountSales
from fullhouse.booking.actions.expire_holds import ExpireHolds
from fullhouse.booking.actions.offer_freed_places import OFFER_PLACES, OfferFreedPlaces
from fullhouse.booking.actions.prune_idempotency_keys import PruneIdempotencyKeys
from fullhouse.booking.model.slot import SlotId
from fullhouse.jobs.effects import Effect
from fullhouse.jobs.kinds import JobKind, RecurringJob
from fullhouse.kernel.context import SYSTEM, RequestContext


@dataclass(frozen=True, slots=True)
class BookingUpkeep:
    """The jobs of booking, for `bootstrap` to list."""

    offer_freed_places: OfferFreedPlaces
    expire_holds: ExpireHolds
    prune_idempotency_keys: PruneIdempotencyKeys
    count_sales: CountSales

    def kinds(self) -> tuple[JobKind, ...]:
        return (JobKind(OFFER_PLACES, self._offer),)

    def recurring(self) -> tuple[RecurringJob, ...]:
        hour, shift = timedelta(hours=1), timedelta(minutes=57)
        return (
            RecurringJob(
                "expire holds",
                self._expire,
                every=timedelta(seconds=5),
                yields_under_load=False,  # somebody waits for the places
            ),
            RecurringJob("count sales", self._count_sales, every=timedelta(seconds=20)),
            RecurringJob("prune idempotency keys", self._prune, every=hour, shift=shift),
        )

    async def _offer(self, effect: Effect) -> None:
        context = RequestContext(SYSTEM, effect.correlation_id)
        await self.offer_freed_places(effect.org_id, SlotId(effect.subject), context=context)

    async def _expire(self) -> None:
        await self.expire_holds()

    async def _count_sales(self) -> None:
        await self.count_sales()

    async def _prune(self) -> None:
        await self.prune_idempotency_keys()
