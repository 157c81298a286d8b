"""Who runs an installation of a test, and works for no business."""

from collections.abc import Mapping

from tests.builders.accounts import PASSWORD, a_sign_in

from fullhouse.bootstrap.application import Application
from fullhouse.entrypoints.security.account_sessions import SESSION_COOKIE
from fullhouse.kernel.context import OPERATOR, RequestContext
from fullhouse.kernel.ids import INSTALLATION

IDA = "ida@example.org"


async def an_operator(app: Application, *, name: str = "Ida", email: str = IDA) -> None:
    context = RequestContext(OPERATOR, app.ids.uuid())
    hashed = await app.accounts.hash_new_password(PASSWORD)
    async with app.unit_of_work(context, INSTALLATION) as uow:
        account_id = await app.people.add_account(uow, name=name, email=email)
        await app.people.set_operator(uow, account_id, is_operator=True)
        await app.accounts.set_password(uow, account_id, hashed)


async def operator_cookie(app: Application, *, email: str = IDA) -> Mapping[str, str]:
    """The header of an operator's browser, who has just signed in."""
    token = (await a_sign_in(app, email)).session.token
    return {"Cookie": f"{SESSION_COOKIE.name}={token}"}
