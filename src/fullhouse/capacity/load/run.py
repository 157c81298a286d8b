"""Playing a scenario against an installation, and what is kept of it."""

from calendar import SATURDAY
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from random import Random

from fullhouse.capacity.load.answers import Answer, Summary, summarise
from fullhouse.capacity.load.arrivals import per_second
from fullhouse.capacity.load.generator import Shot, Told, fire
from fullhouse.capacity.load.scenarios import Scenario
from fullhouse.capacity.load.venue import Slot, Venue
from fullhouse.kernel.clock import Clock
from fullhouse.kernel.errors import NotFound


@dataclass(frozen=True, slots=True)
class Played:
    """A scenario that was played: its answers, their summary, and whether all is as it must be."""

    scenario: Scenario
    answers: tuple[Answer, ...]
    summary: Summary

    @property
    def complaints(self) -> tuple[str, ...]:
        """What is not as the scenario demands, in words."""
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

    def facts(self) -> dict[str, object]:
        """The run for programs, ready for JSON."""
        return {
            "scenario": self.scenario.name,
            "ok": not self.complaints,
            "complaints": list(self.complaints),
            "arrivals_per_second": per_second(self.scenario.arrivals),
            **asdict(self.summary),
        }


async def play(
    scenario: Scenario, venue: Venue, *, clock: Clock, answered: Told = lambda _answered: None
) -> Played:
    """Aim, fire, and sum up; raises `NotFound` when no slot will do."""
    shots = await aim(scenario, venue)
    answers = await fire(venue.url, shots, clock=clock, answered=answered)
    return Played(scenario, tuple(answers), summarise(answers))


async def aim(scenario: Scenario, venue: Venue) -> list[Shot]:
    """Turn arrivals into requests: all for one slot, or spread as guests choose."""
    random = Random(scenario.seed)  # noqa: S311 - a replayable choice, not a secret
    if scenario.places is None:
        slots = await venue.open_slots()
        if not slots:
            detail = f"No slot of {venue.offering} has room"
            raise NotFound(detail)
    else:
        slots = [await venue.slot_with(scenario.places)]
    weights = _likings(slots)
    parties = [party for party in scenario.parties if party in venue.parties]
    if not parties:
        detail = f"{venue.offering} admits none of the parties that the scenario brings"
        raise NotFound(detail)
    shots = []
    for number, at in enumerate(scenario.arrivals):
        slot, party = random.choices(slots, weights)[0], random.choice(parties)
        body, headers = venue.order(slot, party=party, number=number)
        shots.append(Shot(at, venue.bookings_path, body, headers))
    return shots


def _likings(slots: Sequence[Slot]) -> list[float]:
    """How much guests like each slot: by the room it has, week-ends three times as much."""
    return [s.remaining * (3.0 if s.starts_at.weekday() >= SATURDAY else 1.0) for s in slots]
