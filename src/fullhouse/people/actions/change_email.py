"""Change one's own e-mail address: confirmed at the new address, and approved at the one before."""

from dataclasses import dataclass

import asyncpg
from msgspec import Struct

from fullhouse.people.account_messages import tell
from fullhouse.people.errors import EmailTaken, SignInLinkSpent
from fullhouse.people.events import EmailChanged
from fullhouse.people.model import AccountId, hash_token
from fullhouse.people.model.accounts import AccountProfile
from fullhouse.people.model.lockout import email_change_counts
from fullhouse.people.password_check import PasswordCheck
from fullhouse.storage.unit_of_work import UnitOfWork


class EmailLink(Struct, frozen=True):
    """A link about a change of address."""

    account_id: AccountId
    purpose: str
    email: str


class EmailChange(Struct, frozen=True):
    """A change of address that waits, and whose sides have agreed."""

    email: str
    is_confirmed: bool
    is_approved: bool


@dataclass(frozen=True, slots=True)
class RequestEmailChange:
    """Asks both addresses; a later request takes the place of an earlier one.

    Whether another account has the new address shows only there: its e-mail says so.
    """

    check: PasswordCheck

    async def __call__(
        self, uow: UnitOfWork, account: AccountProfile, email: str, *, network: str
    ) -> None:
        """Raises `SignInLocked` when this account or network has asked for too many."""
        account_id, before = account.account_id, account.email
        counts = email_change_counts(self.check.secret, network, account_id)
        await self.check.refuse_locked(uow.session, counts)
        await self.check.count(uow.session, counts)
        await self.check.lock(uow.session, counts)
        await uow.session.execute(
            "people.request_email_change",
            account_id=account_id,
            email=email,
            now=uow.now,
            is_approved=before is None,
        )
        for purpose in ("confirm_email", "approve_email"):
            await uow.session.execute(
                "people.end_account_links", account_id=account_id, purpose=purpose, now=uow.now
            )
        await tell(uow, "confirm_email", account_id, email=email)
        if before is not None:
            await tell(uow, "approve_email", account_id, email=email)


@dataclass(frozen=True, slots=True)
class AgreeToEmailChange:
    """Uses the link of one side up; with the other side's, the address changes."""

    async def __call__(self, uow: UnitOfWork, token: str) -> bool:
        """Whether the address has changed now; else the other side has still to agree.

        Raises `SignInLinkSpent`, and `EmailTaken` when another account has the address by now.
        """
        link = await uow.session.fetch_one(
            "people.use_email_link", EmailLink, token_hash=hash_token(token), now=uow.now
        )
        if link is None:
            raise SignInLinkSpent
        change = await uow.session.fetch_one(
            "people.agree_to_email_change",
            EmailChange,
            account_id=link.account_id,
            email=link.email,
            confirms=link.purpose == "confirm_email",
            now=uow.now,
        )
        if change is None:
            raise SignInLinkSpent
        if not (change.is_confirmed and change.is_approved):
            return False
        await self._change(uow, link.account_id, change.email)
        return True

    async def _change(self, uow: UnitOfWork, account_id: AccountId, email: str) -> None:
        before = await uow.session.fetch_value(
            "people.email_of_account", str, account_id=account_id
        )
        try:
            await uow.session.execute(
                "people.set_email", account_id=account_id, email=email, now=uow.now
            )
        except asyncpg.UniqueViolationError as error:
            raise EmailTaken from error
        await uow.session.execute("people.end_email_change", account_id=account_id)
        uow.record(account_id, EmailChanged(account_id=account_id))
        if before is not None:
            await tell(uow, "email_changed", account_id, email=before)
