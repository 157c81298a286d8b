"""An owner from nothing to the first booking of a guest: by the link that the server prints."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect
from tests.conftest import EMBEDDED, TestServers, run_on
from tests.journeys.accessibility import WCAG, violations
from tests.journeys.site import Site
from tests.journeys.steps import give_details, reference
from typing_extensions import override

pytestmark = pytest.mark.timeout(120)

WAYS = ("mouse", "keyboard", "no script")
CLICKS_MAX = 5
"""Three times to go on, once to finish, once to see the public page."""
FIELDS_MAX = 5
"""What has to be typed: the names of business and owner, a price, an e-mail address, a password."""
SECONDS_MAX = 180
WORDS_READ_A_SECOND = 4
"""English is read at 238 words a minute (Brysbaert, 2019, doi:10.1016/j.jml.2019.104047)."""
LETTERS_TYPED_A_SECOND = 3
"""36 words a minute; people who volunteer for tests type 52 (Dhakal et al., CHI 2018)."""
SECONDS_OF_A_CLICK = 2
TABS_MAX = 40
VISIBLE_TEXT = """main => {
    const choices = [...main.querySelectorAll("option")].map(each => each.innerText);
    return choices.reduce((text, choice) => text.replace(choice, ""), main.innerText);
}"""
"""Without the choices of closed lists, which come filled in."""


@pytest.fixture
def empty(site: Site, servers: TestServers) -> Iterator[Site]:
    """On a database of its own, without any business."""
    server, name = servers[EMBEDDED], f"journeys_set_up_{next(servers.numbers)}"
    site.run(run_on(server, servers.creation_of(name)))
    empty = Site(server.url_of(name))
    empty.open()
    yield empty
    empty.close()


class Owner:
    """Counts what she does and how long she needs for it."""

    def __init__(self, page: Page, *, by_keys: bool = False) -> None:
        self.page = page
        self.by_keys = by_keys
        self.clicks = self.fields = 0
        self.seconds = 0.0

    def types(self, label: str, text: str) -> None:
        field = self.page.get_by_label(label, exact=True)
        if self.by_keys:
            self._tabs_to(field)
            self.page.keyboard.type(text)
        else:
            field.fill(text)
        self.fields += 1
        self.seconds += len(text) / LETTERS_TYPED_A_SECOND

    def goes_on(self, button: str, path: str) -> None:
        self._presses(self.page.get_by_role("button", name=button, exact=True))
        self.page.wait_for_url(path)

    def sees_her_page(self) -> None:
        self._presses(self.page.get_by_role("link", name="See your page"))

    def _presses(self, target: Locator) -> None:
        words = self.page.locator("main").evaluate(VISIBLE_TEXT).split()
        self.seconds += len(words) / WORDS_READ_A_SECOND + SECONDS_OF_A_CLICK
        self.clicks += 1
        if self.by_keys:
            self._tabs_to(target)
            self.page.keyboard.press("Enter")
        else:
            target.click()

    def _tabs_to(self, target: Locator) -> None:
        for _ in range(TABS_MAX):
            if target.evaluate("element => element === document.activeElement"):
                return
            self.page.keyboard.press("Tab")
        pytest.fail(f"{target} is not reached by the Tab key")


class Inspector(Owner):
    """Looks at each page before she leaves it."""

    @override
    def _presses(self, target: Locator) -> None:
        page = self.page
        for theme, width in (("light", 1280), ("dark", 320)):
            page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]  # one of its literals
            page.set_viewport_size({"width": width, "height": 900})
            assert violations(page, WCAG) == []
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), width
        super()._presses(target)


def set_up(owner: Owner, link: str) -> None:
    page = owner.page
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


def link_of(site: Site) -> str:
    return f"{site.url}/admin/set-up/{site.app.tokens.set_up_token}"


def test_owner_comes_from_nothing_to_the_first_booking_of_a_guest(empty: Site, page: Page) -> None:
    owner, link = Inspector(page), link_of(empty)
    set_up(owner, link)
    assert owner.clicks <= CLICKS_MAX
    assert owner.fields <= FIELDS_MAX
    assert owner.seconds <= SECONDS_MAX
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


def test_owner_sets_up_by_keyboard_alone(empty: Site, page: Page) -> None:
    set_up(Owner(page, by_keys=True), link_of(empty))
    expect(page.locator("a.slot").last).to_be_visible()


@pytest.mark.parametrize("script", ["no script"])
@pytest.mark.usefixtures("script")
def test_owner_sets_up_without_script(empty: Site, page: Page) -> None:
    set_up(Owner(page), link_of(empty))
    expect(page.locator("a.slot").last).to_be_visible()
