"""A member of staff is sent a link to sign in with."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import asyncpg

from fullhouse.kernel.clock import Clock
from fullhouse.kernel.ids import Ids, OrgId
from fullhouse.people.actions.record import Author, record
from fullhouse.people.errors import UnknownOrganisation
from fullhouse.people.events import BY_OPERATOR
from fullhouse.people.limits import SIGN_IN_LINK_HOURS
from fullhouse.people.model import secret_hash
from fullhouse.storage.database import Database


@dataclass(frozen=True, slots=True)
class IssuedSignInLink:
    """The token that goes into the link, this once: only its hash is kept."""

    token: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class IssueSignInLink:
    """Makes a link that works once. `ids` must draw from the system's randomness."""

    database: Database
    clock: Clock
    ids: Ids

    async def __call__(
        self, org_id: OrgId, *, person: str, actor: str = BY_OPERATOR
    ) -> IssuedSignInLink:
        """Raises `UnknownOrganisation`."""
        now = self.clock.now()
        link = IssuedSignInLink(self.ids.secret(), now + timedelta(hours=SIGN_IN_LINK_HOURS))
        try:
            async with self.database.transaction() as session:
                await session.execute(
                    "people.add_sign_in_link",
                    org_id=org_id,
                    token_hash=secret_hash(link.token),
                    person=person,
                    expires_at=link.expires_at,
                )
                await record(
                    session,
                    "SignInLinkIssued",
                    org_id=org_id,
                    subject=org_id,
                    by=Author(actor, at=now, ids=self.ids),
                )
        except asyncpg.ForeignKeyViolationError as error:
            raise UnknownOrganisation from error
        return link
