"""What is unusual now: bookings, requests, errors and the time to book, every ten minutes.

It learns from rows when it begins to watch, and then from each ten minutes that are over. What is
unusual wakes nobody: it may be a newspaper that has written about a farm.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from msgspec import Struct

from fullhouse.numerics.anomaly_detector import UNUSUAL, AnomalyDetector
from fullhouse.observability.expectation import HOUR_SPREAD
from fullhouse.observability.gauges import TEN_MINUTES, GaugeName, GaugeValue, gauge_values
from fullhouse.observability.limits import (
    EXPECTATION_WEEKS,
    SHIFT_SPREADS_MIN,
    UNUSUAL_HOURS_MIN,
    UNUSUAL_KEPT_MINUTES,
)
from fullhouse.observability.periods import period_start
from fullhouse.storage.database import Session


class UnusualRule(Struct, frozen=True):
    """Distances up to `least` are never told; `high` and `low` have the value and what is usual."""

    gauge: GaugeName
    least: float
    high: str
    low: str = ""
    hour_spread: float | None = None
    shifted: str = ""

    @property
    def rises_only(self) -> bool:
        return not self.low


class UnusualFinding(Struct, frozen=True):
    """What is unusual, in a sentence, and when it was so last."""

    subject: str
    text: str
    at: datetime


UNUSUAL_RULES: Final = (
    UnusualRule(
        GaugeName.BOOKINGS,
        0.5,
        "Unusually many bookings: {value:.1f} a minute, where {usual:.1f} are usual.",
        "Unusually few bookings: {value:.1f} a minute, where {usual:.1f} are usual.",
        HOUR_SPREAD,
        "For a day bookings are {ratio:.1f} times what is usual at these hours.",
    ),
    UnusualRule(
        GaugeName.REQUESTS,
        5.0,
        "Unusually many requests: {value:.0f} a minute, where {usual:.0f} are usual.",
        "Unusually few requests: {value:.0f} a minute, where {usual:.0f} are usual.",
        HOUR_SPREAD,
        "For a day requests are {ratio:.1f} times what is usual at these hours.",
    ),
    UnusualRule(
        GaugeName.ERRORS,
        0.5,
        "Unusually many errors: {value:.1f} a minute, where {usual:.1f} are usual.",
    ),
    UnusualRule(
        GaugeName.BOOKING_P95,
        0.05,
        "Booking is unusually slow: 95 of 100 attempts take up to {value:.2f} s, where"
        " {usual:.2f} s are usual.",
    ),
)


@dataclass(slots=True)
class GaugeDetector:
    """Judges the values of one gauge."""

    rule: UnusualRule
    learnt_until: datetime | None = None
    _detector: AnomalyDetector = field(init=False)

    def __post_init__(self) -> None:
        self._detector = AnomalyDetector(
            self.rule.least, self.rule.rises_only, self.rule.hour_spread
        )

    def observe(self, values: Sequence[GaugeValue]) -> Sequence[UnusualFinding]:
        """What is unusual in values of ten minutes each, which it learns too."""
        found, rule = [], self.rule
        for one in values:
            self.learnt_until = one.starts_at + timedelta(seconds=TEN_MINUTES)
            unusual = self._detector.observe(one.starts_at, one.mean)
            if unusual.score > UNUSUAL and self._detector.hours >= UNUSUAL_HOURS_MIN:
                text = rule.high if one.mean > unusual.usual else rule.low or rule.high
                sentence = text.format(value=one.mean, usual=unusual.usual)
                found.append(UnusualFinding(rule.gauge, sentence, self.learnt_until))
        return [*found, *self._shift()]

    def _shift(self) -> Sequence[UnusualFinding]:
        """Whether the whole last day lay off its level."""
        shift = self._detector.shift()
        is_known = self._detector.hours >= 2 * UNUSUAL_HOURS_MIN and self.learnt_until is not None
        if not self.rule.shifted or not is_known or abs(shift.score) < SHIFT_SPREADS_MIN:
            return ()
        assert self.learnt_until is not None, "it has learnt"
        text = self.rule.shifted.format(ratio=shift.ratio)
        return (UnusualFinding(f"{self.rule.gauge} of a day", text, self.learnt_until),)


@dataclass(slots=True)
class UnusualWatch:
    """All that is judged; `findings` are those of the last hour."""

    _detectors: Sequence[GaugeDetector] = field(
        default_factory=lambda: [GaugeDetector(rule) for rule in UNUSUAL_RULES]
    )
    _found: dict[str, UnusualFinding] = field(default_factory=dict)

    @property
    def findings(self) -> Sequence[UnusualFinding]:
        return list(self._found.values())

    async def look(self, session: Session, now: datetime) -> None:
        """Judge what is over since the last look; a gauge's first look learns the weeks before."""
        until = period_start(now, TEN_MINUTES)
        kept = timedelta(minutes=UNUSUAL_KEPT_MINUTES)
        for each in self._detectors:
            since = each.learnt_until or until - timedelta(weeks=EXPECTATION_WEEKS)
            if since < until:
                values = await gauge_values(
                    session, each.rule.gauge, since=since, until=until, period_seconds=TEN_MINUTES
                )
                # Eight weeks take a third of a second, for which the loop cannot wait
                found = await asyncio.to_thread(each.observe, values)
                self._found |= {one.subject: one for one in found}
        self._found = {key: one for key, one in self._found.items() if now - one.at < kept}
