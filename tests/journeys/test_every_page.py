"""Every page is accessible, has its security headers and fits narrow windows."""

import pytest
from playwright.sync_api import Page, expect
from tests.builders.accounts import PASSWORD, a_person
from tests.journeys.accessibility import WCAG, violations
from tests.journeys.offering_pages import (
    OFFERING_PAGES,
    Visit,
    staff_page,
    staff_page_with_rows,
)
from tests.journeys.site import Farm
from tests.journeys.steps import (
    book,
    choose,
    hold,
    open_ticket,
    sign_in,
    sign_in_by_link,
    without_live_counts,
)
from tests.journeys.test_admin_closes import open_season

pytestmark = pytest.mark.timeout(120)


def _errors(page: Page, farm: Farm) -> None:
    hold(page, farm, "10:00")
    page.get_by_role("button", name="Confirm booking").click()
    page.wait_for_selector(".summary")


def _refused(page: Page, farm: Farm) -> None:
    slots = farm.slots(3, capacity=2, hour=14)
    without_live_counts(page)
    choose(page, farm, "14:30")
    farm.sell(slots[1], 2)
    page.get_by_role("button", name="Continue").click()
    page.wait_for_selector("#note")


def _change(page: Page, farm: Farm) -> None:
    open_ticket(page, farm, "10:00")
    page.get_by_role("link", name="Change booking").click()
    page.get_by_role("link", name="11:00").click()


def _cancelled(page: Page, farm: Farm) -> None:
    open_ticket(page, farm, "10:00")
    page.get_by_role("link", name="Cancel booking").click()
    page.get_by_role("button", name="Cancel booking").click()


def _waiting(page: Page, farm: Farm) -> None:
    (slot,) = farm.slots(1, capacity=2, hour=14)
    farm.sell(slot, 2)
    page.goto(farm.waiting_link(slot))


def _today(page: Page, farm: Farm) -> None:
    slots = farm.slots(2, hour=14)
    farm.sell(slots[0], 3, name="Maximiliane Freifrau von und zu Schwarzenbergerstein-Ammerdown")
    farm.sell(slots[1], 2)
    farm.day_comes()
    sign_in(page, farm)
    page.get_by_role("button", name="Check in: Ada Lovelace").click()
    page.wait_for_selector(".undo-bar")


def _booking(page: Page, farm: Farm) -> None:
    _today(page, farm)
    page.get_by_role("link", name="Ada Lovelace").click()


def _bookings(page: Page, farm: Farm) -> None:
    _today(page, farm)
    page.goto(f"{farm.admin}/bookings?q=a&status=confirmed")
    page.wait_for_selector(".list")


def _bookings_refused(page: Page, farm: Farm) -> None:
    _bookings(page, farm)
    page.get_by_role("button", name="No-show").click()
    page.wait_for_selector(".note")


def _messages(page: Page, farm: Farm) -> None:
    farm.sell(farm.slots(2, hour=14)[0], 3)
    farm.deliver()
    sign_in(page, farm, "messages")
    page.wait_for_selector(".list")


def _message(page: Page, farm: Farm) -> None:
    _messages(page, farm)
    page.get_by_role("link", name="ada.lovelace@").click()
    page.wait_for_selector("iframe")
    page.locator("details.card > summary").click()


def _email_text(page: Page, farm: Farm) -> None:
    """What is typed is shown in the frame before it is saved, and again; then it is refused."""
    sign_in(page, farm, "e-mails/confirmation.en/edit")
    shown = page.frame_locator("iframe[name=shown]")
    for typed in ("Bring a hat.\n\n{{ button }}", "Bring <b>two</b> hats.\n\n{{ link }}"):
        page.get_by_role("textbox", name="Text").fill(typed)
        page.get_by_role("button", name="Preview").click()
        expect(shown.frame_locator("iframe").get_by_text(typed.partition("\n")[0])).to_be_visible()
    page.get_by_role("textbox", name="Text").fill("Bring a hat.")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".summary")).to_contain_text("Guests need the way to their booking")


def _overview(page: Page, farm: Farm) -> None:
    slot, _ = farm.slots(2, hour=14)
    farm.sell(slot, 3)
    farm.close_day("Rain")
    farm.deliver()
    sign_in_by_link(page, farm)
    expect(page.get_by_role("heading", name="Overview")).to_be_visible()


def _season(page: Page, farm: Farm) -> None:
    farm.sell(farm.slots(2, hour=14)[0], 3)
    sign_in(page, farm, "season")
    page.wait_for_selector(".chart")


def _waiting_list(page: Page, farm: Farm) -> None:
    (slot,) = farm.slots(1, capacity=2, hour=14)
    farm.sell(slot, 2)
    farm.waiting_link(slot)
    sign_in(page, farm, "waiting-list")
    page.wait_for_selector(".list")


def _settings(page: Page, farm: Farm) -> None:
    sign_in(page, farm, "settings")
    page.get_by_label("Name").fill("")
    page.get_by_role("button", name="Save").click()
    page.wait_for_selector(".summary")


def _menu(page: Page, farm: Farm) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    sign_in(page, farm, "overview")
    page.get_by_role("button", name="Menu").click()
    expect(page.get_by_role("link", name="Messages")).to_be_visible()


def _offering_form(page: Page, farm: Farm) -> None:
    sign_in(page, farm, "offerings/new")
    page.get_by_role("button", name="Add").click()
    page.wait_for_selector(".summary")


def _offering_conflict(page: Page, farm: Farm) -> None:
    sign_in(page, farm, f"offerings/{farm.business.offering.slug}/edit")
    other = page.context.new_page()
    other.goto(page.url)
    other.get_by_label("Name").fill("Tulips")
    other.get_by_role("button", name="Save").click()
    other.wait_for_selector(".facts")
    other.close()
    page.get_by_role("button", name="Save").click()
    page.wait_for_selector(".stored")


def _offerings(page: Page, farm: Farm) -> None:
    sign_in(page, farm, "offerings")


def _closing(page: Page, farm: Farm) -> None:
    farm.sell(open_season(farm), 2)
    sign_in(page, farm, f"closures/new?first_day={farm.day.isoformat()}")
    page.get_by_label("Reason").fill("Thunderstorms are forecast.")
    page.get_by_role("button", name="Preview", exact=True).click()
    page.wait_for_selector("#preview")


def _closure(page: Page, farm: Farm) -> None:
    _closing(page, farm)
    page.get_by_role("button", name="Close and tell 1 guest").click()
    page.wait_for_selector(".undo-bar")


def _schedule(page: Page, farm: Farm) -> None:
    sign_in(page, farm, f"schedules/new?offering={farm.business.offering.slug}")
    page.get_by_label("First day").fill(farm.day.isoformat())
    page.get_by_label("First time").fill("08:00")
    page.get_by_label("Last time").fill("13:30")
    page.get_by_label("Places at each time").fill("60")
    page.get_by_role("button", name="Preview", exact=True).click()
    page.wait_for_selector("#preview")


def _customers(page: Page, farm: Farm) -> None:
    farm.sell(farm.slots(2, hour=14)[0], 3)
    farm.list_customers()
    sign_in(page, farm, "customers")
    page.wait_for_selector(".list")


def _customer(page: Page, farm: Farm) -> None:
    _customers(page, farm)
    page.get_by_role("link", name="Ada Lovelace").click()
    page.wait_for_selector(".facts")


def _personal_data(page: Page, farm: Farm) -> None:
    _customer(page, farm)
    page.get_by_role("link", name="Everything we hold").click()
    page.wait_for_selector("text=Download as JSON")


def _api_keys(page: Page, farm: Farm) -> None:
    sign_in(page, farm, "api-keys")


def _api_key(page: Page, farm: Farm) -> None:
    _api_keys(page, farm)
    page.get_by_role("link", name="Add a key").click()
    page.get_by_label("Name").fill("Shop")
    page.get_by_role("button", name="Add").click()
    page.wait_for_selector("#secret")


def _booking_note(page: Page, farm: Farm) -> None:
    _booking(page, farm)
    page.goto(f"{page.url}/note")
    page.wait_for_selector("textarea")


def _palette(page: Page, farm: Farm) -> None:
    staff_page("audit")(page, farm)
    page.keyboard.press("Control+k")
    page.wait_for_selector("[data-palette][open]")


def _keys(page: Page, farm: Farm) -> None:
    staff_page("team")(page, farm)
    page.keyboard.press("?")
    page.wait_for_selector("[data-keys][open]")


def _offering_edit(page: Page, farm: Farm) -> None:
    staff_page(f"offerings/{farm.business.offering.slug}/edit")(page, farm)
    page.get_by_label("Summary").fill("Half an hour among the flowers")
    expect(page.locator("#preview-card")).to_contain_text("Half an hour among the flowers")


def _account(page: Page, farm: Farm) -> None:
    email = f"{farm.slug}@example.com"
    farm.site.run(a_person(farm.site.app, farm.business.org_id, email=email, role="customer"))
    book(page, farm, "10:00", name=f"{farm.slug} Lopez")
    page.get_by_role("link", name="All your bookings").click()
    page.get_by_label("E-mail address or national ID").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Upcoming bookings")).to_be_visible()


PAGES: dict[str, Visit] = {
    **OFFERING_PAGES,
    "account": _account,
    "sign up": lambda page, farm: page.goto(f"{farm.site.url}/admin/sign-up"),
    "venues": staff_page("venues"),
    "venue form": staff_page("venues/new"),
    "audit": staff_page("audit"),
    "visits": staff_page("funnel"),
    "failed jobs": staff_page("dead-letters"),
    "received webhooks": staff_page_with_rows("received-webhooks"),
    "inconsistencies": staff_page_with_rows("inconsistencies"),
    "team": staff_page("team"),
    "palette": _palette,
    "keys": _keys,
    "offering edit": _offering_edit,
    "customers": _customers,
    "customer": _customer,
    "personal data": _personal_data,
    "booking note": _booking_note,
    "home": lambda page, farm: page.goto(farm.site.url),
    "organisation": lambda page, farm: page.goto(f"{farm.site.url}/{farm.slug}"),
    "offering": lambda page, farm: page.goto(farm.day_path),
    "lost ticket": lambda page, farm: page.goto(f"{farm.site.url}/{farm.slug}/b?done=sent"),
    "ended link": lambda page, farm: page.goto(f"{farm.site.url}/{farm.slug}/b/K7QF2M9D?t=x"),
    "chosen": lambda page, farm: choose(page, farm, "10:00"),
    "details": lambda page, farm: hold(page, farm, "10:00"),
    "errors": _errors,
    "refused": _refused,
    "ticket": lambda page, farm: book(page, farm, "10:00"),
    "change": _change,
    "cancelled": _cancelled,
    "waiting": _waiting,
    "today": _today,
    "booking": _booking,
    "bookings": _bookings,
    "bookings refused": _bookings_refused,
    "messages": _messages,
    "message": _message,
    "email text": _email_text,
    "overview": _overview,
    "season": _season,
    "waiting list": _waiting_list,
    "settings": _settings,
    "API keys": _api_keys,
    "API key": _api_key,
    "menu": _menu,
    "offerings": _offerings,
    "closing": _closing,
    "closure": _closure,
    "schedule": _schedule,
    "offering form": _offering_form,
    "offering conflict": _offering_conflict,
    "not found": lambda page, farm: page.goto(f"{farm.site.url}/{farm.slug}/nothing"),
    "signed out": lambda page, farm: page.goto(f"{farm.admin}/today"),
}


@pytest.mark.parametrize("name", PAGES)
def test_page_has_no_axe_violation_and_fits_its_width(
    name: str, farm: Farm, checked_page: Page
) -> None:
    page = checked_page
    farm.slots()
    PAGES[name](page, farm)
    for theme, width in (("light", 1280), ("dark", 320)):
        page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]  # one of its literals
        page.set_viewport_size({"width": width, "height": 900})
        assert violations(page, WCAG) == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), width


def test_pages_forbid_inline_code_and_send_no_referrer_to_other_sites(
    farm: Farm, page: Page
) -> None:
    farm.slots()
    answer = page.goto(farm.day_path)
    assert answer is not None
    headers = answer.headers
    assert "script-src 'self'" in headers["content-security-policy"]
    assert "unsafe-inline" not in headers["content-security-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["referrer-policy"] == "same-origin"
    assert headers["x-content-type-options"] == "nosniff"
    open_ticket(page, farm, "10:00")
    ticket = page.request.get(page.url)
    assert ticket.headers["cache-control"] == "no-store"
    assert ticket.headers["referrer-policy"] == "same-origin"


def test_typed_markup_is_shown_as_text(farm: Farm, page: Page) -> None:
    farm.slots()
    book(page, farm, "10:00", name="Obi <img src=x onerror=alert(1)> & Co")
    expect(page.get_by_text("Obi <img src=x onerror=alert(1)> & Co")).to_be_visible()
    assert page.locator("img[src=x]").count() == 0


def test_head_request_gets_the_headers_of_the_page(farm: Farm, page: Page) -> None:
    farm.slots()
    answer = page.request.head(farm.day_path)
    assert answer.status == 200
    assert answer.headers["content-type"].startswith("text/html")
    assert answer.body() == b""


@pytest.mark.parametrize("path", ["/nobody", "/nobody/here/at/all/ever", "/admin/nobody/today"])
def test_unknown_path_has_an_error_page(farm: Farm, page: Page, path: str) -> None:
    answer = page.goto(farm.site.url + path)
    assert answer is not None
    assert answer.status == 404
    expect(page.get_by_role("heading", name="Page not found")).to_be_visible()
    expect(page.get_by_role("link", name="Home page")).to_be_visible()
