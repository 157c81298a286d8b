"""Delete one's own account, with everything by which its owner signs in."""

from collections.abc import Sequence
from dataclasses import dataclass

from fullhouse.people.errors import AccountInUse, NotSignedIn
from fullhouse.people.events import AccountDeleted
from fullhouse.people.model import AccountId
from fullhouse.people.model.accounts import Membership
from fullhouse.storage.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class DeleteAccount:
    """Ends all sessions and deletes name, address, password and second factor.

    Bookings stay with the businesses, which know a guest without an account as well. Who works for
    a business, or runs the installation, leaves that first: somebody must be left to do it.
    """

    async def __call__(self, uow: UnitOfWork, account_id: AccountId) -> None:
        """Raises `AccountInUse`, and `NotSignedIn` for an account that is gone."""
        is_operator = await uow.session.fetch_value(
            "people.lock_account", bool, account_id=account_id
        )
        if is_operator is None:
            raise NotSignedIn
        memberships: Sequence[Membership] = await uow.session.fetch(
            "people.businesses_of_account", Membership, account_id=account_id
        )
        works_for = tuple(one.name for one in memberships if one.role != "customer")
        if works_for or is_operator:
            raise AccountInUse(businesses=works_for)
        for one in memberships:
            key = {"org_id": one.org_id, "account_id": account_id}
            await uow.session.execute("people.end_sign_in_links", **key)
            await uow.session.execute("people.remove_member", **key)
        await uow.session.execute("people.delete_account", account_id=account_id)
        uow.record(account_id, AccountDeleted(account_id=account_id))
