"""`fullhouse organisation`, `key` and `sign-in` on a real database."""

from datetime import UTC, datetime

import pytest

from fullhouse.entrypoints.cli import account, key, organisation, sign_in
from fullhouse.entrypoints.cli.key import KeyAction, KeyCommand, ShownKey
from fullhouse.entrypoints.cli.organisation import CreatedOrganisation
from fullhouse.kernel.errors import InvalidInput
from fullhouse.people.errors import (
    AccountIsDisabled,
    LastOperator,
    OrganisationSlugTaken,
    UnknownAccount,
    UnknownApiKey,
    UnknownOrganisation,
)
from fullhouse.people.model import NewOrganisation
from fullhouse.people.model.account_acts import AccountAct
from fullhouse.people.reads.keys import use_api_key
from fullhouse.settings import Settings
from fullhouse.storage.database import Database


@pytest.fixture
def settings(database_url: str) -> Settings:
    return Settings(database_url=database_url, public_url="https://farms.example")


async def a_farm(settings: Settings) -> CreatedOrganisation:
    return await organisation.create(settings, NewOrganisation("tulip-hill", "Tulip", "USD"))


async def opens(database: Database, secret: str | None) -> bool:
    async with database.session() as session:
        return (
            await use_api_key(session, secret or "", now=datetime(2027, 6, 1, tzinfo=UTC))
            is not None
        )


async def keys(
    settings: Settings, action: KeyAction, *, which: str = "", org: str = "tulip-hill"
) -> list[ShownKey]:
    return await key.execute(settings, KeyCommand(action, org, which, "book"))


async def test_created_organisation_has_a_working_api_key(
    settings: Settings, database: Database
) -> None:
    farm = await a_farm(settings)
    assert farm.page == "https://farms.example/tulip-hill"
    assert await opens(database, farm.key)
    assert farm.key in organisation.format_created(farm)
    assert f"Currency    {farm.currency}, in which" in organisation.format_created(farm)


async def test_slug_belongs_to_one_organisation(settings: Settings) -> None:
    await a_farm(settings)
    with pytest.raises(OrganisationSlugTaken):
        await a_farm(settings)


@pytest.mark.parametrize("name", ["", "   ", "x" * 201])
def test_invalid_name_is_refused(name: str) -> None:
    with pytest.raises(InvalidInput):
        organisation.parse_name(name)


async def test_key_secret_is_shown_once_and_useless_when_revoked(
    settings: Settings, database: Database
) -> None:
    await a_farm(settings)
    [made] = await keys(settings, KeyAction.ISSUE, which="laptop")
    assert await opens(database, made.secret)
    listed = await keys(settings, KeyAction.LIST)
    assert [(one.name, one.secret) for one in listed] == [("laptop", None), ("set-up", None)]
    [revoked] = await keys(settings, KeyAction.REVOKE, which=str(made.id))
    assert not await opens(database, made.secret)
    assert "revoked" in key.format_keys([revoked])


async def test_unknown_key_cannot_be_revoked(settings: Settings) -> None:
    await a_farm(settings)
    with pytest.raises(InvalidInput):
        await keys(settings, KeyAction.REVOKE, which="laptop")
    nobodys = "01a20fb3-67db-7522-82d0-436e9154069d"
    with pytest.raises(UnknownApiKey):
        await keys(settings, KeyAction.REVOKE, which=nobodys)


@pytest.mark.parametrize(
    "email", ["farm", "farm@", "a@b.example, c@d.example", "j\u00f6rg@farm.example"]
)
def test_reply_address_that_not_every_mail_can_carry_is_refused(email: str) -> None:
    with pytest.raises(InvalidInput):
        organisation.parse_email(email)
    assert organisation.parse_email(" Info@B\u00fccher.example") == "info@xn--bcher-kva.example"
    assert organisation.parse_email(" ") == ""


async def test_unknown_organisation_has_no_keys_and_no_sign_in(settings: Settings) -> None:
    with pytest.raises(UnknownOrganisation):
        await keys(settings, KeyAction.LIST, org="nowhere")
    with pytest.raises(UnknownOrganisation):
        await sign_in.issue(settings, "nowhere", person="Ann")


async def test_sign_in_link_leads_to_the_admin_pages(settings: Settings) -> None:
    await a_farm(settings)
    link = await sign_in.issue(settings, "tulip-hill", person="Ann")
    assert link.sign_in.startswith("https://farms.example/admin/enter/")


async def test_lost_second_factor_is_removed_only_when_it_is_said(
    settings: Settings, database: Database
) -> None:
    await a_farm(settings)
    await sign_in.issue(settings, "tulip-hill", person="Ann")
    async with database.unrestricted.session() as session:
        await session.connection.execute(
            "INSERT INTO second_factor (account_id, secret_sealed, created_at, confirmed_at)"
            " SELECT account_id, 'sealed', now(), now() FROM account"
        )
        for remove_factor, left in ((False, 1), (True, 0)):
            await sign_in.issue(settings, "tulip-hill", person="Ann", remove_factor=remove_factor)
            found = await session.connection.fetchval("SELECT count(*) FROM second_factor")
            assert found == left


async def test_account_is_disabled_enabled_and_signed_out_by_its_address_or_id(
    settings: Settings, database: Database
) -> None:
    await a_farm(settings)
    await sign_in.issue(settings, "tulip-hill", person="Olaf")
    await sign_in.issue(settings, "tulip-hill", person="Ann", role="staff")
    async with database.unrestricted.session() as session:
        ann = await session.connection.fetchval(
            "UPDATE account SET email = 'ann@example.org' WHERE name = 'Ann' RETURNING account_id"
        )
    disabled = await account.execute(settings, AccountAct.DISABLE, " Ann@example.org")
    assert (disabled.account_id, disabled.is_disabled) == (ann, True)
    assert "disabled" in account.format_account(disabled)
    with pytest.raises(AccountIsDisabled):
        await sign_in.issue(settings, "tulip-hill", person="Ann")
    assert not (await account.execute(settings, AccountAct.ENABLE, str(ann))).is_disabled
    assert (await account.execute(settings, AccountAct.END_SESSIONS, str(ann))).name == "Ann"
    operator = await account.execute(settings, AccountAct.MAKE_OPERATOR, str(ann))
    assert "operator" in account.format_account(operator)
    with pytest.raises(LastOperator):
        await account.execute(settings, AccountAct.DISABLE, str(ann))
    await account.execute(settings, AccountAct.REMOVE_OPERATOR, str(ann))
    assert not (await account.execute(settings, AccountAct.SHOW, str(ann))).is_operator
    for unknown in ("nobody@example.org", "Ann", "", "00000000-0000-7000-8000-000000000000"):
        with pytest.raises(UnknownAccount):
            await account.execute(settings, AccountAct.SHOW, unknown)
