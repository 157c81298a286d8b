"""People with a login and a password, in an installation of a test."""

from fullhouse.bootstrap.application import Application
from fullhouse.kernel.context import GUEST, OPERATOR, RequestContext
from fullhouse.kernel.ids import OrgId
from fullhouse.people.actions.sign_in import SignedIn
from fullhouse.people.model import AccountId
from fullhouse.people.model.accounts import SessionClient, parse_login
from fullhouse.people.model.roles import Role
from fullhouse.people.password_check import Guess

PASSWORD = "marigold under the bench"
WRONG = "marigold under the chair"
HOME, ELSEWHERE = "192.0.2.7", "198.51.100.9"


async def a_person(
    app: Application,
    org_id: OrgId,
    *,
    email: str = "rosa@example.org",
    name: str = "Rosa",
    role: Role = "owner",
    password: str = PASSWORD,
) -> AccountId:
    """A member with an e-mail address and a password."""
    hashed = await app.accounts.hash_new_password(password)
    async with app.unit_of_work(RequestContext(OPERATOR, app.ids.uuid()), org_id) as uow:
        account_id = await app.people.grant_role(uow, name=name, role=role)
        await app.accounts.set_email(uow, account_id, email)
        await app.accounts.set_password(uow, account_id, hashed)
    return account_id


async def a_sign_in(
    app: Application,
    login: str = "rosa@example.org",
    password: str = PASSWORD,
    *,
    network: str = HOME,
    devices: tuple[str, ...] = (),
) -> SignedIn:
    """Sign in by the action; raises as it does."""
    guess = Guess(login=parse_login(login), password=password, network=network, devices=devices)
    client = SessionClient(network, "Firefox")
    context = RequestContext(GUEST, app.ids.uuid())
    signed_in = await app.accounts.sign_in(guess, client, context=context)
    assert isinstance(signed_in, SignedIn)
    return signed_in
