"""Ways to the pages of pictures, languages, e-mails and lists, and of what an offering asks."""

from collections.abc import Callable
from typing import Final

from playwright.sync_api import Page, expect
from tests.journeys.site import Farm
from tests.journeys.steps import book, sign_in

from fullhouse.booking.model.picture import OfferingPicture
from fullhouse.booking.model.price_categories import PriceCategory
from fullhouse.booking.model.questions import Question

Visit = Callable[[Page, Farm], object]
_FOUND: Final = """
    WITH found AS (
        INSERT INTO inconsistency (org_id, inconsistency_id, rule, subject, message, found_at)
        VALUES ($1, gen_random_uuid(), 'slot_counts', gen_random_uuid(), '2 of 1 places.', now())
    )
    INSERT INTO received_webhook (org_id, webhook_id, provider, event_id, body, received_at)
    VALUES ($1, gen_random_uuid(), 'square', 'event-1', '{"type": "payment.updated"}', now())
"""


def staff_page(path: str) -> Visit:
    """A page of staff by its address."""

    def visit(page: Page, farm: Farm) -> None:
        sign_in(page, farm, path)
        page.wait_for_selector("main h1")

    return visit


def staff_page_with_rows(path: str) -> Visit:
    """A list of what came in or was found, with a row."""

    def visit(page: Page, farm: Farm) -> None:
        async def find() -> None:
            async with farm.business.database.unrestricted.session() as session:
                await session.connection.execute(_FOUND, farm.business.org_id)

        farm.site.run(find())
        staff_page(path)(page, farm)
        expect(page.locator("main tbody tr")).to_have_count(1)

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


def _asking(farm: Farm) -> None:
    """Let the offering ask questions, and sell by price category."""
    of_all = Question(id="diet", text="Any diet?")
    of_each = Question(id="dog", text="A dog?", kind="yes_no", per="person")
    adult = PriceCategory(id="adult", name="Adult", price_amount=1200)
    child = PriceCategory(id="child", name="Child", price_amount=600)
    farm.site.run(
        farm.business.change(questions=(of_all, of_each), price_categories=(adult, child))
    )
    farm.site.app.catalogue.invalidate_all()


def _form_of_booking(name: str, label: str) -> Visit:
    """A form of staff for a booking of an offering that asks and has price categories."""

    def visit(page: Page, farm: Farm) -> None:
        _asking(farm)
        farm.sell(farm.slots(1, hour=14)[0], 2)
        staff_page("bookings")(page, farm)
        page.get_by_role("link", name="Ada Lovelace").click()
        page.wait_for_selector(".history")
        page.goto(f"{page.url}/{name}")
        expect(page.get_by_label(label)).to_be_visible()

    return visit


def _own_answers(page: Page, farm: Farm) -> None:
    _asking(farm)
    book(page, farm, "10:00")
    page.get_by_role("link", name="Change booking").click()
    page.get_by_role("link", name="Change your answers").click()
    expect(page.get_by_label("Any diet?")).to_be_visible()


OFFERING_PAGES: Final[dict[str, Visit]] = {
    "texts in German": _texts_in_german,
    "pictures": _pictures,
    "picture form": staff_page("pictures/new"),
    "gallery": _gallery,
    "e-mails": staff_page("e-mails"),
    "e-mail": staff_page("e-mails/confirmation.en"),
    "guests by category": _form_of_booking("party", "Child"),
    "answers by staff": _form_of_booking("answers", "Any diet?"),
    "answers by guest": _own_answers,
}
