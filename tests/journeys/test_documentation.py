"""A developer reads the documentation: everything is there, and comes from this server alone."""

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect
from tests.journeys.site import Site


@pytest.mark.timeout(120)
def test_operations_and_errors_are_shown_without_anything_from_elsewhere(
    site: Site, page: Page, width: str
) -> None:
    hosts, complaints = set[str](), list[str]()
    page.on("request", lambda request: hosts.add(urlsplit(request.url).netloc))
    page.on("console", lambda message: complaints.append(message.text))
    page.goto(f"{site.url}/docs")
    # To ask by role while it is being drawn takes longer than to draw it
    page.locator("h1, h2, h3, h4", has_text="Book places").first.wait_for(timeout=60_000)
    expect(page.get_by_role("heading", name="Book places").first).to_be_visible()
    expect(page.get_by_text("Sunflower morning").first).to_be_attached()
    _fits(page, width)
    page.get_by_role("link", name="Errors", exact=True).first.click()
    expect(page.get_by_role("heading", name="slot_full")).to_be_visible()
    _fits(page, width)
    page.get_by_role("link", name="OpenAPI document").click()
    expect(page.get_by_text('"openapi"')).to_be_visible()
    own = urlsplit(site.url).netloc
    assert {host for host in hosts if host not in {own, ""}} == set()
    assert [text for text in complaints if "Content Security Policy" in text] == []


def _fits(page: Page, width: str) -> None:
    if width == "phone":
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
