"""The load scenarios as data: arrivals, party sizes, and the result that is required."""

from dataclasses import dataclass
from typing import Final

from fullhouse.capacity.load.arrivals import Arrivals, all_at_once, on_sale


@dataclass(frozen=True, slots=True)
class Scenario:
    """Arrivals and the party sizes to draw from; `plan_requests` chooses the slots.

    When `places` is set, all customers request one slot with exactly that number of free places,
    and exactly that number of parties of one must succeed.
    """

    name: str
    description: str
    arrivals: Arrivals
    parties: tuple[int, ...]
    seed: int
    places: int | None = None


ON_SALE: Final = Scenario(
    name="onsale",
    description="967 reservations in 17 seconds, 134 of them in one",
    arrivals=on_sale(total=967, peak=134, seconds=17, seed=967),
    parties=(1, 2, 2, 2, 3, 4, 4),
    seed=17,
)

RUSH: Final = Scenario(
    name="rush",
    description="100 customers on one slot with 40 places, at the same instant",
    arrivals=all_at_once(100),
    parties=(1,),
    seed=40,
    places=40,
)

SCENARIOS: Final = {scenario.name: scenario for scenario in (ON_SALE, RUSH)}
