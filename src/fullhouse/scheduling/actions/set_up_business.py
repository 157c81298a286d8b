"""Set the installation up: its first business with an owner, a venue, an offering and its times.

It stands in the highest part that it needs. All of it is one transaction, so a set-up that is left
or fails has made nothing.
"""

from dataclasses import dataclass

from msgspec import Struct

from fullhouse.booking.actions.save_offering import SaveOffering
from fullhouse.booking.model.offering import Offering
from fullhouse.kernel.ids import Ids
from fullhouse.people.actions.add_account import AddAccount
from fullhouse.people.actions.add_venue import AddVenue
from fullhouse.people.actions.create_organisation import CreateOrganisation
from fullhouse.people.actions.grant_role import GrantRole
from fullhouse.people.actions.set_password import SetPassword
from fullhouse.people.model import AccountId, Organisation
from fullhouse.people.updates import lock_set_up
from fullhouse.scheduling.actions.add_schedule import AddSchedule
from fullhouse.scheduling.model.new_business import NewBusiness, NewOwner
from fullhouse.storage.unit_of_work import UnitOfWork


class BusinessSetUp(Struct, frozen=True):
    """What was made."""

    organisation: Organisation
    offering: Offering
    account_id: AccountId


@dataclass(frozen=True, slots=True)
class SetUpBusiness:
    """Makes the first business of an installation; of two who try at once, one does."""

    create_organisation: CreateOrganisation
    add_venue: AddVenue
    add_account: AddAccount
    grant_role: GrantRole
    set_password: SetPassword
    save_offering: SaveOffering
    add_schedule: AddSchedule
    ids: Ids

    async def __call__(self, uow: UnitOfWork, new: NewBusiness, owner: NewOwner) -> BusinessSetUp:
        """The unit of work was opened with the new id of the organisation.

        Raises `AlreadySetUp`, `EmailTaken`, `OrganisationSlugTaken`, and `InvalidInput`.
        """
        await lock_set_up(uow.session)
        organisation = await self.create_organisation(uow, new.organisation)
        account_id = await self._owner(uow, owner)
        venue = await self.add_venue(uow, new.venue)
        offering = await self.save_offering(uow, new.offering(venue, self.ids.uuid()))
        await self.add_schedule(uow, offering.offering_id, new.schedule)
        return BusinessSetUp(organisation, offering, account_id)

    async def _owner(self, uow: UnitOfWork, owner: NewOwner) -> AccountId:
        """A new account, not somebody's whose password the link alone would set.

        Nobody has shown yet that its address is hers.
        """
        account_id = await self.add_account.new(
            uow, name=owner.name, email=owner.email, is_verified=False
        )
        await self.set_password(uow, account_id, owner.password_hash)
        await self.grant_role.set_role(uow, account_id, "owner")
        return account_id
