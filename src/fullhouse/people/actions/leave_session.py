"""A member of staff goes home."""

from dataclasses import dataclass

from fullhouse.kernel.clock import Clock
from fullhouse.kernel.ids import Ids
from fullhouse.people.actions.record import Author, record
from fullhouse.people.model import StaffMember, secret_hash
from fullhouse.storage.database import Database


@dataclass(frozen=True, slots=True)
class LeaveSession:
    """Ends the session of a token; one that has ended already is no error."""

    database: Database
    clock: Clock
    ids: Ids

    async def __call__(self, token: str) -> None:
        async with self.database.transaction() as session:
            member = await session.fetch_one(
                "people.end_staff_session", StaffMember, token_hash=secret_hash(token)
            )
            if member is None:
                return
            await record(
                session,
                "StaffSignedOut",
                org_id=member.org_id,
                subject=member.org_id,
                by=Author("staff", at=self.clock.now(), ids=self.ids),
            )
