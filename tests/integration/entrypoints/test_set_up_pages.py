"""Set-up by pages: from the link of the server to a business that takes bookings."""

import asyncio
import re
from collections.abc import Mapping
from html import unescape
from urllib.parse import urlencode

import httpx
import pytest
from tests.builders.api_client import a_client_of

from fullhouse.booking.catalogue import offerings_of
from fullhouse.bootstrap.application import Application
from fullhouse.entrypoints.site import build_root_app, health_probe
from fullhouse.http.shutdown import ShutdownSignal
from fullhouse.people.reads.organisations import organisations, venues
from fullhouse.people.reads.profiles import account_profile
from fullhouse.people.reads.sessions import memberships_of
from fullhouse.scheduling.reads.schedules import schedules_listed

PASSWORD = "a lantern in the old barn"
BUSINESS = {"kind": "farm", "name": "Müller's Hof", "slug": "", "country": "DE"}
PLACE = {"address": "Dorfstr. 1", "zone": "Europe/Berlin", "currency": "EUR", "locale": "de"}
OFFERING = {
    "offering": "Sonnenblumen",
    "price_amount": "12.50",
    "places": "40",
    "duration_minutes": "30",
    "weekdays.SA": "yes",
    "weekdays.SU": "yes",
    "first_time": "09:00",
    "last_time": "13:00",
    "every_minutes": "30",
}
OWNER = {"owner": "Rosa Müller", "email": "Rosa@example.org", "password": PASSWORD}
ALL: Mapping[str, Mapping[str, str]] = {
    "business": BUSINESS,
    "place": PLACE,
    "offering": OFFERING,
    "owner": OWNER,
}


class Browser:
    """A visitor with cookies, who asks without being sent on."""

    def __init__(self, app: Application, token: str | None = None) -> None:
        self.app = app
        self.path = f"/admin/set-up/{token or app.tokens.set_up_token}"
        shutdown = ShutdownSignal()
        root = build_root_app(app, health_probe(app, shutdown), shutdown)
        self.client = a_client_of(root, "127.0.0.1")
        self.client.headers["accept-language"] = "en"

    async def get(self, path: str = "", **headers: str) -> httpx.Response:
        return await self.client.get(f"{self.path}{path}", headers=headers)

    async def send(self, step: str, fields: Mapping[str, str]) -> httpx.Response:
        return await self.client.post(
            f"{self.path}/{step}",
            content=urlencode(fields).encode(),
            headers={
                "content-type": "application/x-www-form-urlencoded",
                "sec-fetch-site": "same-origin",
            },
        )

    async def until(self, last: str) -> None:
        """Go through the steps before one."""
        for step, fields in ALL.items():
            if step == last:
                return
            answer = await self.send(step, fields)
            assert answer.status_code == 303, unescape(answer.text)


@pytest.fixture
async def browser(app: Application) -> Browser:
    return Browser(app)


async def names(app: Application) -> list[str]:
    async with app.database.session() as session:
        return [one.name for one in await organisations(session)]


async def test_four_steps_make_a_business_that_takes_bookings(browser: Browser) -> None:
    first = await browser.get(**{"accept-language": "de-AT, de;q=0.9"})
    assert 'value="AT" selected' in first.text
    assert first.headers["cache-control"] == "no-store"
    await browser.until("owner")
    assert await names(browser.app) == []  # nothing is made before the end
    summary = unescape((await browser.get("/owner")).text)
    assert "/muellers-hof" in summary
    assert "€12.50 a person" in summary
    made = await browser.send("owner", OWNER)
    assert made.status_code == 303, unescape(made.text)
    assert made.headers["location"] == "/admin/muellers-hof/welcome"
    welcome = await browser.client.get("/admin/muellers-hof/welcome")
    assert "Müller's Hof takes bookings" in unescape(welcome.text)
    public = re.search(r'href="(/muellers-hof/sonnenblumen[^"#]*)', welcome.text)
    assert public is not None
    day = await browser.client.get(unescape(public[1]))
    assert "40 left" in unescape(day.text)
    assert (await browser.client.get("/admin")).headers["location"].endswith("/overview")
    async with browser.app.database.session() as session:
        (organisation,) = await organisations(session)
        (venue,) = await venues(session, organisation.org_id)
        (offering,) = await offerings_of(session, organisation.org_id)
        schedules = await schedules_listed(session, organisation.org_id)
    assert (organisation.currency, organisation.locale, organisation.email) == (
        *("EUR", "de"),
        "rosa@example.org",
    )
    assert (venue.zone, venue.country, venue.address) == ("Europe/Berlin", "DE", "Dorfstr. 1")
    assert (offering.price_amount, offering.party_max) == (1250, 10)
    assert len(schedules) == 1


async def test_owner_is_no_operator_and_her_address_is_not_verified(browser: Browser) -> None:
    await browser.until("owner")
    await browser.send("owner", OWNER)
    async with browser.app.database.unrestricted.session() as session:
        account_id = await session.connection.fetchval("SELECT account_id FROM account")
        account = await account_profile(session, account_id)
        (membership,) = await memberships_of(session, account_id)
    assert account is not None
    assert (account.is_operator, account.email_verified_at) == (False, None)
    assert (account.has_password, membership.role) == (True, "owner")


@pytest.mark.parametrize("step", ALL)
async def test_empty_step_says_what_is_missing_and_keeps_the_rest(
    browser: Browser, step: str
) -> None:
    await browser.until(step)
    answer = await browser.send(step, dict.fromkeys(ALL[step], ""))
    assert answer.status_code == 422
    assert "There is a problem" in unescape(answer.text)
    assert await names(browser.app) == []


async def test_what_was_typed_survives_errors_going_back_and_another_language(
    browser: Browser,
) -> None:
    await browser.until("owner")
    refused = await browser.send("owner", {**OWNER, "email": "rosa@", "password": "short"})
    assert refused.status_code == 422
    assert 'value="Rosa Müller"' in refused.text
    assert "short" not in refused.text.replace("Four short steps", "")
    back = await browser.send("owner", {**OWNER, "go": "back"})
    assert back.headers["location"].endswith("/offering")
    shown = await browser.get("/offering?lang=de")
    assert 'value="Sonnenblumen"' in shown.text
    assert 'value="12.50"' in shown.text
    assert "Was Gäste buchen" in shown.text
    again = await browser.get("/owner")
    assert 'value="Rosa@example.org"' in again.text
    assert PASSWORD not in again.text


async def test_another_country_suggests_its_own_zone_and_currency(browser: Browser) -> None:
    await browser.until("offering")
    await browser.send("business", {**BUSINESS, "country": "TH"})
    place = (await browser.get("/place")).text
    assert 'value="THB" selected' in place
    assert 'value="Asia/Bangkok"' in place
    assert "Europe/Berlin" not in place
    assert (await browser.get("/offering")).headers["location"].endswith("/place")


@pytest.mark.parametrize(
    ("step", "changes", "field"),
    [
        ("business", {"name": "\u200b"}, "name"),
        ("business", {"name": "สวนดอกไม้"}, "slug"),
        ("business", {"slug": "Not a slug"}, "slug"),
        ("business", {"slug": "admin"}, "slug"),
        ("business", {"slug": "set-up"}, "slug"),
        ("business", {"country": "ZZ"}, "country"),
        ("business", {"kind": "bank"}, "kind"),
        ("place", {"zone": "Mars/Olympus"}, "zone"),
        ("place", {"zone": "../../etc/passwd"}, "zone"),
        ("place", {"currency": "ABC"}, "currency"),
        ("place", {"locale": "xx"}, "locale"),
        ("offering", {"price_amount": "-1"}, "price_amount"),
        ("offering", {"weekdays.SA": "", "places": "0"}, "places"),
        ("offering", {"last_time": "08:00"}, "last_time"),
        ("offering", {"first_time": "25:00"}, "first_time"),
        ("offering", {"every_minutes": "0"}, "every_minutes"),
        ("owner", {"owner": "\u200b"}, "owner"),
        ("owner", {"email": "rosa"}, "email"),
        ("owner", {"password": "password2027"}, "password"),
    ],
)
async def test_wrong_field_is_named(
    browser: Browser, step: str, changes: Mapping[str, str], field: str
) -> None:
    await browser.until(step)
    answer = await browser.send(step, {**ALL[step], **changes})
    assert answer.status_code == 422, answer.headers.get("location")
    assert f'href="#{field}"' in answer.text
    assert await names(browser.app) == []


async def test_hostile_texts_are_shown_as_text(browser: Browser) -> None:
    mark = "<img src=x onerror=alert(1)>\"'"
    await browser.send("business", {**BUSINESS, "name": mark, "slug": "lily"})
    await browser.send("place", {**PLACE, "address": mark})
    await browser.send("offering", {**OFFERING, "offering": mark})
    pages = [await browser.get(f"/{step}") for step in ALL]
    made = await browser.send("owner", {**OWNER, "owner": mark})
    assert made.status_code == 303, unescape(made.text)
    pages += [await browser.client.get(path) for path in ("/admin/lily/welcome", "/lily")]
    for page in pages:
        assert page.status_code == 200
        assert "<img src=x" not in page.text


async def test_of_two_who_finish_at_once_one_makes_the_business(app: Application) -> None:
    browsers = [Browser(app) for _ in range(4)]
    for browser in browsers:
        await browser.until("owner")
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(one.send("owner", OWNER)) for one in browsers]
    assert sorted(task.result().status_code for task in tasks) == [303, 410, 410, 410]
    assert await names(app) == ["Müller's Hof"]
    async with app.database.unrestricted.session() as session:
        for table in ("account", "membership", "venue", "offering"):
            count = await session.connection.fetchval(f"SELECT count(*) FROM {table}")  # noqa: S608 - of these
            assert count == 1, table


async def test_link_works_once_and_its_forms_are_not_repeated(app: Application) -> None:
    browser, other = Browser(app), Browser(app)
    await browser.until("owner")
    await other.until("owner")
    await browser.send("owner", OWNER)
    for answer in (
        await browser.get(),
        await browser.send("business", BUSINESS),
        await other.get("/owner"),
        await other.send("owner", {**OWNER, "email": "mallory@example.org"}),
    ):
        assert answer.status_code == 410
        assert "This has been set up already" in answer.text
    async with app.database.unrestricted.session() as session:
        assert await session.connection.fetchval("SELECT count(*) FROM account") == 1


async def test_owner_whose_address_has_an_account_is_told_so_beside_it(app: Application) -> None:
    browser = Browser(app)
    await browser.until("owner")
    async with app.database.unrestricted.transaction() as session:
        await session.connection.execute(
            "INSERT INTO account (account_id, name, email, created_at)"
            " VALUES (gen_random_uuid(), 'Rosa', 'rosa@example.org', now())"
        )
    refused = await browser.send("owner", OWNER)
    assert "There is an account with this address already." in refused.text
    assert 'value="rosa@example.org"' in refused.text.lower()
    assert await names(app) == []


async def test_without_the_link_nothing_is_set_up(app: Application) -> None:
    good = app.tokens.set_up_token
    for token in ("x", good[:-1], f"{good}x", good.swapcase(), "%00"):
        browser = Browser(app, token)
        assert (await browser.get()).status_code in {404, 410}
        for step, fields in ALL.items():
            answer = await browser.send(step, fields)
            assert answer.status_code in {404, 410}
    assert await names(app) == []


async def test_steps_cannot_be_skipped_and_unknown_ones_are_not_found(browser: Browser) -> None:
    for step in ("place", "offering", "owner"):
        answer = await browser.get(f"/{step}")
        assert answer.headers["location"].endswith("/business")
    assert (await browser.send("owner", OWNER)).headers["location"].endswith("/business")
    assert (await browser.get("/nonsense")).status_code == 404
    assert await names(browser.app) == []


async def test_draft_of_another_installation_is_none(browser: Browser) -> None:
    await browser.until("owner")
    kept = browser.client.cookies["fullhouse_set_up"]
    assert "Rosa" not in kept
    browser.client.cookies["fullhouse_set_up"] = kept[:-4] + "AAAA"
    assert (await browser.get("/owner")).headers["location"].endswith("/business")


async def test_account_that_there_is_keeps_its_password(browser: Browser) -> None:
    async with browser.app.database.unrestricted.transaction() as session:
        await session.connection.execute(
            "INSERT INTO account (account_id, name, email, created_at)"
            " VALUES (gen_random_uuid(), 'Ida', 'rosa@example.org', now())"
        )
    await browser.until("owner")
    answer = await browser.send("owner", OWNER)
    assert answer.status_code == 422
    assert 'href="#email"' in answer.text
    assert await names(browser.app) == []
