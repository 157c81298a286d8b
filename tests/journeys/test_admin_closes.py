"""An admin closes a rainy day, and sets up the times of a season; guests read of it."""

from datetime import datetime, time

import pytest
from playwright.sync_api import Page, expect
from tests.builders.business import a_member_of_staff, commit
from tests.builders.closures import tell
from tests.journeys.site import Farm
from tests.journeys.steps import open_place, sign_in

from fullhouse.booking.model.slot import SlotId
from fullhouse.scheduling.model.schedule import ScheduleSpec

pytestmark = pytest.mark.timeout(120)


def open_season(farm: Farm) -> SlotId:
    """A schedule of every day from the day of the farm on; its first slot."""
    app, org_id = farm.site.app, farm.business.org_id
    spec = ScheduleSpec(
        starts_at=datetime.combine(farm.day, time(10)),
        rule="FREQ=DAILY;BYHOUR=10,11",
        duration_minutes=60,
        capacity=12,
    )
    offering_id = farm.business.offering.offering_id
    farm.site.run(
        commit(
            app, app.scheduling.add_schedule, org_id, offering_id, spec, context=a_member_of_staff()
        )
    )

    async def first() -> SlotId:
        async with app.database.unrestricted.session() as session:
            found = await session.connection.fetchval(
                "SELECT slot_id FROM slot WHERE org_id = $1 ORDER BY starts_at LIMIT 1", org_id
            )
        return SlotId(found)

    return farm.site.run(first())


@pytest.mark.usefixtures("width")
def test_admin_closes_a_rainy_day_and_opens_it_again(farm: Farm, page: Page, script: str) -> None:
    farm.sell(open_season(farm), 2, name="Ana Lopez")
    sign_in(page, farm)
    open_place(page, "Offerings")
    page.get_by_role("link", name="Closures").click()
    page.get_by_role("link", name="Close for weather or bloom").click()
    page.get_by_label("First day").fill(farm.day.isoformat())
    page.get_by_label("Reason").fill("Thunderstorms are forecast.")
    page.get_by_role("button", name="Preview", exact=True).click()
    expect(
        page.get_by_role("heading", name="1 booking for 2 people is at this time")
    ).to_be_visible()
    expect(page.get_by_role("link", name="Ana Lopez")).to_be_visible()
    page.get_by_role("button", name="Close and tell 1 guest").click()
    expect(page.get_by_role("status")).to_contain_text("The e-mail to 1 guest leaves at")
    farm.site.run(tell(farm.site.app))
    if script == "no script":
        page.reload()
    expect(page.locator(".facts")).to_contain_text("1 of 1 told", timeout=15_000)
    page.goto(farm.day_path)
    expect(page.get_by_text("Thunderstorms are forecast.").first).to_be_visible()
    page.goto(f"{farm.admin}/closures")
    page.get_by_role("link", name=f"{farm.day.day}").first.click()
    page.get_by_role("button", name="Open again").click()
    expect(page.get_by_role("status")).to_contain_text("1 closure removed.")


def test_a_closure_is_made_by_keyboard_and_never_without_its_preview(
    farm: Farm, page: Page
) -> None:
    farm.sell(open_season(farm), 2, name="Ana Lopez")
    sign_in(page, farm, f"closures/new?first_day={farm.day.isoformat()}")
    page.get_by_label("Reason").focus()
    page.keyboard.type("Thunderstorms are forecast.")
    page.keyboard.press("Enter")
    heading = page.get_by_role("heading", name="1 booking for 2 people is at this time")
    expect(heading).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Close and tell 1 guest")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("The e-mail to 1 guest leaves at")


@pytest.mark.usefixtures("script")
def test_season_is_set_up_in_weekdays_and_hours(farm: Farm, page: Page) -> None:
    sign_in(page, farm, f"offerings/{farm.business.offering.slug}")
    page.get_by_role("link", name="Add a schedule").click()
    page.get_by_label("First day").fill(farm.day.isoformat())
    page.get_by_label("First time").fill("08:00")
    page.get_by_label("Last time").fill("13:30")
    page.get_by_label("Places at each time").fill("60")
    page.get_by_role("button", name="Preview", exact=True).click()
    expect(page.locator("#preview")).to_contain_text(
        "Every day, 08:00 \N{EN DASH} 13:30, each 30 minutes, 60 places"
    )
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_role("heading", name="Coming times")).to_be_visible()
    page.goto(farm.day_path)
    expect(page.get_by_text("13:30").first).to_be_visible()
