"""Disable a person's account, enable it again, or end all its sessions, as the operator.

An account that is disabled keeps its roles and its history; nobody signs in to it. API keys are a
business's, not a person's, so they stay.
"""

from dataclasses import dataclass
from typing import assert_never

from fullhouse.people.account_messages import tell
from fullhouse.people.actions.add_account import SetOperator
from fullhouse.people.errors import LastOperator, LastOwner
from fullhouse.people.events import AccountDisabled, AccountEnabled, SessionsEnded
from fullhouse.people.model import AccountId
from fullhouse.people.model.account_acts import AccountAct
from fullhouse.people.model.accounts import Membership
from fullhouse.people.updates import AccountRow, locked_owners
from fullhouse.storage.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class DisableAccount:
    """Closes every way in, and opens those again that are not used up."""

    async def __call__(self, uow: UnitOfWork, account_id: AccountId) -> None:
        """An account that is disabled already stays so.

        Raises `LastOwner` and `LastOperator` when a business or the installation would have nobody
        left who can sign in.
        """
        await _keep_operator(uow, account_id)
        found = await uow.session.fetch(
            "people.businesses_of_account",
            Membership,
            account_id=account_id,
        )
        businesses = sorted(found, key=lambda one: one.org_id)  # all lock them in one order
        for one in businesses:
            if one.role == "owner" and not await locked_owners(
                uow.session, one.org_id, without=account_id
            ):
                raise LastOwner
        changed = await uow.session.execute(
            "people.disable_account", account_id=account_id, now=uow.now
        )
        if not changed:
            return
        for one in businesses:
            await uow.session.execute(
                "people.end_sign_in_links", org_id=one.org_id, account_id=account_id
            )
        await _end_ways_in(uow, account_id)
        uow.record(account_id, AccountDisabled(account_id=account_id))
        await tell(uow, "account_disabled", account_id)

    async def enable(self, uow: UnitOfWork, account_id: AccountId) -> None:
        """Sessions that began in the moment of disabling end too: the person signs in anew."""
        if await uow.session.execute("people.enable_account", account_id=account_id):
            await _end_ways_in(uow, account_id)
            uow.record(account_id, AccountEnabled(account_id=account_id))
            await tell(uow, "account_enabled", account_id)


@dataclass(frozen=True, slots=True)
class EndSessionsOfPerson:
    """Ends all sessions of another person, of browsers and programs."""

    async def __call__(self, uow: UnitOfWork, account_id: AccountId) -> int:
        """How many ended; without one nothing is recorded."""
        ended = await uow.session.execute(
            "people.end_other_sessions", account_id=account_id, token_hash=b""
        )
        if ended:
            uow.record(account_id, SessionsEnded(account_id=account_id))
            await tell(uow, "sessions_ended", account_id)
        return ended


@dataclass(frozen=True, slots=True)
class OperateAccount:
    """Does what an operator chooses, by command or page."""

    disable_account: DisableAccount
    end_sessions: EndSessionsOfPerson
    set_operator: SetOperator

    async def __call__(self, uow: UnitOfWork, account_id: AccountId, act: AccountAct) -> None:
        """Raises as `DisableAccount`."""
        match act:
            case AccountAct.SHOW:
                pass
            case AccountAct.DISABLE:
                await self.disable_account(uow, account_id)
            case AccountAct.ENABLE:
                await self.disable_account.enable(uow, account_id)
            case AccountAct.END_SESSIONS:
                await self.end_sessions(uow, account_id)
            case AccountAct.MAKE_OPERATOR | AccountAct.REMOVE_OPERATOR:
                is_operator = act is AccountAct.MAKE_OPERATOR
                await self.set_operator(uow, account_id, is_operator=is_operator)
            case _:
                assert_never(act)


async def _end_ways_in(uow: UnitOfWork, account_id: AccountId) -> None:
    await uow.session.execute("people.end_other_sessions", account_id=account_id, token_hash=b"")
    await uow.session.execute("people.end_every_account_link", account_id=account_id, now=uow.now)


async def _keep_operator(uow: UnitOfWork, account_id: AccountId) -> None:
    """Lock the operators, so that of two who disable each other one stays."""
    operators = await uow.session.fetch("people.lock_operators", AccountRow)
    if [one.account_id for one in operators] == [account_id]:
        raise LastOperator
