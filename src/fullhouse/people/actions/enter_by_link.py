"""A link is exchanged for a session."""

from dataclasses import dataclass
from datetime import timedelta

from fullhouse.kernel.clock import Clock
from fullhouse.kernel.ids import Ids
from fullhouse.people.actions.record import Author, record
from fullhouse.people.errors import SignInLinkSpent
from fullhouse.people.limits import STAFF_SESSION_HOURS
from fullhouse.people.model import StaffMember, secret_hash
from fullhouse.storage.database import Database


@dataclass(frozen=True, slots=True)
class EnteredSession:
    """The session's token for a cookie, this once, and whose session it is."""

    token: str
    member: StaffMember


@dataclass(frozen=True, slots=True)
class EnterByLink:
    """Spends a sign-in link and opens a session. `ids` must draw from the system's randomness."""

    database: Database
    clock: Clock
    ids: Ids

    async def __call__(self, token: str) -> EnteredSession:
        """Raises `SignInLinkSpent` for a link used before, past its time or never issued."""
        now = self.clock.now()
        async with self.database.transaction() as session:
            link = await session.fetch_one(
                "people.spend_sign_in_link", StaffMember, token_hash=secret_hash(token), now=now
            )
            if link is None:
                raise SignInLinkSpent
            entered = EnteredSession(
                self.ids.secret(),
                StaffMember(link.org_id, link.person, now + timedelta(hours=STAFF_SESSION_HOURS)),
            )
            await session.execute(
                "people.add_staff_session",
                org_id=link.org_id,
                token_hash=secret_hash(entered.token),
                person=link.person,
                expires_at=entered.member.expires_at,
            )
            await record(
                session,
                "StaffSignedIn",
                org_id=link.org_id,
                subject=link.org_id,
                by=Author("staff", at=now, ids=self.ids),
            )
        return entered
