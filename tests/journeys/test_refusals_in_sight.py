"""A refusal is seen on a phone: in sight, focused, in the title; nothing typed is lost."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Locator, Page, expect
from tests.journeys.site import Farm
from tests.journeys.steps import book, choose, hold, open_ticket, without_live_counts

from fullhouse.booking.actions.confirm_hold import ConfirmHold
from fullhouse.http.errors import TooManyRequests
from fullhouse.http.request import Request
from fullhouse.http.server.rate_limits import RateLimits, RateLimitState
from fullhouse.kernel.errors import TransientError

pytestmark = pytest.mark.timeout(120)

TYPED = {"Your name": "Ana Lopez", "E-mail": "ana@example.com", "Phone": "+44 20 7946 0123"}
Way = Callable[[Page, Farm], None]


def _confirm(page: Page) -> None:
    page.get_by_role("button", name="Confirm booking").click()


def _typed(page: Page, farm: Farm, *, time: str = "10:30") -> None:
    hold(page, farm, time)
    for label, text in TYPED.items():
        page.get_by_label(label).fill(text)


def _taken(page: Page, farm: Farm) -> None:
    """Nothing is typed yet."""
    slots = farm.slots(3, capacity=2, hour=14)
    without_live_counts(page)
    choose(page, farm, "14:30")
    farm.sell(slots[1], 2)
    page.get_by_role("button", name="Continue").click()


def _expired_and_sold(page: Page, farm: Farm) -> None:
    slots = farm.slots(3, capacity=2, hour=14)
    _typed(page, farm, time="14:30")
    farm.site.clock.shift += timedelta(minutes=11)
    farm.sell(slots[1], 2)
    _confirm(page)


def _duplicate(page: Page, farm: Farm) -> None:
    book(page, farm, "10:00", name="Ana Lopez")
    _typed(page, farm)
    _confirm(page)


def _wrong_field(page: Page, farm: Farm) -> None:
    _typed(page, farm)
    page.get_by_label("E-mail").fill("ana@")
    _confirm(page)


def _wrong_field_of_the_waiting_list(page: Page, farm: Farm) -> None:
    (slot,) = farm.slots(1, capacity=2, hour=14)
    farm.sell(slot, 2)
    page.goto(farm.day_path)
    page.locator("a.slot.full").click()
    page.get_by_label("Your name").fill(TYPED["Your name"])
    page.get_by_role("button", name="Join the waiting list").click()


def _busy(page: Page, farm: Farm) -> None:
    _typed(page, farm)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ConfirmHold, "__call__", _refuse)
        _confirm(page)
        expect(page).to_have_title(re.compile("^Error"))


async def _refuse(*_: object, **__: object) -> None:
    raise TransientError


def _moved_to_a_full_slot(page: Page, farm: Farm) -> None:
    slots = farm.slots(3, capacity=2, hour=14)
    open_ticket(page, farm, "10:00")
    page.get_by_role("link", name="Change booking").click()
    page.get_by_role("link", name="14:30").click()
    farm.sell(slots[1], 2)
    page.get_by_role("button", name=re.compile("^Move from")).click()


WAYS: dict[str, tuple[Way, str]] = {
    "taken": (_taken, "has just been taken"),
    "expired and sold": (_expired_and_sold, "has just been taken"),
    "duplicate": (_duplicate, "around this time"),
    "wrong field": (_wrong_field, "like name@example.com"),
    "waiting list": (_wrong_field_of_the_waiting_list, "Enter your e-mail address"),
    "busy": (_busy, "Nothing was booked"),
    "move": (_moved_to_a_full_slot, "has just been taken"),
}


@pytest.mark.parametrize("width", ["phone"])
@pytest.mark.parametrize("way", WAYS)
def test_refusal_is_in_sight_and_nothing_typed_is_lost(
    farm: Farm, page: Page, script: str, way: str, width: str
) -> None:
    assert width == "phone"
    farm.slots()
    act, words = WAYS[way]
    act(page, farm)
    note = page.locator("#note")
    expect(note).to_contain_text(words)
    assert is_in_sight(page, note)
    assert page.title().startswith("Error: ")
    if script == "script":
        expect(note).to_be_focused()
    if way in {"expired and sold", "duplicate", "busy"}:
        for label, text in TYPED.items():
            expect(page.get_by_label(label)).to_have_value(text)


def is_in_sight(page: Page, note: Locator) -> bool:
    """Whether it begins in the upper half of the window, wherever the page is scrolled to."""
    box = note.bounding_box()
    assert box is not None
    assert page.viewport_size is not None
    return 0 <= box["y"] < page.viewport_size["height"] / 2


@pytest.mark.usefixtures("width")
def test_form_refused_by_the_rate_limit_is_sent_again_by_reloading(
    farm: Farm, page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    farm.slots()
    _typed(page, farm)
    take = RateLimits.take

    def take_reads_alone(limits: RateLimits, request: Request) -> RateLimitState:
        if request.method == "POST":
            raise TooManyRequests
        return take(limits, request)

    with monkeypatch.context() as patch:
        patch.setattr(RateLimits, "take", take_reads_alone)
        _confirm(page)
        expect(page.get_by_text("What you typed is kept on this page")).to_be_visible()
    page.get_by_role("button", name="Send again").click()
    expect(page.locator("[data-reference]")).to_be_visible()
