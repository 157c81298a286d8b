"""Ways to the pages of pictures, of texts in several languages, and of how e-mails look."""

from collections.abc import Callable
from typing import Final

from playwright.sync_api import Page, expect
from tests.journeys.site import Farm

from fullhouse.booking.model.picture import OfferingPicture

Visit = Callable[[Page, Farm], object]


def staff_page(path: str) -> Visit:
    """A page of staff by its address."""

    def visit(page: Page, farm: Farm) -> None:
        page.goto(farm.sign_in_link())
        page.wait_for_selector(".rail")
        page.goto(f"{farm.admin}/{path}")
        page.wait_for_selector("main h1")

    return visit


def _texts_in_german(page: Page, farm: Farm) -> None:
    staff_page("settings")(page, farm)
    page.get_by_role("checkbox", name="Deutsch").check()
    page.get_by_role("button", name="Save").click()
    page.wait_for_url("**/settings?done=saved*")
    page.goto(f"{farm.admin}/offerings/{farm.business.offering.slug}/edit")
    page.locator("summary", has_text="Deutsch").click()
    page.locator('[name="texts.de.name"]').fill("Sonnenblumen am Morgen")
    expect(page.locator("#preview-card")).to_contain_text("Sonnenblumen am Morgen")


def _pictures(page: Page, farm: Farm) -> None:
    with_pictures(farm)
    staff_page("pictures")(page, farm)
    expect(page.locator("img.thumbnail")).to_have_count(2)


def _gallery(page: Page, farm: Farm) -> None:
    with_pictures(farm)
    page.goto(farm.day_path)
    expect(page.locator(".pictures img")).to_have_count(1)


def with_pictures(farm: Farm) -> None:
    """Two pictures of the offering, the second of which only its page shows."""
    more = (OfferingPicture(name="picnic.svg", alt="A picnic between the rows"),)
    farm.site.run(farm.business.change(picture="evening-walk.svg", more_pictures=more))


OFFERING_PAGES: Final[dict[str, Visit]] = {
    "texts in German": _texts_in_german,
    "pictures": _pictures,
    "picture form": staff_page("pictures/new"),
    "gallery": _gallery,
    "e-mails": staff_page("e-mails"),
    "e-mail": staff_page("e-mails/confirmation.en"),
}
