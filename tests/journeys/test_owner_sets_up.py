"""An owner from nothing to the first booking of a guest: by the link that the server prints."""

import asyncio
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import (  # type: ignore[import-untyped]  # it ships no types
    Axe,
)
from playwright.sync_api import Page, expect
from tests.conftest import EMBEDDED, TEMPLATE, TestServers, run_on
from tests.journeys.site import Site
from tests.journeys.steps import give_details, reference
from tests.journeys.test_every_page import WCAG

pytestmark = pytest.mark.timeout(120)

CLICKS_MAX = 5
"""Three times to go on, once to finish, once to see the public page."""
FIELDS_MAX = 5
"""What has to be typed: the names of business and owner, a price, an e-mail address, a password."""


@pytest.fixture(scope="session")
def empty(servers: TestServers) -> Iterator[Site]:
    """A site without any business; of the session, because no loop may run when it begins."""
    server = servers[EMBEDDED]
    name = "journeys_set_up"
    asyncio.run(run_on(server, f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}"))
    site = Site(server.url_of(name))
    site.open()
    yield site
    site.close()


class Owner:
    """Counts what she does, and looks at each page."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.clicks = self.fields = 0

    def types(self, label: str, text: str) -> None:
        self.page.get_by_label(label, exact=True).fill(text)
        self.fields += 1

    def goes_on(self, button: str, path: str) -> None:
        self._looks()
        self.page.get_by_role("button", name=button, exact=True).click()
        self.page.wait_for_url(path)
        self.clicks += 1

    def _looks(self) -> None:
        page = self.page
        for theme, width in (("light", 1280), ("dark", 320)):
            page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]  # one of its literals
            page.set_viewport_size({"width": width, "height": 900})
            found = Axe().run(page, options=WCAG)
            assert found.violations_count == 0, found.generate_report()
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), width

    def sees_her_page(self) -> None:
        self._looks()
        self.page.get_by_role("link", name="See your page").click()
        self.clicks += 1


def test_owner_comes_from_nothing_to_the_first_booking_of_a_guest(empty: Site, page: Page) -> None:
    owner, link = Owner(page), f"{empty.url}/admin/set-up/{empty.app.tokens.set_up_token}"
    page.goto(link)
    owner.types("Name of the business", "Lily Lane")
    owner.goes_on("Continue", "**/place")
    owner.goes_on("Continue", "**/offering")
    owner.types("Price a person (GBP)", "12")
    owner.goes_on("Continue", "**/owner")
    owner.types("Your name", "Rosa")
    owner.types("E-mail", "rosa@example.org")
    owner.types("Password", "a lantern in the old barn")
    owner.goes_on("Open for bookings", "**/welcome")
    expect(page.get_by_role("heading", name="Lily Lane takes bookings")).to_be_visible()
    owner.sees_her_page()
    assert (owner.clicks, owner.fields) <= (CLICKS_MAX, FIELDS_MAX)
    page.locator("a.slot").last.click()
    page.get_by_role("button", name="Continue").click()
    give_details(page)
    page.get_by_role("button", name="Confirm booking").click()
    ref = reference(page)
    page.goto(f"{empty.url}/admin/lily-lane/bookings")
    expect(page.get_by_role("link", name="Ana Lopez")).to_be_visible()
    page.goto(f"{empty.url}/admin/lily-lane/bookings/{ref}")
    expect(page.get_by_text("Ana Lopez").first).to_be_visible()
    page.goto(link)
    expect(page.get_by_role("heading", name="This has been set up already")).to_be_visible()
