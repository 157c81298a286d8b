"""The people of the demo farm, one of each role, and how they sign in.

Passwords are derived from the installation's secret: those of one demo do not open another, and a
later run prints the same.
"""

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from fullhouse.bootstrap.application import Application
from fullhouse.bootstrap.people import PeopleActions
from fullhouse.demo import farm
from fullhouse.kernel.context import OPERATOR, RequestContext
from fullhouse.kernel.ids import INSTALLATION, OrgId
from fullhouse.people.model import AccountId
from fullhouse.people.model.account_acts import AccountAct
from fullhouse.people.model.contact import INVENTED_DOMAIN
from fullhouse.people.model.roles import Role
from fullhouse.storage.unit_of_work import UnitOfWork

_MEMBERS: Final[Mapping[str, tuple[str, Role]]] = {
    "owner": (farm.OWNER, "owner"),
    "admin": ("Ben Okafor", "admin"),
    "staff": ("Mia Lindqvist", "staff"),
    "customer": ("Cleo Martin", "customer"),
}
_OPERATOR: Final = "Iris Tan"
_GROUPS: Final = 4


@dataclass(frozen=True, slots=True)
class DemoSignIn:
    """How one of them signs in."""

    email: str
    password: str


async def prepare_sign_ins(app: Application, org_id: OrgId) -> Mapping[str, DemoSignIn]:
    """Give each role a person who can sign in, by the role's name; the operator has no role."""
    context, people = RequestContext(OPERATOR, app.ids.uuid()), app.people
    sign_ins = {}
    for role_name, (name, role) in _MEMBERS.items():
        async with app.unit_of_work(context, org_id) as uow:
            account_id = await grant_demo_role(uow, people, name=name, role=role)
        sign_ins[role_name] = await _sign_in(app, account_id, name, context=context)
    async with app.unit_of_work(context, INSTALLATION) as uow:
        operator_id = await people.add_account(uow, name=_OPERATOR, email=_email(_OPERATOR))
        await people.set_operator(uow, operator_id, is_operator=True)
    sign_ins["operator"] = await _sign_in(app, operator_id, _OPERATOR, context=context)
    return sign_ins


async def grant_demo_role(
    uow: UnitOfWork, people: PeopleActions, *, name: str, role: Role
) -> AccountId:
    """Make a person of the demo a member: hers is the address, whatever her name is by now."""
    found = await uow.session.fetch_value("people.account_id_of_email", UUID, email=_email(name))
    if found is None:
        return await people.grant_role(uow, name=name, role=role)
    account_id = AccountId(found)
    await people.grant_role.set_role(uow, account_id, role)
    return account_id


async def _sign_in(
    app: Application, account_id: AccountId, name: str, *, context: RequestContext
) -> DemoSignIn:
    sign_in = DemoSignIn(_email(name), _password(app.tokens.secret, name))
    hashed = await app.accounts.hash_new_password(sign_in.password)
    async with app.unit_of_work(context, INSTALLATION) as uow:
        await app.people.operate_account(uow, account_id, AccountAct.ENABLE)
        await app.accounts.set_email(uow, account_id, sign_in.email)
        await app.accounts.set_password(uow, account_id, hashed)
    return sign_in


def _email(name: str) -> str:
    """An address that nobody will ever have: e-mails to it are stored, never sent."""
    return f"{name.lower().replace(' ', '.')}@{INVENTED_DOMAIN}"


def _password(secret: bytes, name: str) -> str:
    """`sunflower-` and sixteen letters in groups, which read well."""
    drawn = hashlib.blake2b(name.encode(), key=secret, digest_size=10, person=b"demo").digest()
    letters = base64.b32encode(drawn).decode().lower()
    groups = (letters[at : at + _GROUPS] for at in range(0, len(letters), _GROUPS))
    return "-".join(("sunflower", *groups))
