"""Guests come when there is no room: they wait on a page that opens by itself and lose nothing."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Page, expect
from tests.journeys.site import Farm
from tests.journeys.steps import give_details, hold

from fullhouse.entrypoints.web.limits import WAITING_RELOAD_SECONDS_MAX
from fullhouse.http.server.limits import REQUESTS_RUNNING_MAX
from fullhouse.http.server.time_limits import TimeLimits

pytestmark = pytest.mark.timeout(90)


@contextmanager
def overload() -> Iterator[None]:
    """No request has room while this lasts."""
    with pytest.MonkeyPatch.context() as limits:
        limits.setattr(TimeLimits, "running", REQUESTS_RUNNING_MAX)
        yield


def test_guest_waits_until_the_page_opens_by_itself(farm: Farm, page: Page) -> None:
    farm.slots()
    with overload():
        page.goto(farm.day_path)
        expect(page.get_by_role("heading", name="You are in line")).to_be_visible()
        (place,) = page.context.cookies()
        page.wait_for_event("load", timeout=2_000 * WAITING_RELOAD_SECONDS_MAX)
        expect(page.get_by_role("heading", name="You are in line")).to_be_visible()
        assert page.context.cookies() == [place], "who waits keeps the place"
    expect(page.get_by_text("10:30", exact=True)).to_be_visible(
        timeout=2_000 * WAITING_RELOAD_SECONDS_MAX
    )


def test_a_form_that_could_not_be_taken_is_sent_again_as_it_was(
    farm: Farm, page: Page, script: str
) -> None:
    farm.slots()
    hold(page, farm, "10:00")
    give_details(page)
    with overload():
        page.get_by_role("button", name="Confirm booking").click()
        expect(page.get_by_role("heading", name="has not been sent yet")).to_be_visible()
    if script == "script":
        page.get_by_role("button", name="Send again").click()
    else:
        expect(page.get_by_role("button")).to_have_count(0)
        page.reload()
    expect(page.get_by_text("You're booked.")).to_be_visible()
