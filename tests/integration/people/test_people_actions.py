"""Who may act, and for whom: organisations, keys, links and sessions on a real database."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

import pytest

from fullhouse.bootstrap.dependencies import Core
from fullhouse.bootstrap.people import PeopleActions, build_people
from fullhouse.kernel.clock import ManualClock
from fullhouse.kernel.context import GUEST, OPERATOR, Principal, RequestContext
from fullhouse.kernel.errors import InvalidInput
from fullhouse.kernel.ids import INSTALLATION, OrgId, RandomIds
from fullhouse.people.actions.issue_api_key import IssuedApiKey
from fullhouse.people.actions.issue_sign_in_link import IssuedSignInLink
from fullhouse.people.errors import (
    OrganisationSlugTaken,
    SignInLinkSpent,
    UnknownApiKey,
    UnknownOrganisation,
)
from fullhouse.people.limits import (
    API_KEY_USE_NOTED_SECONDS,
    PAGES_SESSION_HOURS,
    SIGN_IN_LINK_HOURS,
)
from fullhouse.people.model import (
    ApiKey,
    KeyId,
    NewOrganisation,
    NewVenue,
    Organisation,
    Venue,
    VenueId,
)
from fullhouse.people.model.accounts import AccountSession
from fullhouse.people.model.roles import ApiKeyScope, Role
from fullhouse.people.reads.installation import installation_secret
from fullhouse.people.reads.keys import api_keys, use_api_key
from fullhouse.people.reads.organisations import (
    organisation_by_id,
    organisation_by_slug,
    organisations,
    venue_by_id,
    venues,
)
from fullhouse.people.reads.sessions import account_session, organisation_of_link
from fullhouse.storage.database import Database
from fullhouse.storage.unit_of_work import UnitOfWork

GARDEN = NewOrganisation(slug="bouquet-garden", name="Bouquet Garden", currency="USD")


OTHER = NewOrganisation(slug="other", name="Other", currency="EUR")


@dataclass(frozen=True, slots=True)
class People:
    """The actions of people on one database, each in a unit of work of its own."""

    database: Database
    clock: ManualClock
    ids: RandomIds

    @property
    def core(self) -> Core:
        return Core(self.database, self.clock, self.ids)

    @asynccontextmanager
    async def by(
        self, principal: Principal, org_id: OrgId
    ) -> AsyncIterator[tuple[PeopleActions, UnitOfWork]]:
        context = RequestContext(principal, self.ids.uuid())
        async with self.core.unit_of_work(context, org_id) as uow:
            yield build_people(self.core), uow

    async def create(self, new: NewOrganisation) -> Organisation:
        async with self.by(OPERATOR, OrgId(self.ids.uuid())) as (actions, uow):
            return await actions.create_organisation(uow, new)

    async def add_venue(self, org_id: OrgId, new: NewVenue) -> Venue:
        async with self.by(OPERATOR, org_id) as (actions, uow):
            return await actions.add_venue(uow, new)

    async def issue_key(
        self, org_id: OrgId, *, name: str, scope: ApiKeyScope = "manage"
    ) -> IssuedApiKey:
        async with self.by(OPERATOR, org_id) as (actions, uow):
            return await actions.issue_api_key(uow, name=name, scope=scope)

    async def revoke_key(self, org_id: OrgId, key_id: KeyId) -> ApiKey:
        async with self.by(OPERATOR, org_id) as (actions, uow):
            return await actions.revoke_api_key(uow, key_id)

    async def issue_link(
        self, org_id: OrgId, *, person: str, role: Role | None = None
    ) -> IssuedSignInLink:
        async with self.by(OPERATOR, org_id) as (actions, uow):
            account_id = await actions.grant_role(uow, name=person, role=role)
            return await actions.issue_sign_in_link(uow, account_id)

    async def enter(self, token: str) -> str:
        async with self.database.session() as session:
            org_id = await organisation_of_link(session, token)
        async with self.by(GUEST, org_id) as (actions, uow):
            return await actions.redeem_sign_in_link(uow, token)

    async def use_key(self, secret: str) -> ApiKey | None:
        async with self.database.session() as session:
            return await use_api_key(session, secret, now=self.clock.now())

    async def session_of(self, token: str, org_id: OrgId = INSTALLATION) -> AccountSession | None:
        async with self.database.session() as session:
            return await account_session(session, token, org_id, now=self.clock.now())

    async def leave(self, token: str) -> None:
        async with self.by(GUEST, INSTALLATION) as (actions, uow):
            await actions.sign_out(uow, token)
            await actions.sign_out(uow, token)


@pytest.fixture
def people(database: Database, clock: ManualClock, ids: RandomIds) -> People:
    return People(database, clock, ids)


@pytest.fixture
async def garden(people: People) -> Organisation:
    return await people.create(GARDEN)


async def test_an_organisation_is_found_by_its_address_and_its_id(
    people: People, garden: Organisation
) -> None:
    async with people.database.session() as session:
        assert await organisation_by_slug(session, "bouquet-garden") == garden
        assert await organisation_by_id(session, garden.org_id) == garden
        assert await organisation_by_slug(session, "bouquet") is None
        assert await organisations(session) == [garden]


async def test_an_address_is_given_once(people: People, garden: Organisation) -> None:
    with pytest.raises(OrganisationSlugTaken) as refused:
        await people.create(GARDEN)
    assert refused.value.details == {"slug": garden.slug}


@pytest.mark.parametrize("slug", ["", "Bouquet", "a--b", "-a", "a b", "ä", "a\n"])
async def test_an_address_is_plain(people: People, slug: str) -> None:
    with pytest.raises(InvalidInput):
        await people.create(NewOrganisation(slug, "Name", "USD"))


@pytest.mark.parametrize("currency", ["XYZ", "XTS", "XAU", "dollars", ""])
async def test_a_business_charges_in_a_currency_in_use(people: People, currency: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        await people.create(NewOrganisation("other", "Name", currency))
    assert refused.value.details == {"field": "currency"}
    made = await people.create(NewOrganisation("other", "Name", "rsd"))
    assert made.currency == "RSD"


@pytest.mark.parametrize("slug", ["api", "admin", "static"])
async def test_the_installation_keeps_its_own_addresses(people: People, slug: str) -> None:
    with pytest.raises(OrganisationSlugTaken):
        await people.create(NewOrganisation(slug, "Name", "USD"))


async def test_a_venue_belongs_to_one_organisation(people: People, garden: Organisation) -> None:
    other = await people.create(OTHER)
    field = await people.add_venue(
        garden.org_id, NewVenue("North field", "America/Chicago", "US", subdivision="IL")
    )
    async with people.database.session() as session:
        assert await venue_by_id(session, garden.org_id, field.venue_id) == field
        assert await venue_by_id(session, other.org_id, field.venue_id) is None
        assert await venue_by_id(session, garden.org_id, VenueId(people.ids.uuid())) is None
        assert await venues(session, garden.org_id) == [field]
        assert await venues(session, other.org_id) == []


@pytest.mark.parametrize("country", ["UK", "EU", "ZZ", "us", ""])
async def test_a_venue_is_in_a_country_of_the_standard(
    people: People, garden: Organisation, country: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        await people.add_venue(garden.org_id, NewVenue("Field", "Europe/London", country))
    assert refused.value.details == {"field": "country"}


async def test_nothing_is_given_to_an_organisation_that_is_not_there(people: People) -> None:
    nobody = OrgId(people.ids.uuid())
    with pytest.raises(UnknownOrganisation):
        await people.add_venue(nobody, NewVenue("Field", "UTC", "US"))
    with pytest.raises(UnknownOrganisation):
        await people.issue_key(nobody, name="widget")
    with pytest.raises(UnknownOrganisation):
        await people.issue_link(nobody, person="Ana")


async def test_a_key_opens_until_it_is_revoked(people: People, garden: Organisation) -> None:
    issued = await people.issue_key(garden.org_id, name="widget")
    assert issued.secret.startswith("fh_")
    assert await people.use_key(issued.secret) == issued.key
    assert await people.use_key(issued.secret + "x") is None
    assert await people.use_key("nonsense \udcff") is None
    ended = await people.revoke_key(garden.org_id, issued.key.key_id)
    people.clock.advance(timedelta(hours=1))
    again = await people.revoke_key(garden.org_id, issued.key.key_id)
    assert ended == again
    async with people.database.session() as session:
        assert await people.use_key(issued.secret) is None
        assert await api_keys(session, garden.org_id) == [ended]


async def test_a_key_is_not_revoked_by_another_organisation(
    people: People, garden: Organisation
) -> None:
    other = await people.create(OTHER)
    issued = await people.issue_key(garden.org_id, name="widget")
    with pytest.raises(UnknownApiKey):
        await people.revoke_key(other.org_id, issued.key.key_id)
    assert await people.use_key(issued.secret) == issued.key


async def test_a_secret_is_nowhere_in_the_database(people: People, garden: Organisation) -> None:
    issued = await people.issue_key(garden.org_id, name="widget")
    link = await people.issue_link(garden.org_id, person="Ana")
    entered = await people.enter(link.token)
    async with people.database.unrestricted.session() as session:
        stored = await session.connection.fetchval(
            "SELECT (SELECT string_agg(api_key::text, '') FROM api_key)"
            " || (SELECT string_agg(sign_in_link::text, '') FROM sign_in_link)"
            " || (SELECT string_agg(account_session::text, '') FROM account_session)"
            " || (SELECT string_agg(event::text, '') FROM event)"
        )
    for secret in (issued.secret, link.token, entered):
        assert secret not in stored
        assert secret.encode().hex() not in stored


async def test_a_link_opens_one_session_for_its_person(
    people: People, garden: Organisation
) -> None:
    link = await people.issue_link(garden.org_id, person="Ana")
    entered = await people.enter(link.token)
    with pytest.raises(SignInLinkSpent):
        await people.enter(link.token)
    with pytest.raises(SignInLinkSpent):
        await people.enter("never issued")
    person = await people.session_of(entered, garden.org_id)
    assert person is not None
    assert (person.name, person.role, person.is_operator) == ("Ana", "owner", False)
    other = await people.create(OTHER)
    elsewhere = await people.session_of(entered, other.org_id)
    assert elsewhere is not None
    assert (elsewhere.account_id, elsewhere.role) == (person.account_id, None)
    assert await people.session_of(link.token) is None


async def test_of_many_who_use_a_link_at_once_one_gets_in(
    people: People, garden: Organisation
) -> None:
    link = await people.issue_link(garden.org_id, person="Ana")
    entered: list[bool] = []

    async def attempt() -> None:
        try:
            await people.enter(link.token)
        except SignInLinkSpent:
            entered.append(False)
        else:
            entered.append(True)

    async with asyncio.TaskGroup() as tasks:
        for _ in range(12):
            tasks.create_task(attempt())
    assert (len(entered), entered.count(True)) == (12, 1)


async def test_a_link_and_a_session_end_at_their_time(people: People, garden: Organisation) -> None:
    late = await people.issue_link(garden.org_id, person="Ana")
    people.clock.advance(timedelta(hours=SIGN_IN_LINK_HOURS))
    with pytest.raises(SignInLinkSpent):
        await people.enter(late.token)
    link = await people.issue_link(garden.org_id, person="Ana")
    entered = await people.enter(link.token)
    people.clock.advance(timedelta(hours=PAGES_SESSION_HOURS))
    assert await people.session_of(entered) is None


async def test_leaving_ends_the_session_and_leaving_twice_is_no_error(
    people: People, garden: Organisation
) -> None:
    link = await people.issue_link(garden.org_id, person="Ana")
    entered = await people.enter(link.token)
    await people.leave(entered)
    assert await people.session_of(entered) is None


async def test_every_change_leaves_its_fact_without_personal_data(
    people: People, garden: Organisation
) -> None:
    await people.add_venue(garden.org_id, NewVenue("Field", "Europe/Paris", "FR"))
    issued = await people.issue_key(garden.org_id, name="widget", scope="read")
    await people.revoke_key(garden.org_id, issued.key.key_id)
    link = await people.issue_link(garden.org_id, person="Ana")
    entered = await people.enter(link.token)
    await people.leave(entered)
    await people.issue_link(garden.org_id, person="Ana", role="owner")  # which she is
    async with people.database.unrestricted.session() as session:
        facts = await session.connection.fetch("SELECT kind, actor, data FROM event ORDER BY seq")
    assert [(fact["kind"], fact["actor"]) for fact in facts] == [
        ("OrganisationCreated", "operator"),
        ("VenueAdded", "operator"),
        ("ApiKeyIssued", "operator"),
        ("ApiKeyRevoked", "operator"),
        ("RoleGranted", "operator"),
        ("SignInLinkIssued", "operator"),
        ("AccountSignedIn", "guest"),
        ("AccountSignedOut", "guest"),
        ("SignInLinkIssued", "operator"),
    ]
    assert "Ana" not in str([fact["data"] for fact in facts])


async def test_the_installation_keeps_one_secret_whoever_reads_it_first(
    people: People,
) -> None:
    secrets: list[bytes] = []

    async def read() -> None:
        async with people.database.session() as session:
            secrets.append(await installation_secret(session))

    async with asyncio.TaskGroup() as tasks:
        for _ in range(8):
            tasks.create_task(read())
    assert len(set(secrets)) == 1
    assert len(secrets[0]) == 32


async def test_a_key_says_within_a_minute_when_it_was_last_used(
    people: People, garden: Organisation
) -> None:
    issued = await people.issue_key(garden.org_id, name="widget", scope="book")
    assert (issued.key.scope, issued.key.last_used_at) == ("book", None)
    first = people.clock.now()
    await people.use_key(issued.secret)
    people.clock.advance(timedelta(seconds=API_KEY_USE_NOTED_SECONDS))
    used = await people.use_key(issued.secret)
    assert used is not None
    assert used.last_used_at == first
    people.clock.advance(timedelta(seconds=1))
    later = people.clock.now()
    await people.use_key(issued.secret)
    async with people.database.session() as session:
        [listed] = await api_keys(session, garden.org_id)
    assert listed.last_used_at == later


async def test_a_member_keeps_the_role_until_another_is_given(
    people: People, garden: Organisation
) -> None:
    given: tuple[tuple[Role | None, Role], ...] = (
        ("staff", "staff"),
        (None, "staff"),
        ("admin", "admin"),
    )
    for role, expected in given:
        link = await people.issue_link(garden.org_id, person="Ana", role=role)
        person = await people.session_of(await people.enter(link.token), garden.org_id)
        assert person is not None
        assert person.role == expected
    async with people.database.unrestricted.session() as session:
        assert await session.connection.fetchval("SELECT count(*) FROM account") == 1
