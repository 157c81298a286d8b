"""How far guests get is counted by offering and source: persons, and nobody in particular."""

from uuid import UUID

import pytest
from tests.builders.api_client import ApiClient
from tests.builders.guest_visit import Visits

from fullhouse.booking.limits import FUNNEL_SOURCES_MAX
from fullhouse.booking.metrics import FunnelMetrics
from fullhouse.booking.model.funnel import Funnel, FunnelStep, funnel_source, funnels
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
    found = await command.read_funnels(Settings(database_url=database_url), 1)
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
    table = command.format_funnels(found)
    assert "radio" in table
    assert table.splitlines()[0].split()[-1] == "abandoned"
    assert command.format_funnels([]) == "  Nobody has looked at an offering yet."


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
        metrics.count(offering, f"s{number}", FunnelStep.VIEW)
        metrics.count(offering, "s0", FunnelStep.START)
    metrics.count(offering, "s0", FunnelStep.CONFIRM)
    taken = [(one.labels, one.sketch.count) for one in registry.take_measured()]
    found = funnels(taken)
    assert len(found) == FUNNEL_SOURCES_MAX + 1
    assert found[0] == Funnel(str(offering), "other", {FunnelStep.VIEW: 5})
    (first,) = [one for one in found if one.source == "s0"]
    assert first.abandoned == FUNNEL_SOURCES_MAX + 4
    assert sum(one.steps.get(FunnelStep.VIEW, 0) for one in found) == FUNNEL_SOURCES_MAX + 5
