"""`/admin`: to the one business of a person, or a choice of several; the operator sees all."""

from collections.abc import Mapping
from html import unescape

import pytest
from tests.builders.accounts import a_person, a_sign_in
from tests.builders.api_client import Answer, ApiClient

from fullhouse.kernel.context import OPERATOR, RequestContext
from fullhouse.kernel.ids import INSTALLATION
from fullhouse.people.model import AccountId
from fullhouse.people.model.roles import Role

OPERATOR_EMAIL = "ida@example.org"


async def cookie_of(api: ApiClient, login: str = "rosa@example.org") -> Mapping[str, str]:
    token = (await a_sign_in(api.app, login)).session.token
    return {"Cookie": f"fullhouse_session={token}"}


async def ask(api: ApiClient, path: str, cookie: Mapping[str, str]) -> Answer:
    return await api.ask("GET", f"/{path}", headers=cookie)


async def join(api: ApiClient, account_id: AccountId, role: Role) -> None:
    context = RequestContext(OPERATOR, api.app.ids.uuid())
    async with api.app.unit_of_work(context, api.business.org_id) as uow:
        await api.app.people.grant_role.set_role(uow, account_id, role)


@pytest.fixture
async def rosa(api: ApiClient) -> AccountId:
    return await a_person(api.app, api.business.org_id)


@pytest.fixture
async def operator(api: ApiClient, rosa: AccountId) -> AccountId:
    """Somebody who runs the installation and works for no business."""
    assert rosa is not None
    app, context = api.app, RequestContext(OPERATOR, api.app.ids.uuid())
    hashed = await app.accounts.hash_new_password("marigold under the bench")
    async with app.unit_of_work(context, INSTALLATION) as uow:
        account_id = await app.people.add_account(uow, name="Ida", email=OPERATOR_EMAIL)
        await app.people.set_operator(uow, account_id, is_operator=True)
        await app.accounts.set_password(uow, account_id, hashed)
    return account_id


async def test_person_of_one_business_goes_straight_to_it(
    api: ApiClient, attacker: ApiClient, rosa: AccountId
) -> None:
    assert rosa is not None
    assert attacker.org == "rival"
    cookie = await cookie_of(api)
    answer = await ask(api, "/admin", cookie)
    assert (answer.status, answer.headers["location"]) == (303, f"/admin/{api.org}/overview")
    overview = await ask(api, f"/admin/{api.org}/overview", cookie)
    assert "Switch business" not in overview.body.decode()


async def test_person_of_several_businesses_chooses_and_switches(
    api: ApiClient, attacker: ApiClient, rosa: AccountId
) -> None:
    cookie = await cookie_of(api)
    await ask(api, f"/admin/{api.org}/overview", cookie)  # her profile is cached
    await join(attacker, rosa, "staff")
    answer = await ask(api, "/admin", cookie)
    shown = unescape(answer.body.decode())
    assert answer.status == 200
    assert answer.headers["cache-control"] == "no-store"
    for org, role in ((api.org, "Owner"), (attacker.org, "Staff")):
        assert f'href="/admin/{org}/overview"' in shown
        assert role in shown
        overview = await ask(api, f"/admin/{org}/overview", cookie)
        assert '<a class="switch" href="/admin">' in overview.body.decode()
    assert "All businesses" not in shown


async def test_customer_of_a_business_does_not_choose_it(
    api: ApiClient, attacker: ApiClient, rosa: AccountId
) -> None:
    await join(attacker, rosa, "customer")
    assert (await ask(api, "/admin", await cookie_of(api))).status == 303


async def test_operator_sees_every_business_and_opens_none(
    api: ApiClient, attacker: ApiClient, operator: AccountId
) -> None:
    assert operator is not None
    cookie = await cookie_of(api, OPERATOR_EMAIL)
    shown = unescape((await ask(api, "/admin", cookie)).body.decode())
    for org in (api.org, attacker.org):
        assert f'href="/{org}"' in shown
        assert f"/admin/{org}" not in shown
        opened = await ask(api, f"/admin/{org}/overview", cookie)
        assert opened.status == 303
        assert opened.headers["location"].startswith("/admin/sign-in")


async def test_operator_who_works_for_a_business_sees_both(
    api: ApiClient, attacker: ApiClient, operator: AccountId
) -> None:
    await join(attacker, operator, "admin")
    shown = unescape((await ask(api, "/admin", await cookie_of(api, OPERATOR_EMAIL))).body.decode())
    assert f'href="/admin/{attacker.org}/overview"' in shown
    assert "All businesses of this installation" in shown
    assert f'href="/{api.org}"' in shown


async def test_nobody_who_is_not_signed_in_learns_of_it(api: ApiClient) -> None:
    answer = await ask(api, "/admin", {})
    assert (answer.status, answer.headers["location"].partition("?")[0]) == (303, "/admin/sign-in")
