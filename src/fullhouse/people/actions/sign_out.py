"""Sign a staff member out."""

from dataclasses import dataclass

from fullhouse.people.events import StaffSignedOut
from fullhouse.people.model import StaffSession, hash_token
from fullhouse.storage.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class SignOut:
    """Ends a session; one that has ended already is not an error."""

    async def __call__(self, uow: UnitOfWork, session: StaffSession, token: str) -> None:
        ended = await uow.session.execute(
            "people.end_staff_session", org_id=uow.org_id, token_hash=hash_token(token)
        )
        if ended:
            uow.record(session.account_id, StaffSignedOut())
