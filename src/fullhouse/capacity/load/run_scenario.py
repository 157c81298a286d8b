"""Run a scenario against an installation and judge the result."""

from calendar import SATURDAY
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from random import Random

from fullhouse.capacity.load.arrivals import per_second
from fullhouse.capacity.load.open_loop import PlannedRequest, ProgressCallback, run_load
from fullhouse.capacity.load.outcomes import LoadSummary, RequestOutcome, summarise
from fullhouse.capacity.load.scenarios import Scenario
from fullhouse.capacity.load.target import LoadTarget, OpenSlot
from fullhouse.kernel.clock import Clock
from fullhouse.kernel.errors import NotFound


@dataclass(frozen=True, slots=True)
class ScenarioResult:
    """The outcomes of one run of a scenario, and their summary."""

    scenario: Scenario
    outcomes: tuple[RequestOutcome, ...]
    summary: LoadSummary

    @property
    def failures(self) -> tuple[str, ...]:
        """Each requirement of the scenario that the run missed, as a sentence."""
        s, places = self.summary, self.scenario.places
        found = []
        if s.errors:
            found.append(f"{s.errors} customers got an error")
        if s.timeouts:
            found.append(f"{s.timeouts} customers got no answer in time")
        if places is not None and s.success != places:
            found.append(f"{s.success} customers got one of the {places} places")
        if places is not None and s.refusals_with_alternatives != s.refusals:
            found.append(
                f"{s.refusals - s.refusals_with_alternatives} customers were refused without"
                " an alternative"
            )
        return tuple(found)

    def to_dict(self) -> dict[str, object]:
        """The result as JSON values."""
        return {
            "scenario": self.scenario.name,
            "ok": not self.failures,
            "failures": list(self.failures),
            "arrivals_per_second": per_second(self.scenario.arrivals),
            **asdict(self.summary),
        }


async def run_scenario(
    scenario: Scenario,
    target: LoadTarget,
    *,
    clock: Clock,
    on_progress: ProgressCallback = lambda _answered: None,
) -> ScenarioResult:
    """Plan the requests, run the load and summarise; raises `NotFound` without a suitable slot."""
    requests = await plan_requests(scenario, target)
    outcomes = await run_load(target.url, requests, clock=clock, on_progress=on_progress)
    return ScenarioResult(scenario, tuple(outcomes), summarise(outcomes))


async def plan_requests(scenario: Scenario, target: LoadTarget) -> list[PlannedRequest]:
    """Turn arrivals into requests: all for one slot, or spread over the open slots by weight."""
    random = Random(scenario.seed)  # noqa: S311 - a replayable choice, not a secret
    if scenario.places is None:
        slots = await target.open_slots()
        if not slots:
            detail = f"No slot of {target.offering} has room"
            raise NotFound(detail)
    else:
        slots = [await target.slot_with_remaining(scenario.places)]
    weights = _weights(slots)
    parties = [party for party in scenario.parties if party in target.parties]
    if not parties:
        detail = f"{target.offering} admits none of the parties that the scenario brings"
        raise NotFound(detail)
    requests = []
    for number, at in enumerate(scenario.arrivals):
        slot, party = random.choices(slots, weights)[0], random.choice(parties)
        body, headers = target.booking_request(slot, party=party, number=number)
        requests.append(PlannedRequest(at, target.bookings_path, body, headers))
    return requests


def _weights(slots: Sequence[OpenSlot]) -> list[float]:
    """The weight of each slot in the draw: its remaining places, times three at week-ends."""
    return [
        slot.remaining * (3.0 if slot.starts_at.weekday() >= SATURDAY else 1.0) for slot in slots
    ]
