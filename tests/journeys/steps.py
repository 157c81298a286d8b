"""Steps of journeys."""

import re

from playwright.sync_api import Page, expect
from tests.journeys.site import Farm

from fullhouse.entrypoints.security.account_sessions import SESSION_COOKIE


def without_live_counts(page: Page) -> None:
    """Let the page not hear what is sold, as on a bad network."""
    page.route(re.compile(r"/(live|availability)\?"), lambda route: route.abort())


def choose(page: Page, farm: Farm, time: str, *, party: int = 2) -> None:
    """Open the day and choose a time."""
    page.goto(f"{farm.day_path}&party={party}")
    page.locator("a.slot", has=page.get_by_text(time, exact=True)).click()


def hold(page: Page, farm: Farm, time: str, *, party: int = 2) -> None:
    """Choose a time and hold the places."""
    choose(page, farm, time, party=party)
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("button", name="Confirm booking")).to_be_visible()


def give_details(page: Page, *, name: str = "Ana Lopez", email: str = "ana@example.com") -> None:
    page.get_by_label("Your name").fill(name)
    page.get_by_label("E-mail").fill(email)


def book(page: Page, farm: Farm, time: str, *, party: int = 2, name: str = "Ana Lopez") -> str:
    """Book to the ticket; return the reference."""
    hold(page, farm, time, party=party)
    give_details(page, name=name, email=f"{name.split(maxsplit=1)[0].lower()}@example.com")
    page.get_by_role("button", name="Confirm booking").click()
    return reference(page)


def open_ticket(page: Page, farm: Farm, time: str) -> str:
    """Open the link in the mail of a booking of that time; return the reference.

    For what guests do later: that they can book is proven where they do.
    """
    page.goto(farm.ticket_link(time, 2))
    return reference(page)


def reference(page: Page) -> str:
    found = page.locator("[data-reference]").get_attribute("data-reference")
    assert found is not None
    return found


def sign_in_by_link(page: Page, farm: Farm, *, script: str = "script") -> None:
    page.goto(farm.sign_in_link())
    if script == "no script":
        page.get_by_role("button", name="Sign in").click()
    expect(page.locator(".rail")).to_be_visible()


def sign_in(page: Page, farm: Farm, path: str = "") -> None:
    """Open a page of staff as who has signed in by a link; the sheet of the day if none is named.

    The session is begun without the two pages that the link leads over.
    """
    cookie = SESSION_COOKIE.holding(farm.session_token(), secure=False)
    page.context.add_cookies(
        [
            {
                "name": cookie.name,
                "value": cookie.value,
                "url": farm.site.url,
                "httpOnly": True,
                "sameSite": "Strict",
            }
        ]
    )
    page.goto(f"{farm.admin}/{path or f'today?date={farm.day.isoformat()}'}")
    expect(page.locator(".rail")).to_be_visible()


def open_place(page: Page, name: str) -> None:
    """Open a page of the admin by the navigation, which is a menu on a phone."""
    menu = page.get_by_role("button", name="Menu")
    if menu.is_visible():
        menu.click()
    page.get_by_role("link", name=name, exact=True).click()
