"""Limits of what one client may hold without having booked, and its fingerprint."""

from typing import Final

import msgspec

from fullhouse.booking import limits
from fullhouse.booking.model.commands import ClientLimits
from fullhouse.kernel.context import Permission, RequestContext
from fullhouse.kernel.ids import OrgId, derived_id


class HoldLimits(msgspec.Struct, frozen=True):
    """How much guests of one network address may hold and wait for at once, at one business.

    A whole school may share an address, so there is room for some thirty families. `holds` counts
    holds and entries of waiting lists together, `places` their places, `waits` entries for one
    slot.
    """

    holds: int = limits.HOLDS_PER_CLIENT_MAX
    places: int = limits.HELD_PLACES_PER_CLIENT_MAX
    waits: int = limits.WAITS_PER_CLIENT_MAX

    def of(self, org_id: OrgId, context: RequestContext) -> ClientLimits | None:
        """The limits of a guest; None for staff, API keys that sell, and the system."""
        if not context.network or context.may(Permission.CHANGE_BOOKINGS):
            return None
        client = derived_id("client", str(org_id), context.network)
        return ClientLimits(client, self.holds, self.places, self.waits)


DEFAULT_HOLD_LIMITS: Final = HoldLimits()
