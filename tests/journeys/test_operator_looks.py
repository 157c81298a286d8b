"""An operator looks at the installation: at night, on a phone, by keyboard, and as it changes."""

import re

import pytest
from playwright.sync_api import Browser, Page, Route, expect
from tests.builders.accounts import PASSWORD
from tests.builders.operator import IDA, an_operator
from tests.journeys.accessibility import WCAG, violations
from tests.journeys.conftest import DESKTOP, PHONE
from tests.journeys.site import Farm, Site
from tests.journeys.steps import sign_in

from fullhouse.booking.model.urls import OPERATIONS_PATH, SERVICE_LEVEL_PATH
from fullhouse.entrypoints.web.operator_navigation import operator_links
from fullhouse.localisation.formatter import utc_english
from fullhouse.resilience.circuits import Circuit
from fullhouse.resilience.shared_circuits import SharedCircuits

pytestmark = pytest.mark.timeout(180)

PATHS = [link.href for link in operator_links(utc_english().translations)]
FITS = "document.documentElement.scrollWidth <= innerWidth"
PLACES = """() => [...document.querySelectorAll("main a, main button, main input, main select,"
  + " main summary, main .scroll")].filter((it) => it.checkVisibility() && it.type !== "hidden")
  .filter((it) => !(it.classList.contains("scroll") && it.scrollWidth <= it.clientWidth))
  .map((it) => it.href || it.name || it.textContent.trim())"""
FOCUSED = """() => {
  const at = document.activeElement, style = getComputedStyle(at);
  if (at === document.body) return null;
  const ring = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
  return [at.href || at.name || at.textContent.trim(), ring];
}"""
DEAD = """
    INSERT INTO effect (org_id, key, kind, subject, payload, status, due_at, attempts, last_error,
        history, correlation_id, created_at)
    SELECT $1, kind, kind, $1, '{}', 'dead', now(), 1, 'Refused 554', '[]', $1, now()
    FROM unnest(ARRAY['message', 'webhook']) AS kind
"""
TABS_MAX = 120
AGAIN_MS_MAX = 15_000


@pytest.fixture(scope="module")
def operator(site: Site) -> Site:
    site.run(an_operator(site.app))
    return site


@pytest.fixture
def signed_in(page: Page, operator: Site) -> Page:
    page.goto(f"{operator.url}/admin/sign-in")
    page.get_by_label("E-mail address or national ID").fill(IDA)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/admin")
    return page


def set_circuit(site: Site, *, is_open: bool, generation: int) -> None:
    circuits = SharedCircuits(site.app.database, site.app.unit_of_work, site.app.ids)
    circuit = Circuit("mail-server", generation, is_open, 30, reason="5 calls failed.")
    assert site.run(circuits.change(circuit))


def walk_by_keyboard(page: Page) -> None:
    """Everything that can be chosen is reached by the key of tabulators, and seen there."""
    places, reached = set(page.evaluate(PLACES)), set()
    for _ in range(TABS_MAX):
        page.keyboard.press("Tab")
        focused = page.evaluate(FOCUSED)
        if focused is None:
            break
        name, has_ring = focused
        assert has_ring, f"the focus is seen: {name}"
        reached.add(name)
    assert places <= reached, page.url


def test_operator_pages_read_well_at_any_width_by_night_by_keyboard_and_without_script(
    signed_in: Page, browser: Browser, operator: Site
) -> None:
    page = signed_in
    plain = browser.new_context(
        viewport=PHONE, java_script_enabled=False, storage_state=page.context.storage_state()
    ).new_page()
    for path in PATHS:
        page.set_viewport_size(DESKTOP)
        page.emulate_media(color_scheme="light")
        page.goto(operator.url + path)
        assert page.locator("h1").count() == 1, path
        walk_by_keyboard(page)
        for theme, size in (("light", DESKTOP), ("dark", PHONE)):
            page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]  # one of its literals
            page.set_viewport_size(size)
            assert violations(page, WCAG) == [], path
            assert page.evaluate(FITS), f"{path} {size}"
        plain.goto(operator.url + path)
        expect(plain.locator("main")).to_contain_text(page.locator("h1").inner_text())
        assert plain.evaluate(FITS), path
    plain.context.close()


def test_service_level_is_printed_on_one_sheet(signed_in: Page, operator: Site) -> None:
    page = signed_in
    page.goto(operator.url + SERVICE_LEVEL_PATH)
    page.emulate_media(media="print")
    expect(page.locator(".rail")).to_be_hidden()
    expect(page.get_by_role("button", name="Show")).to_be_hidden()
    assert len(re.findall(rb"/Type\s*/Page\b", page.pdf(format="A4"))) == 1


def test_page_changes_by_itself_and_goes_on_after_the_connection_broke(
    signed_in: Page, operator: Site
) -> None:
    page = signed_in
    page.goto(operator.url + OPERATIONS_PATH)
    expect(page.get_by_text("All are called.")).to_be_visible()
    set_circuit(operator, is_open=True, generation=0)
    expect(page.get_by_text("Not called: Mail server.")).to_be_visible()
    expect(page.get_by_text("Mail server is not called any more. 5 calls failed.")).to_be_visible()

    breaks = iter(["cut", "refused"])

    def break_twice(route: Route) -> None:
        match next(breaks, "over"):
            case "cut":
                route.fulfill(content_type="text/event-stream", body="retry: 200\n\n")
            case "refused":
                set_circuit(operator, is_open=False, generation=1)
                route.fulfill(status=503, body="")
            case _:
                route.continue_()

    page.route("**/live", break_twice)
    page.reload()
    offline = page.get_by_text("Not up to date: there is no connection.")
    expect(offline).to_be_visible()
    expect(page.get_by_text("All are called.")).to_be_visible(timeout=AGAIN_MS_MAX)
    expect(offline).to_be_hidden()


def test_list_that_changes_by_itself_keeps_what_is_ticked(farm: Farm, page: Page) -> None:
    async def run_sql(statement: str) -> None:
        async with farm.business.database.unrestricted.session() as session:
            await session.connection.execute(statement, farm.business.org_id)

    farm.site.run(run_sql(DEAD))
    sign_in(page, farm, "dead-letters")
    boxes = page.locator("#results .pick input[name^='row.']")
    expect(boxes).to_have_count(2)
    ticked = page.get_by_label("Select Event for a program")
    ticked.check(force=True)
    farm.site.run(run_sql("DELETE FROM effect WHERE org_id = $1 AND kind = 'message'"))
    expect(boxes).to_have_count(1, timeout=AGAIN_MS_MAX)
    expect(ticked).to_be_checked()
    page.get_by_label("Select all").check(force=True)
    expect(ticked).to_be_checked()
