"""A business at its own domain: what is there, what is not, and who may have it."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from tests.builders.api_client import Answer, ApiClient, an_api_client
from tests.builders.business import Business, a_booking_of, a_business, a_guest
from tests.builders.html_text import visible_text
from tests.builders.notifications import handle_notifications
from tests.builders.statement_counts import added, statements

from fullhouse.bootstrap.application import Application
from fullhouse.entrypoints.cli import domains as command
from fullhouse.kernel.errors import InvalidInput
from fullhouse.people.errors import DomainTaken, UnknownOrganisation
from fullhouse.settings import Settings

DOMAIN = "book.meadow.example"
OWN = "http://tickets.example.org"


@pytest.fixture
def settings(database_url: str) -> Settings:
    return Settings(database_url=database_url, public_url=OWN)


@pytest.fixture
async def api(app: Application, business: Business) -> AsyncIterator[ApiClient]:
    app = replace(app, settings=app.settings.model_copy(update={"public_url": OWN}))
    api = await an_api_client(app, business)
    async with api.client:
        yield api


@pytest.fixture
async def hill(app: Application) -> Business:
    """Another business, which may be an attacker."""
    return await a_business(app.database, app.clock, app.ids, slug="hill")


async def name_domain(api: ApiClient, domain: str = DOMAIN) -> Answer:
    return await api.ask("PATCH", "", json={"domain": domain}, key=api.key)


@pytest.fixture
async def confirmed(api: ApiClient, settings: Settings, hill: Business) -> ApiClient:
    """The site, where the domain of the first business is confirmed."""
    assert hill.org_id != api.business.org_id
    await name_domain(api)
    await command.confirm(settings, "meadow", DOMAIN)
    await handle_notifications(api.app)
    return api


async def at(api: ApiClient, path: str, host: str = DOMAIN, method: str = "GET") -> Answer:
    return await api.ask(method, f"/{path}", headers={"host": host})


@pytest.mark.parametrize(
    "host", [DOMAIN, "BOOK.Meadow.Example", f"{DOMAIN}:8443", f"{DOMAIN}.", f"{DOMAIN}.:443"]
)
async def test_own_domain_has_the_business_and_no_other(confirmed: ApiClient, host: str) -> None:
    first = await at(confirmed, "/", host)
    assert (first.status, first.headers["location"]) == (303, "/meadow")
    page = await at(confirmed, "/meadow", host)
    assert "Sunflower morning" in visible_text(page.body.decode())
    assert (await at(confirmed, "/meadow/sunflowers", host)).status == 200
    assert (await at(confirmed, "/api/v1/meadow", host)).status == 200
    for path in ("/hill", "/hill/sunflowers", "/api/v1/hill", "/api/v1/hill/offerings"):
        assert (await at(confirmed, path, host)).status == 404, path


async def test_answer_that_is_kept_is_of_the_host_that_asked(
    confirmed: ApiClient, hill: Business
) -> None:
    """A kept answer is found before anybody looks whose domain it is."""
    path = "/api/v1/hill/offerings/sunflowers/availability"
    await hill.a_slot()
    for _ in range(3):
        assert (await at(confirmed, path, "127.0.0.1:8400")).status == 200
        assert (await at(confirmed, path, "evil.example")).status == 200
        assert (await at(confirmed, path)).status == 404
        assert (await at(confirmed, path.replace("hill", "meadow"))).status == 200


@pytest.mark.parametrize(
    "path",
    [
        *("/admin", "/admin/sign-in", "/admin/sign-up", "/admin/account", "/account"),
        *("/admin/meadow/today", "/admin/meadow/settings", "/admin/hill/today", "/domains/ask"),
    ],
)
async def test_own_domain_has_no_staff_area_and_no_accounts(
    confirmed: ApiClient, path: str
) -> None:
    cookie = await confirmed.staff_cookie()
    answer = await confirmed.ask("GET", f"/{path}", headers={**cookie, "host": DOMAIN})
    assert answer.status == 404
    refused = await confirmed.ask(
        "POST", "//api/v1/auth/sessions", json={}, headers={"host": DOMAIN}
    )
    assert refused.status in {404, 405}


@pytest.mark.parametrize(
    "host",
    [
        *("tickets.example.org", "127.0.0.1:8400", "[::1]:8400", "localhost", "evil.example"),
        *(f"{DOMAIN}.evil.example", f"evil{DOMAIN}", "meadow.example", "xn--" + DOMAIN),
    ],
)
async def test_any_other_host_has_what_it_had(confirmed: ApiClient, host: str) -> None:
    assert (await at(confirmed, "/meadow", host)).status == 200
    assert (await at(confirmed, "/hill", host)).status == 200
    assert (await at(confirmed, "/admin/sign-in", host)).status == 200
    home = await at(confirmed, "/", host)
    assert home.status == 200
    assert host not in home.body.decode().replace("tickets.example.org", "")


async def test_links_lead_to_the_own_domain_once_it_is_confirmed(
    api: ApiClient, settings: Settings
) -> None:
    slot = await api.business.a_slot(capacity=9)
    before = await api.book(slot)
    assert str(before.json["manage_url"]).startswith(f"{OWN}/meadow/b/")
    await name_domain(api)
    assert f"{OWN}/meadow" in (await at(api, "/meadow", "tickets.example.org")).body.decode()
    await command.confirm(settings, "meadow", DOMAIN)
    await handle_notifications(api.app)
    after = await api.book(slot, name="Grace Hopper")
    assert str(after.json["ticket_url"]).startswith(f"http://{DOMAIN}/meadow/b/")
    ticket = str(after.json["ticket_url"]).removeprefix(f"http://{DOMAIN}")
    assert (await at(api, ticket)).status == 200
    page = (await at(api, "/meadow", "tickets.example.org")).body.decode()
    assert f'<link rel="canonical" href="http://{DOMAIN}/meadow">' in page
    sitemap = (await at(api, "/sitemap.xml")).body.decode()
    assert f"<loc>http://{DOMAIN}/meadow/sunflowers</loc>" in sitemap
    assert "tickets.example.org" not in sitemap
    robots = (await at(api, "/robots.txt")).body.decode()
    assert f"Sitemap: http://{DOMAIN}/sitemap.xml" in robots


async def test_form_of_another_site_is_refused_at_the_own_domain(confirmed: ApiClient) -> None:
    slot = await confirmed.business.a_slot()
    path, form = "/meadow/sunflowers/holds", f"slot={slot}&party=2".encode()
    kind = "application/x-www-form-urlencoded"
    for origin, status in ((f"http://{DOMAIN}", 303), (OWN, 403), ("http://evil.example", 403)):
        headers = {"host": DOMAIN, "origin": origin, "content-type": kind}
        answer = await confirmed.ask("POST", f"/{path}", content=form, headers=headers)
        assert answer.status == status, origin


async def test_domain_that_is_not_confirmed_changes_nothing(api: ApiClient, hill: Business) -> None:
    assert (await name_domain(api)).json["domain_confirmed_at"] is None
    assert (await at(api, "/hill")).status == 200
    assert (await at(api, "/admin/sign-in")).status == 200
    assert (await at(api, f"/domains/ask?domain={DOMAIN}", "127.0.0.1")).status == 404
    settings_page = await api.ask(
        "GET", f"//admin/{api.org}/settings", headers=await api.staff_cookie()
    )
    assert "Not confirmed yet." in visible_text(settings_page.body.decode())
    assert hill.org_id != api.business.org_id


async def test_naming_a_domain_of_another_takes_nothing_from_it(
    confirmed: ApiClient, app: Application, settings: Settings, hill: Business
) -> None:
    """Whoever names a domain first has no right to it, and the one who has it stays."""
    attacker = await an_api_client(app, hill, org="hill")
    async with attacker.client:
        assert (await name_domain(attacker)).status == 200
        with pytest.raises(DomainTaken):
            await command.confirm(settings, "hill", DOMAIN)
        await handle_notifications(app)
        assert (await at(confirmed, "/meadow")).status == 200
        assert (await at(confirmed, "/hill")).status == 404
        booked = await app.booking.place_booking(
            hill.org_id, a_booking_of(await hill.a_slot()), context=a_guest()
        )
        shown = await attacker.ask("GET", f"/bookings/{booked.outcome.ref}", key=attacker.key)
        assert DOMAIN not in shown.body.decode()
    await command.withdraw(settings, "meadow")
    await command.confirm(settings, "hill", DOMAIN)
    await handle_notifications(app)
    assert (await at(confirmed, "/hill")).status == 200
    assert (await at(confirmed, "/meadow")).status == 404


async def test_new_domain_has_to_be_confirmed_again(confirmed: ApiClient) -> None:
    changed = await name_domain(confirmed, "other.meadow.example")
    assert changed.json["domain_confirmed_at"] is None
    await handle_notifications(confirmed.app)
    assert (await at(confirmed, "/hill")).status == 200
    back = await name_domain(confirmed)
    assert back.json["domain_confirmed_at"] is None
    kept = await confirmed.ask("PATCH", "", json={"tagline": "Flowers"}, key=confirmed.key)
    assert kept.json["domain_confirmed_at"] is None


async def test_change_of_anything_else_keeps_the_domain_confirmed(confirmed: ApiClient) -> None:
    sent = {"tagline": "Flowers", "domain_confirmed_at": None}
    assert (await confirmed.ask("PATCH", "", json=sent, key=confirmed.key)).status == 422
    kept = await confirmed.ask("PATCH", "", json={"tagline": "Flowers"}, key=confirmed.key)
    assert kept.json["domain_confirmed_at"] is not None


async def test_own_address_of_the_installation_is_no_domain_of_a_business(
    api: ApiClient, settings: Settings, app: Application
) -> None:
    await name_domain(api, "Tickets.example.org")
    with pytest.raises(InvalidInput):
        await command.confirm(settings, "meadow", "tickets.example.org")
    # Also where it got this address only later
    await command.confirm(
        Settings(database_url=settings.database_url), "meadow", "tickets.example.org"
    )
    await handle_notifications(app)
    assert (await at(api, "/admin/sign-in", "tickets.example.org")).status == 200


async def test_operator_confirms_what_the_business_names_alone(
    api: ApiClient, settings: Settings
) -> None:
    assert command.format_domains(await command.list_domains(settings)).startswith("  No business")
    await name_domain(api)
    for org, domain in (("meadow", "other.example.org"), ("meadow", "")):
        with pytest.raises(InvalidInput):
            await command.confirm(settings, org, domain)
    with pytest.raises(UnknownOrganisation):
        await command.confirm(settings, "nobody", DOMAIN)
    await command.confirm(settings, "meadow", f"{DOMAIN.upper()}.")
    await command.confirm(settings, "meadow", DOMAIN)
    (listed,) = await command.list_domains(settings)
    assert (listed.domain, listed.slug) == (DOMAIN, "meadow")
    assert command.format_domains([listed]).endswith(" confirmed")
    await command.withdraw(settings, "meadow")
    assert await command.list_domains(settings) == []


@pytest.mark.parametrize(
    ("domain", "status"),
    [
        *((DOMAIN, 200), (DOMAIN.upper(), 200), (f"{DOMAIN}.", 200)),
        *(("evil.example", 404), (f"a.{DOMAIN}", 404), ("", 404), ("127.0.0.1", 404)),
    ],
)
async def test_proxy_is_told_which_certificates_it_may_make(
    confirmed: ApiClient, domain: str, status: int
) -> None:
    answer = await at(confirmed, f"/domains/ask?domain={domain}", "127.0.0.1:8400")
    assert answer.status == status


async def test_hosts_that_nobody_has_cost_no_statement(confirmed: ApiClient) -> None:
    await at(confirmed, "/meadow", "first.example")
    before = statements(confirmed.app)
    for number in range(20):
        assert (await at(confirmed, "/meadow", f"a{number}.example")).status == 200
    assert "people.confirmed_domains" not in added(before, statements(confirmed.app))
