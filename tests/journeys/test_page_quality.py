"""What makes a page good beside its content: as tools for it measure, on each page of a guest."""

import gzip
import json
import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page
from tests.journeys.accessibility import BEST_PRACTICES, violations
from tests.journeys.conftest import PHONE
from tests.journeys.site import Farm
from tests.journeys.steps import book, choose, hold, open_ticket

pytestmark = pytest.mark.timeout(120)

Visit = Callable[[Page, Farm], object]
LONG = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"
TAP_MIN = 44
HTML_BYTES_MAX, STYLE_BYTES_MAX, SCRIPT_BYTES_MAX = 9_000, 9_000, 6_000
"""As they are sent, compressed."""
SHIFTS = """() => new Promise((done) => {
  let sum = 0;
  new PerformanceObserver((list) => list.getEntries().forEach((entry) => { sum += entry.value; }))
    .observe({ type: "layout-shift", buffered: true });
  setTimeout(() => done(sum), 600);
})"""
SMALL_TARGETS = """(min) => [...document.querySelectorAll("a, button, input, select, summary")]
  .filter((it) => it.checkVisibility({ visibilityProperty: true }))
  .filter((it) => !it.closest(".visually-hidden, .skip") && it.type !== "hidden")
  .filter((it) => !(it.tagName === "A" && getComputedStyle(it).display === "inline"))
  .map((it) => [it.closest("label.check") || it, it])
  .map(([box, it]) => [box.getBoundingClientRect(), it])
  .filter(([box]) => box.width < min || box.height < min)
  .map(([box, it]) => `${it.outerHTML.slice(0, 80)} ${box.width}x${box.height}`)"""
HEADINGS = """() => [...document.querySelectorAll("h1, h2, h3, h4, h5, h6")]
  .filter((it) => it.checkVisibility()).map((it) => Number(it.tagName[1]))"""
OVERFLOWING_DAYS = """() => [...document.querySelectorAll(".day")]
  .filter((it) => it.scrollWidth > it.clientWidth + 1 || it.scrollHeight > it.clientHeight + 1)
  .map((it) => it.textContent)"""
BROKEN_WORDS = """() => [...document.querySelectorAll("label, h1, h2, h3, p, .name")]
  .filter((it) => it.checkVisibility() && !it.closest(".visually-hidden, .skip, table"))
  .filter((it) => it.textContent.trim().length > 9 && it.getBoundingClientRect().width < 72)
  .map((it) => it.textContent)"""
CLIPPED_FACTS = """() => [...document.querySelectorAll(".ticket dt, .ticket dd")].filter((it) => {
  const card = it.closest(".ticket").getBoundingClientRect(), box = it.getBoundingClientRect();
  return box.width < 8 || box.left < card.left || box.right > card.right;
}).map((it) => it.textContent)"""


def _change(page: Page, farm: Farm) -> None:
    open_ticket(page, farm, "10:00")
    page.get_by_role("link", name="Change booking").click()


def _cancel(page: Page, farm: Farm) -> None:
    open_ticket(page, farm, "10:00")
    page.get_by_role("link", name="Cancel booking").click()


def _contact(page: Page, farm: Farm) -> None:
    _change(page, farm)
    page.get_by_role("link", name="Change name, e-mail or phone").click()


PAGES: dict[str, Visit] = {
    "organisation": lambda page, farm: page.goto(f"{farm.site.url}/{farm.slug}"),
    "offering": lambda page, farm: page.goto(farm.path),
    "day": lambda page, farm: page.goto(farm.day_path),
    "chosen": lambda page, farm: choose(page, farm, "10:00"),
    "details": lambda page, farm: hold(page, farm, "10:00"),
    "ticket": lambda page, farm: book(page, farm, "10:00"),
    "change": _change,
    "cancel": _cancel,
    "contact": _contact,
}
FOUND = ("organisation", "offering", "day")
OWN = ("details", "ticket", "change", "cancel", "contact")


@pytest.fixture
def phone(checked_page: Page, farm: Farm) -> Page:
    """A phone at a farm with free times, few places, a full time and a long reason."""
    farm.slots(2)
    slots = farm.slots(2, capacity=2, hour=14)
    farm.sell(slots[0], 2)
    checked_page.set_viewport_size(PHONE)
    return checked_page


@pytest.mark.parametrize("name", PAGES)
def test_page_is_good_on_a_phone(name: str, farm: Farm, phone: Page) -> None:
    PAGES[name](phone, farm)
    phone.reload()
    assert phone.evaluate(SHIFTS) == 0
    assert phone.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert phone.evaluate(SMALL_TARGETS, TAP_MIN) == []
    levels = phone.evaluate(HEADINGS)
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in zip([0, *levels], levels, strict=False))
    assert phone.locator("meta[name=description]").get_attribute("content")
    for theme in ("light", "dark"):
        phone.emulate_media(color_scheme=theme)
        assert violations(phone, BEST_PRACTICES) == []
    if name in FOUND:
        assert_describes_itself(name, phone)
    elif name in OWN:
        assert_asks_not_to_be_found(phone)
    assert_fits_at_200_percent(phone)


def assert_fits_at_200_percent(phone: Page) -> None:
    phone.set_viewport_size({"width": PHONE["width"] // 2, "height": PHONE["height"] // 2})
    assert phone.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert phone.evaluate(OVERFLOWING_DAYS) == []
    assert phone.evaluate(BROKEN_WORDS) == [], "a word a line is left, and not a letter"


@pytest.mark.parametrize("name", ["organisation", "day", "ticket", "change"])
def test_unbroken_long_names_stay_in_their_places(name: str, farm: Farm, phone: Page) -> None:
    farm.rename(LONG)
    PAGES["details"](phone, farm)
    phone.get_by_label("Your name").fill(LONG)
    phone.get_by_label("E-mail").fill(f"{LONG[:40].replace('ä', 'a')}@example.com")
    phone.get_by_role("button", name="Confirm booking").click()
    if name == "change":
        phone.get_by_role("link", name="Change booking").click()
    elif name != "ticket":
        PAGES[name](phone, farm)
    for width in (PHONE["width"], PHONE["width"] // 2):
        phone.set_viewport_size({"width": width, "height": PHONE["height"]})
        assert phone.evaluate("document.documentElement.scrollWidth <= innerWidth"), width
        assert phone.evaluate(CLIPPED_FACTS) == []


def assert_describes_itself(name: str, phone: Page) -> None:
    """As a page that may be found does."""
    head = phone.locator("head")
    url = head.locator("link[rel=canonical]").get_attribute("href")
    assert url is not None
    assert "?" not in url
    languages = head.locator("link[rel=alternate]").evaluate_all(
        "them => them.map(it => it.hreflang)"
    )
    assert languages == ["en", "de", "x-default"]
    for name_of in ("og:title", "og:description", "og:url", "og:site_name"):
        assert head.locator(f"meta[property='{name_of}']").get_attribute("content")
    assert head.locator("meta[name=robots]").count() == 0
    data = json.loads(head.locator("script[type='application/ld+json']").inner_text())
    assert data["@context"] == "https://schema.org"
    assert data["@type"] == ("LocalBusiness" if name == "organisation" else "Event")
    if name != "organisation":
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+\d\d:\d\d", data["startDate"])
        assert data["offers"]["price"] == "12.00"
        assert data["location"]["name"] == "The Barn"


def assert_asks_not_to_be_found(phone: Page) -> None:
    assert phone.locator("meta[name=robots]").get_attribute("content") == "noindex"
    assert phone.locator("link[rel=canonical]").count() == 0


def test_pages_and_files_are_small_as_they_are_sent(farm: Farm, page: Page) -> None:
    farm.slots(4)
    ask = page.request
    html = ask.get(farm.day_path, headers={"accept-encoding": "gzip"})
    assert html.headers["content-encoding"] == "gzip"
    assert len(gzip.compress(html.body())) <= HTML_BYTES_MAX
    for file, most in (("fullhouse.css", STYLE_BYTES_MAX), ("fullhouse.js", SCRIPT_BYTES_MAX)):
        (href,) = re.findall(rf"/static/{file}\?v=\w+", html.text())
        sent = ask.get(farm.site.url + href, headers={"accept-encoding": "gzip"})
        assert sent.headers["content-encoding"] == "gzip"
        assert sent.headers["vary"] == "accept-encoding"
        assert "immutable" in sent.headers["cache-control"]
        assert len(gzip.compress(sent.body())) <= most
        plain = ask.get(farm.site.url + href, headers={"accept-encoding": "identity"})
        assert "content-encoding" not in plain.headers
        assert plain.body() == sent.body()


def test_pages_with_a_secret_are_not_compressed(farm: Farm, page: Page) -> None:
    """Of a compressed page, the length tells whether words repeat in it (BREACH)."""
    farm.slots()
    open_ticket(page, farm, "10:00")
    for url in (page.url, page.url.replace("?", "/change?")):
        sent = page.request.get(url, headers={"accept-encoding": "gzip"})
        assert sent.ok
        assert "content-encoding" not in sent.headers


def test_crawlers_find_the_public_pages_alone(farm: Farm, page: Page) -> None:
    robots = page.request.get(f"{farm.site.url}/robots.txt")
    assert robots.headers["content-type"].startswith("text/plain")
    assert "Disallow: /admin" in robots.text()
    (sitemap,) = re.findall(r"^Sitemap: .*?(/sitemap\.xml)$", robots.text(), re.MULTILINE)
    listed = page.request.get(farm.site.url + sitemap)
    assert listed.headers["content-type"].startswith("application/xml")
    paths = re.findall(r"<loc>https?://[^/]+([^<]*)</loc>", listed.text())
    assert {"/", f"/{farm.slug}", f"/{farm.slug}/{farm.business.offering.slug}"} <= set(paths)
    assert not [path for path in paths if path.startswith(("/admin", "/api"))]
    icon = page.request.get(f"{farm.site.url}/favicon.ico")
    assert (icon.status, icon.headers["content-type"]) == (200, "image/x-icon")
    assert icon.body()[:4] == b"\0\0\1\0"


def test_ticket_is_printed_on_one_page_without_controls(farm: Farm, page: Page) -> None:
    farm.slots()
    open_ticket(page, farm, "10:00")
    pages = len(re.findall(rb"/Type\s*/Page\b", page.pdf(format="A4")))
    assert pages == 1
    page.emulate_media(media="print")
    assert page.locator(".tiles").is_hidden()
    assert page.locator(".qr svg").is_visible()


def test_forced_colors_show_the_chosen_day_and_the_code(farm: Farm, page: Page) -> None:
    farm.slots()
    page.emulate_media(forced_colors="active")
    page.goto(farm.day_path)
    chosen = page.locator(".day[aria-current]")
    assert chosen.evaluate("it => getComputedStyle(it).borderTopWidth") == "3px"
    open_ticket(page, farm, "10:00")
    assert (
        page.locator(".qr").evaluate("it => getComputedStyle(it).backgroundColor")
        == "rgb(255, 255, 255)"
    )


def test_days_with_few_places_and_sold_out_days_can_be_read(farm: Farm, page: Page) -> None:
    (slot,) = farm.slots(1, capacity=3)
    before = (farm.day - timedelta(days=1)).isoformat()
    for sold, state in ((0, "few"), (3, "full")):
        if sold:
            farm.sell(slot, sold)
        page.goto(f"{farm.path}?day={before}&party=1")
        assert page.locator(f"a.day.{state}").count() == 1
        for theme in ("light", "dark"):
            page.emulate_media(color_scheme=theme)
            assert violations(page, BEST_PRACTICES) == []


def test_nothing_moves_for_a_visitor_from_another_zone(farm: Farm, browser: Browser) -> None:
    farm.slots()
    for _ in range(4):
        context = browser.new_context(viewport=PHONE, timezone_id="America/New_York")
        page = context.new_page()
        page.goto(farm.day_path)
        page.reload()
        assert page.locator("[data-zone]").is_visible()
        assert page.evaluate(SHIFTS) == 0
        context.close()
