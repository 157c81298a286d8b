"""The people of the demo: one of each role, who sign in as it is printed."""

from tests.builders.accounts import a_sign_in
from tests.builders.business import Business

from fullhouse.bootstrap.application import Application
from fullhouse.demo.sign_ins import prepare_sign_ins
from fullhouse.people.reads.sessions import account_session


async def test_every_role_signs_in_and_a_later_run_prints_the_same(
    app: Application, business: Business
) -> None:
    first = await prepare_sign_ins(app, business.org_id)
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
