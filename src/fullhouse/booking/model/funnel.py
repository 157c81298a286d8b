"""The way of guests from the page of an offering to a booking, step by step, as counts."""

import enum
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

from msgspec import Struct

from fullhouse.booking.limits import OTHER_SOURCES

_SOURCE: Final = re.compile(r"[a-z0-9._-]{1,40}")


class FunnelStep(enum.StrEnum):
    """How far a guest got."""

    VIEW = "view"
    START = "start"
    """Places are held."""
    COMPLETE = "complete"
    """The details are filled in."""
    CONFIRM = "confirm"
    RELEASE = "release"
    """The guest gives the places back. Most just leave: they started and did not confirm."""
    FAIL = "fail"
    """Refused, for places or for another reason."""


class Funnel(Struct, frozen=True):
    """How often each step was taken, of an offering and a source."""

    offering_id: str
    source: str
    steps: Mapping[FunnelStep, int]

    @property
    def abandoned(self) -> int:
        """Started and not confirmed; those who are still at it too."""
        return max(0, self.steps.get(FunnelStep.START, 0) - self.steps.get(FunnelStep.CONFIRM, 0))

    @property
    def confirmed_percent(self) -> int:
        """Of a hundred who looked so many booked; a reload counts as a look."""
        viewed = self.steps.get(FunnelStep.VIEW, 0)
        return (
            min(100, round(100 * self.steps.get(FunnelStep.CONFIRM, 0) / viewed)) if viewed else 0
        )


def by_offering(found: Iterable[Funnel]) -> Sequence[Funnel]:
    """All sources of an offering together, the most viewed first."""
    return _summed(found, lambda one: (one.offering_id, ""))


def by_source(found: Iterable[Funnel]) -> Sequence[Funnel]:
    """All offerings of a source together, the most viewed first."""
    return _summed(found, lambda one: ("", one.source))


def whole_funnel(found: Iterable[Funnel]) -> Funnel:
    """All together."""
    return next(iter(_summed(found, lambda _: ("", ""))), Funnel("", "", {}))


def funnel_source(written: str) -> str:
    """The source of a campaign as it is counted: a plain word, or `other` for anything else."""
    word = written.strip().lower()
    return word if not word or _SOURCE.fullmatch(word) else OTHER_SOURCES


def funnels(counted: Iterable[tuple[Sequence[str], int]]) -> Sequence[Funnel]:
    """From counts by (offering, source, step): the most viewed first."""
    steps: dict[tuple[str, str], dict[FunnelStep, int]] = defaultdict(dict)
    for (offering_id, source, step), count in counted:
        steps[offering_id, source][FunnelStep(step)] = count
    return _ordered(Funnel(*key, taken) for key, taken in steps.items())


def _summed(found: Iterable[Funnel], key: Callable[[Funnel], tuple[str, str]]) -> Sequence[Funnel]:
    sums: dict[tuple[str, str], Counter[FunnelStep]] = defaultdict(Counter)
    for one in found:
        sums[key(one)].update(one.steps)
    return _ordered(Funnel(*place, steps) for place, steps in sums.items())


def _ordered(found: Iterable[Funnel]) -> Sequence[Funnel]:
    return sorted(found, key=lambda one: -one.steps.get(FunnelStep.VIEW, 0))
