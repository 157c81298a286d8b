"""Whether an hour of the week is usually a busy one."""

from datetime import datetime, timedelta
from statistics import fmean
from typing import Final

from fullhouse.observability.expectation import baseline_of
from fullhouse.observability.gauges import GaugeName
from fullhouse.observability.limits import BUSY_HOUR_TIMES
from fullhouse.storage.database import Session

_HOURS: Final = 24 * 7


async def is_busy_hour(session: Session, at: datetime, *, now: datetime) -> bool:
    """Whether twice as many requests as in a usual hour come then, as learnt from weeks before.

    False while too little was seen.
    """
    baseline = await baseline_of(session, GaugeName.REQUESTS, until=now)
    if baseline is None:
        return False
    hours = [baseline.at(at + timedelta(hours=number)).value for number in range(_HOURS)]
    return hours[0] >= BUSY_HOUR_TIMES * fmean(hours) > 0
