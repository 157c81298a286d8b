"""The link of a booking on its page for staff: they renew it when the wrong people have it."""

from collections.abc import Sequence

import msgspec

from fullhouse.booking.actions.renew_booking_link import RenewBookingLink
from fullhouse.booking.model.booking import ATTENDING
from fullhouse.booking.reads.search import BookingMatch, BookingSearches
from fullhouse.entrypoints.web.admin_actions import Action
from fullhouse.entrypoints.web.page_context import PageContext
from fullhouse.kernel.context import Permission
from fullhouse.localisation.translations import gettext_noop
from fullhouse.storage.unit_of_work import UnitOfWorkFactory


class BookingLinks(msgspec.Struct, frozen=True):
    """Renews links of bookings."""

    unit_of_work: UnitOfWorkFactory
    searches: BookingSearches
    renew_link: RenewBookingLink

    def action(self) -> Action[BookingMatch]:
        return Action(
            "renew-link",
            gettext_noop("Send a new link"),
            self.renew,
            Permission.CHANGE_BOOKINGS,
            fits=lambda row: row.booking.status in ATTENDING,
        )

    async def renew(self, page: PageContext, refs: Sequence[str]) -> Sequence[str]:
        """Renew the links of these bookings; none is refused. Raises `UnknownBooking`."""
        for ref in refs:
            match = await self.searches.by_ref(page.org_id, ref)
            async with self.unit_of_work(page.context, page.org_id) as uow:
                await self.renew_link(uow, match.booking.booking_id)
        return ()
