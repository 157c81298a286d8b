"""The wiring of people."""

from dataclasses import dataclass

from fullhouse.bootstrap.dependencies import Core
from fullhouse.concurrency.bulkhead import Bulkhead
from fullhouse.people.actions.accept_invitation import AcceptInvitation
from fullhouse.people.actions.add_account import AddAccount, SetOperator
from fullhouse.people.actions.add_picture import AddPicture
from fullhouse.people.actions.add_venue import AddVenue
from fullhouse.people.actions.change_member import ChangeMember
from fullhouse.people.actions.change_organisation import ChangeOrganisation
from fullhouse.people.actions.change_team import ChangeTeam
from fullhouse.people.actions.confirm_domain import ConfirmDomain
from fullhouse.people.actions.create_organisation import CreateOrganisation
from fullhouse.people.actions.disable_account import (
    DisableAccount,
    EndSessionsOfPerson,
    OperateAccount,
)
from fullhouse.people.actions.encode_picture import EncodePicture
from fullhouse.people.actions.grant_role import GrantRole
from fullhouse.people.actions.invite_member import InviteMember, RevokeInvitation
from fullhouse.people.actions.issue_account_link import IssueAccountLink
from fullhouse.people.actions.issue_api_key import IssueApiKey
from fullhouse.people.actions.issue_sign_in_link import IssueSignInLink
from fullhouse.people.actions.redeem_sign_in_link import RedeemSignInLink
from fullhouse.people.actions.remove_picture import RemovePicture
from fullhouse.people.actions.revoke_api_key import RevokeApiKey
from fullhouse.people.actions.sign_out import SignOut
from fullhouse.people.limits import PICTURES_ENCODED_AT_ONCE_MAX, PICTURES_WAITING_MAX


@dataclass(frozen=True, slots=True)
class PeopleActions:
    """Every verb of people."""

    create_organisation: CreateOrganisation
    change_organisation: ChangeOrganisation
    confirm_domain: ConfirmDomain
    add_venue: AddVenue
    encode_picture: EncodePicture
    add_picture: AddPicture
    remove_picture: RemovePicture
    issue_api_key: IssueApiKey
    revoke_api_key: RevokeApiKey
    add_account: AddAccount
    set_operator: SetOperator
    operate_account: OperateAccount
    grant_role: GrantRole
    invite_member: InviteMember
    revoke_invitation: RevokeInvitation
    accept_invitation: AcceptInvitation
    change_member: ChangeMember
    change_team: ChangeTeam
    issue_account_link: IssueAccountLink
    issue_sign_in_link: IssueSignInLink
    redeem_sign_in_link: RedeemSignInLink
    sign_out: SignOut


def build_people(core: Core) -> PeopleActions:
    add_account, grant_role = AddAccount(core.ids), GrantRole(core.ids)
    invite, revoke = InviteMember(core.ids), RevokeInvitation()
    change_member = ChangeMember(grant_role)
    return PeopleActions(
        create_organisation=CreateOrganisation(),
        change_organisation=ChangeOrganisation(),
        confirm_domain=ConfirmDomain(),
        add_venue=AddVenue(core.ids),
        encode_picture=EncodePicture(
            Bulkhead(
                PICTURES_ENCODED_AT_ONCE_MAX, waiters_max=PICTURES_WAITING_MAX, clock=core.clock
            )
        ),
        add_picture=AddPicture(),
        remove_picture=RemovePicture(),
        issue_api_key=IssueApiKey(core.ids),
        revoke_api_key=RevokeApiKey(),
        add_account=add_account,
        set_operator=SetOperator(),
        operate_account=OperateAccount(DisableAccount(), EndSessionsOfPerson(), SetOperator()),
        grant_role=grant_role,
        invite_member=invite,
        revoke_invitation=revoke,
        accept_invitation=AcceptInvitation(add_account, grant_role),
        change_member=change_member,
        change_team=ChangeTeam(invite, revoke, change_member),
        issue_account_link=IssueAccountLink(core.database, core.clock, core.ids),
        issue_sign_in_link=IssueSignInLink(core.ids),
        redeem_sign_in_link=RedeemSignInLink(core.ids),
        sign_out=SignOut(),
    )
