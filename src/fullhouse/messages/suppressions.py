"""Addresses that get only what they need: who unsubscribed, and whose e-mails come back.

A row has an id derived from the address, so that it may outlast the erasure of the person: somebody
who comes again has still unsubscribed.
"""

from datetime import datetime, timedelta
from uuid import UUID

from msgspec import Struct

from fullhouse.kernel.ids import OrgId, derived_id
from fullhouse.messages.events import Resubscribed, Unsubscribed
from fullhouse.messages.limits import BOUNCE_COUNTS_DAYS
from fullhouse.messages.model import SuppressionReason
from fullhouse.people.model.contact import mailbox_of
from fullhouse.storage.database import Session
from fullhouse.storage.unit_of_work import UnitOfWork


class Suppression(Struct, frozen=True):
    """Why, and since when."""

    reason: SuppressionReason
    at: datetime


def address_id_of(org_id: OrgId, address: str) -> UUID:
    """The id of a mailbox, however its address is spelled."""
    return derived_id("address", str(org_id), mailbox_of(address))


async def suppressions_of(
    session: Session, org_id: OrgId, address_id: UUID
) -> dict[SuppressionReason, datetime]:
    """Since when, by reason; empty for an address that gets everything."""
    found = await session.fetch(
        "messages.suppressions_of", Suppression, org_id=org_id, address_id=address_id
    )
    return {one.reason: one.at for one in found}


async def reasons_against(
    session: Session, org_id: OrgId, address: str, *, now: datetime
) -> dict[SuppressionReason, datetime]:
    """Why an address gets only what it needs now: a mailbox may be set up again after a time."""
    found = await suppressions_of(session, org_id, address_id_of(org_id, address))
    earliest = now - timedelta(days=BOUNCE_COUNTS_DAYS)
    return {one: at for one, at in found.items() if one == "unsubscribed" or at > earliest}


async def suppress(uow: UnitOfWork, address_id: UUID, reason: SuppressionReason) -> bool:
    """Whether that is new; a bounce always is."""
    return bool(
        await uow.session.execute(
            "messages.suppress",
            org_id=uow.org_id,
            address_id=address_id,
            reason=reason,
            at=uow.now,
        )
    )


async def unsubscribe(uow: UnitOfWork, address_id: UUID) -> None:
    """Safe to repeat."""
    if await suppress(uow, address_id, "unsubscribed"):
        uow.record(address_id, Unsubscribed())


async def resubscribe(uow: UnitOfWork, address_id: UUID) -> None:
    """Safe to repeat."""
    ended = await uow.session.execute(
        "messages.end_suppression",
        org_id=uow.org_id,
        address_id=address_id,
        reason="unsubscribed",
    )
    if ended:
        uow.record(address_id, Resubscribed())
