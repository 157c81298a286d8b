"""Give a member another role, end her sessions, or remove her; a business keeps an owner."""

from dataclasses import dataclass

from fullhouse.people.account_messages import tell
from fullhouse.people.actions.grant_role import GrantRole
from fullhouse.people.errors import LastOwner, UnknownMember
from fullhouse.people.events import MemberRemoved, SessionsEnded
from fullhouse.people.model import AccountId
from fullhouse.people.model.invitations import WorkRole
from fullhouse.people.updates import locked_owners
from fullhouse.storage.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class ChangeMember:
    """Changes and removes members."""

    grant_role: GrantRole

    async def role(self, uow: UnitOfWork, account_id: AccountId, role: WorkRole) -> None:
        """Raises `UnknownMember`, and `LastOwner` when nobody else would own the business."""
        await _keep_an_owner(uow, account_id, stays_owner=role == "owner")
        await self.grant_role.set_role(uow, account_id, role)

    async def remove(self, uow: UnitOfWork, account_id: AccountId) -> None:
        """Raises as above. Her sessions go on, and open nothing here any more."""
        await _keep_an_owner(uow, account_id, stays_owner=False)
        await uow.session.execute(
            "people.end_sign_in_links", org_id=uow.org_id, account_id=account_id
        )
        await uow.session.execute("people.remove_member", org_id=uow.org_id, account_id=account_id)
        uow.record(account_id, MemberRemoved(account_id=account_id))
        await tell(uow, "member_removed", account_id, org_id=uow.org_id)

    async def end_sessions(self, uow: UnitOfWork, account_id: AccountId) -> None:
        """Her sessions of now, of browsers and programs, have no effect here: she signs in anew.

        At other businesses they go on, which are none of this one's. Raises `UnknownMember`.
        """
        ended = await uow.session.execute(
            "people.end_member_sessions", org_id=uow.org_id, account_id=account_id, now=uow.now
        )
        if not ended:
            raise UnknownMember
        await uow.session.execute(
            "people.end_sign_in_links", org_id=uow.org_id, account_id=account_id
        )
        uow.record(account_id, SessionsEnded(account_id=account_id))
        await tell(uow, "member_sessions_ended", account_id, org_id=uow.org_id)


async def _keep_an_owner(uow: UnitOfWork, account_id: AccountId, *, stays_owner: bool) -> None:
    """Lock the owners, so that of two who remove each other one stays.

    One whose account is disabled owns nothing that anybody could decide.
    """
    others = await locked_owners(uow.session, uow.org_id, without=account_id)
    role = await uow.session.fetch_value(
        "people.role_of_member", str, org_id=uow.org_id, account_id=account_id
    )
    if role is None:
        raise UnknownMember
    if not stays_owner and role == "owner" and not others:
        raise LastOwner
