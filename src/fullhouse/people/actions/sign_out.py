"""Sign a person out."""

from dataclasses import dataclass
from uuid import UUID

from fullhouse.people.events import AccountSignedOut
from fullhouse.people.model import hash_token
from fullhouse.storage.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class SignOut:
    """Ends a session; one that has ended already is not an error."""

    async def __call__(self, uow: UnitOfWork, token: str) -> None:
        account_id = await uow.session.fetch_value(
            "people.end_account_session", UUID, token_hash=hash_token(token)
        )
        if account_id is not None:
            uow.record(account_id, AccountSignedOut())
