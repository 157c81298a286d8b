"""The people of the demo: one of each role, who sign in as it is printed."""

from tests.builders.accounts import a_sign_in
from tests.builders.business import Business

from fullhouse.bootstrap.application import Application
from fullhouse.demo.sign_ins import prepare_sign_ins
from fullhouse.kernel.context import OPERATOR, RequestContext
from fullhouse.kernel.ids import INSTALLATION
from fullhouse.people.model.account_acts import AccountAct
from fullhouse.people.reads.accounts import find_account
from fullhouse.people.reads.sessions import account_session


async def _rename_and_disable(app: Application, email: str) -> None:
    """What somebody tries in the demo does not end it."""
    context = RequestContext(OPERATOR, app.ids.uuid())
    async with app.unit_of_work(context, INSTALLATION) as uow:
        person = await find_account(uow.session, email)
        await app.accounts.change_account(
            uow, person.account_id, name="Mia L.", locale=None, version=person.version
        )
        await app.people.operate_account(uow, person.account_id, AccountAct.DISABLE)


async def test_every_role_signs_in_and_a_later_run_prints_the_same(
    app: Application, business: Business
) -> None:
    first = await prepare_sign_ins(app, business.org_id)
    await _rename_and_disable(app, first["staff"].email)
    assert first == await prepare_sign_ins(app, business.org_id)
    assert set(first) == {"owner", "admin", "staff", "customer", "operator"}
    assert len({one.password for one in first.values()}) == len(first)
    for role, sign_in in first.items():
        token = (await a_sign_in(app, sign_in.email, sign_in.password)).session.token
        async with app.database.session() as session:
            person = await account_session(session, token, business.org_id, now=app.clock.now())
        assert person is not None
        assert person.role == (None if role == "operator" else role)
        assert person.is_operator == (role == "operator")
