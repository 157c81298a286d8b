"""How far guests get is counted by offering and source: persons, and nobody in particular."""

import re
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import pytest
from tests.builders.api_client import ApiClient
from tests.builders.guest_visit import Visits

from fullhouse.booking.limits import FUNNEL_SOURCES_MAX, FUNNEL_SOURCES_PER_CLIENT_MAX
from fullhouse.booking.metrics import FunnelMetrics
from fullhouse.booking.model.funnel import (
    Funnel,
    FunnelStep,
    funnel_source,
    funnels,
    whole_funnel,
)
from fullhouse.bootstrap.observability import build_recorder
from fullhouse.entrypoints.cli import funnel as command
from fullhouse.kernel.clock import ManualClock, SystemClock
from fullhouse.settings import Settings
from fullhouse.telemetry.metrics import MetricRegistry

BROWSER = {"user-agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"}


async def test_each_step_of_a_guest_is_counted_and_robots_are_not(
    api: ApiClient, clock: ManualClock, database_url: str
) -> None:
    visit = await Visits(api, clock).begin()
    path = f"/{visit.offering}"
    for headers in (
        BROWSER,
        BROWSER | {"referer": "https://farm.example/"},
        BROWSER | {"referer": f"https://farm.example{visit.offering}?day=2027-06-12"},
        BROWSER | {"referer": "http://["},
        BROWSER | {"sec-purpose": "prefetch;prerender"},
        {"user-agent": "Googlebot/2.1 (+http://www.google.com/bot.html)"},
        {"user-agent": "curl/8.14"},
    ):
        assert (await api.ask("GET", f"{path}?utm_source=Radio", headers=headers)).status == 200
    await visit.hold()
    await visit.browser.send(visit.forms["confirm"], visit.typed["wrong"])
    await visit.browser.send(visit.forms["release"])
    visit.slots.reverse()
    await visit.hold()
    await visit.book()
    await build_recorder(api.app.database, api.app.metrics, SystemClock()).write()
    names, found = await command.read(Settings(database_url=database_url), 1)
    by_source = {one.source: one.steps for one in found}
    assert by_source["radio"] == {FunnelStep.VIEW: 3}
    direct = {step: count for step, count in by_source[""].items() if step != FunnelStep.VIEW}
    assert direct == {
        FunnelStep.START: 2,
        FunnelStep.RELEASE: 1,
        FunnelStep.COMPLETE: 1,
        FunnelStep.CONFIRM: 1,
    }
    assert {one.offering_id for one in found} == {str(api.business.offering.offering_id)}
    table = command.format_funnels(names, found)
    assert f"{api.org}: {api.business.offering.name}  radio" in table
    assert table.splitlines()[0].split()[-1] == "abandoned"
    assert command.format_funnels({}, []) == "  Nobody has looked at an offering yet."


async def test_owner_sees_how_far_guests_got_by_offering_and_source(
    api: ApiClient, clock: ManualClock
) -> None:
    metrics, own = api.app.metrics.get(FunnelMetrics), api.business.offering.offering_id
    cookie = await api.staff_cookie("owner", role="owner")

    async def page(path: str) -> str:
        shown = await api.ask("GET", f"//admin/{api.org}/{path}", headers=cookie)
        assert shown.status == 200
        return " ".join(re.sub(r"<[^>]+>", " ", shown.body.decode()).split())

    def count(offering: UUID, source: str, *steps: FunnelStep) -> None:
        for step in steps:
            metrics.count(offering, source, step=step, client="203.0.113.1")

    count(UUID(int=7), "flyer", FunnelStep.VIEW)
    await build_recorder(api.app.database, api.app.metrics, clock).write()
    empty = await page("funnel?days=365")
    assert "Nobody has looked at an offering on these days" in empty, "another business has some"
    count(own, "radio", FunnelStep.VIEW, FunnelStep.START, FunnelStep.COMPLETE, FunnelStep.FAIL)
    count(own, "", *[FunnelStep.VIEW] * 3, FunnelStep.START, FunnelStep.COMPLETE)
    count(own, "", FunnelStep.CONFIRM)
    clock.advance(timedelta(minutes=1))
    await build_recorder(api.app.database, api.app.metrics, clock).write()
    clock.advance(timedelta(minutes=1))
    text = await page("funnel")
    said = "4 visits: 2 chose a time and 1 booked, 25% of all."
    assert said in text
    assert f"{api.business.offering.name} 4 2 2 1 1 1 25%" in text
    assert "Without a campaign 3 1 1 1 0 0 33% radio 1 1 1 0 1 1 0%" in text
    assert "flyer" not in text
    sheet = await page("funnel.csv?days=7")
    assert f"{api.business.offering.name},radio,1,1,1,0,1,1" in sheet


@pytest.mark.parametrize(
    ("written", "source"),
    [
        ("", ""),
        (" Radio ", "radio"),
        ("spring-2027_a.b", "spring-2027_a.b"),
        ("ana@example.org", "other"),
        ("x" * 41, "other"),
    ],
)
def test_a_source_is_a_plain_word(written: str, source: str) -> None:
    assert funnel_source(written) == source


def test_sources_are_bounded_and_funnels_add_up() -> None:
    registry, offering = MetricRegistry(), UUID(int=1)
    metrics = registry.get(FunnelMetrics)
    for number in range(FUNNEL_SOURCES_MAX + 5):
        client = str(number // FUNNEL_SOURCES_PER_CLIENT_MAX)
        metrics.count(offering, f"s{number}", step=FunnelStep.VIEW, client=client)
        metrics.count(offering, "s0", step=FunnelStep.START, client="x")
    metrics.count(offering, "s0", step=FunnelStep.CONFIRM, client="x")
    metrics.count(offering, "", step=FunnelStep.VIEW, client="x")
    found = counted(registry)
    assert len(found) == FUNNEL_SOURCES_MAX + 2
    assert found[0] == Funnel(str(offering), "other", {FunnelStep.VIEW: 5})
    (first,) = [one for one in found if one.source == "s0"]
    assert first.abandoned == FUNNEL_SOURCES_MAX + 4
    (direct,) = [one for one in found if not one.source]
    assert direct.steps == {FunnelStep.VIEW: 1}, "who has no campaign is always told apart"
    assert whole_funnel(found).steps[FunnelStep.VIEW] == FUNNEL_SOURCES_MAX + 6


def test_one_client_that_invents_sources_does_not_hide_those_of_others() -> None:
    registry, offering = MetricRegistry(), UUID(int=1)
    metrics = registry.get(FunnelMetrics)
    for number in range(10 * FUNNEL_SOURCES_MAX):
        metrics.count(offering, f"x{number}", step=FunnelStep.VIEW, client="203.0.113.1")
    metrics.count(offering, "radio", step=FunnelStep.VIEW, client="203.0.113.2")
    metrics.count(offering, "radio", step=FunnelStep.START, client="203.0.113.1")
    steps = {one.source: one.steps for one in counted(registry)}
    assert steps["radio"] == {FunnelStep.VIEW: 1, FunnelStep.START: 1}
    assert len(steps) == FUNNEL_SOURCES_PER_CLIENT_MAX + 2


def counted(registry: MetricRegistry) -> Sequence[Funnel]:
    return funnels((one.labels, one.sketch.count) for one in registry.take_measured())
