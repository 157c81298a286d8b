"""The scenarios, as data: who comes, when, with how many, and what must come of it."""

from dataclasses import dataclass
from typing import Final

from fullhouse.capacity.load.arrivals import Arrivals, all_at_once, on_sale


@dataclass(frozen=True, slots=True)
class Scenario:
    """Customers by their arrivals; where they go is decided by `aims` once the slots are known.

    `places` is set when all go for one slot that has exactly so many places free: then exactly so
    many parties of one must succeed. `parties` are the sizes that customers come in.
    """

    name: str
    sentence: str
    arrivals: Arrivals
    parties: tuple[int, ...]
    seed: int
    places: int | None = None


ON_SALE: Final = Scenario(
    name="onsale",
    sentence="967 reservations in 17 seconds, 134 of them in one",
    arrivals=on_sale(total=967, peak=134, seconds=17, seed=967),
    parties=(1, 2, 2, 2, 3, 4, 4),
    seed=17,
)

RUSH: Final = Scenario(
    name="rush",
    sentence="100 customers on one slot with 40 places, at the same instant",
    arrivals=all_at_once(100),
    parties=(1,),
    seed=40,
    places=40,
)

SCENARIOS: Final = {scenario.name: scenario for scenario in (ON_SALE, RUSH)}
