"""The demo's guests say how their visit was, as guests of a real farm do."""

from collections.abc import Sequence
from random import Random
from typing import Final

from fullhouse.booking.model.booking import BookingId
from fullhouse.kernel.context import GUEST, OPERATOR, RequestContext
from fullhouse.kernel.ids import derived_id
from fullhouse.messages.actions.change_reminders import ChangeReminders
from fullhouse.messages.actions.rate_visit import RateVisit
from fullhouse.messages.model.reminders import ContactRules
from fullhouse.people.model import Organisation
from fullhouse.storage.unit_of_work import UnitOfWorkFactory

_RATES_SHARE: Final = 0.35
_STARS: Final = ((5, 58), (4, 27), (3, 10), (2, 4), (1, 1))
_WORDS: Final[dict[int, Sequence[str]]] = {
    5: (
        "",
        "",
        "The children want to come again.",
        "We filled two buckets and half the car. Thank you!",
        "Rosa showed us which ones keep longest. Lovely.",
        "Quiet in the evening, and the light is beautiful.",
    ),
    4: (
        "",
        "Beautiful field. Bring water, there is little shade.",
        "A second pair of shears, please.",
    ),
    3: ("", "Nice, but the rows near the entrance were picked bare."),
    2: ("The path was muddy and hard with the pram. Some straw would help.",),
    1: ("We waited twenty minutes although we had booked.",),
}
_RULES: Final = ContactRules(reminders=("one_day",), thanks_hours=20)


async def rate_visits(
    unit_of_work: UnitOfWorkFactory,
    garden: Organisation,
    came: Sequence[BookingId],
    *,
    seed: int,
) -> None:
    """Some of those who came rate their visit; from now on all are asked."""
    by_operator = RequestContext(OPERATOR, derived_id(f"demo/{seed}/rules"))
    async with unit_of_work(by_operator, garden.org_id) as uow:
        await ChangeReminders()(uow, _RULES)
    by_guest = RequestContext(GUEST, derived_id(f"demo/{seed}/ratings"))
    rate, (stars, weights) = RateVisit(), zip(*_STARS, strict=True)
    async with unit_of_work(by_guest, garden.org_id) as uow:
        for booking_id in came:
            random = Random(f"{seed}/rate/{booking_id}")  # noqa: S311 - a demo, not a secret
            if random.random() < _RATES_SHARE:
                (given,) = random.choices(stars, weights)
                await rate(uow, booking_id, stars=given, words=random.choice(_WORDS[given]))
