"""`fullhouse organisation`, `key` and `sign-in`: what an operator needs to let a business in."""

import pytest

from fullhouse.entrypoints.cli import key, organisation, sign_in
from fullhouse.entrypoints.cli.key import Wish
from fullhouse.entrypoints.cli.organisation import MovedIn
from fullhouse.kernel.errors import InvalidInput
from fullhouse.people.errors import SlugTaken, UnknownApiKey, UnknownOrganisation
from fullhouse.people.model import NewOrganisation
from fullhouse.people.reads.keys import api_key_holder
from fullhouse.settings import Settings
from fullhouse.storage.database import Database


@pytest.fixture
def settings(database_url: str) -> Settings:
    return Settings(database_url=database_url, public_url="https://farms.example")


async def a_farm(settings: Settings) -> MovedIn:
    return await organisation.moving_in(settings, NewOrganisation("tulip-hill", "Tulip", "USD"))


async def opens(database: Database, secret: str | None) -> bool:
    async with database.session() as session:
        return await api_key_holder(session, secret or "") is not None


async def test_a_business_moves_in_with_a_key_that_opens_it(
    settings: Settings, database: Database
) -> None:
    farm = await a_farm(settings)
    assert farm.page == "https://farms.example/tulip-hill"
    assert await opens(database, farm.key)
    assert farm.key in organisation.in_words(farm)


async def test_an_address_is_given_to_one_business_only(settings: Settings) -> None:
    await a_farm(settings)
    with pytest.raises(SlugTaken):
        await a_farm(settings)


@pytest.mark.parametrize("currency", ["dollars", "", "U$D", "ÄÖÜ"])
def test_a_currency_that_is_none_is_refused(currency: str) -> None:
    with pytest.raises(InvalidInput):
        organisation.plain_currency(currency)


@pytest.mark.parametrize("name", ["", "   ", "x" * 201])
def test_a_name_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(InvalidInput):
        organisation.plain_name(name)


async def test_a_key_is_shown_once_and_opens_nothing_when_ended(
    settings: Settings, database: Database
) -> None:
    await a_farm(settings)
    [made] = await key.carried_out(settings, Wish.ISSUE, org="tulip-hill", which="laptop")
    assert await opens(database, made.secret)
    listed = await key.carried_out(settings, Wish.LIST, org="tulip-hill", which="")
    assert [(one.name, one.secret) for one in listed] == [("laptop", None), ("set-up", None)]
    [ended] = await key.carried_out(settings, Wish.REVOKE, org="tulip-hill", which=str(made.id))
    assert not await opens(database, made.secret)
    assert "ended" in key.in_words([ended])


async def test_a_key_that_is_not_there_cannot_be_ended(settings: Settings) -> None:
    farm = await a_farm(settings)
    with pytest.raises(InvalidInput):
        await key.carried_out(settings, Wish.REVOKE, org=farm.slug, which="laptop")
    nobodys = "01a20fb3-67db-7522-82d0-436e9154069d"
    with pytest.raises(UnknownApiKey):
        await key.carried_out(settings, Wish.REVOKE, org=farm.slug, which=nobodys)


async def test_a_business_that_is_not_there_has_no_keys_and_no_desk(settings: Settings) -> None:
    with pytest.raises(UnknownOrganisation):
        await key.carried_out(settings, Wish.LIST, org="nowhere", which="")
    with pytest.raises(UnknownOrganisation):
        await sign_in.made(settings, "nowhere", person="Ann")


async def test_a_sign_in_link_leads_to_the_front_desk(settings: Settings) -> None:
    await a_farm(settings)
    way_in = await sign_in.made(settings, "tulip-hill", person="Ann")
    assert way_in.sign_in.startswith("https://farms.example/admin/enter/")
