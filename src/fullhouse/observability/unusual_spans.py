"""Which minutes were unusual, for the charts that show them. Pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from msgspec import Struct

from fullhouse.observability.alert_rules import RULES_BY_NAME
from fullhouse.observability.alerts import Alert
from fullhouse.observability.gauges import TEN_MINUTES, GaugeName
from fullhouse.observability.periods import period_start

_RULE: Final = RULES_BY_NAME["unusual"].name


class UnusualSpan(Struct, frozen=True):
    """The ten minutes that an alert was told for first; the text is English, as alerts are."""

    since: datetime
    until: datetime
    text: str


def unusual_spans(
    alerts: Sequence[Alert], *gauges: GaugeName, since: datetime
) -> Sequence[UnusualSpan]:
    """What was unusual of these gauges, in spans that end after `since`."""
    spans = []
    for one in alerts:
        # It is judged when they are over
        until = period_start(one.fired_at, TEN_MINUTES)
        if one.rule == _RULE and one.subject in gauges and until > since:
            spans.append(UnusualSpan(until - timedelta(seconds=TEN_MINUTES), until, one.summary))
    return spans
