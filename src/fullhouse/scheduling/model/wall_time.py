"""From the clock on the venue's wall to the instant it means, each on its own date."""

from datetime import UTC, datetime, timedelta, tzinfo


def instant_at(wall: datetime, zone: tzinfo) -> datetime | None:
    """The instant in UTC at which the wall shows `wall`, or None where the clocks skip it.

    In the doubled hour it is the first of the two.
    """
    instant = _reading(wall, zone, fold=0)
    return instant if wall_at(instant, zone) == wall else None


def wall_at(instant: datetime, zone: tzinfo) -> datetime:
    """What the wall shows at an instant, without an offset."""
    return instant.astimezone(zone).replace(tzinfo=None, fold=0)


def instant_from(wall: datetime, zone: tzinfo) -> datetime:
    """The first instant at which it is `wall` or later; in a skipped hour, that of the change."""
    return instant_at(wall, zone) or _change_over(wall, zone)


def instant_until(wall: datetime, zone: tzinfo) -> datetime:
    """The last instant before which it can still be earlier than `wall`.

    In the doubled hour it is the second of the two: closed until 01:30 is closed through both.
    """
    if instant_at(wall, zone) is None:
        return _change_over(wall, zone)
    return _reading(wall, zone, fold=1)


def _reading(wall: datetime, zone: tzinfo, *, fold: int) -> datetime:
    return wall.replace(tzinfo=zone, fold=fold).astimezone(UTC)


def _change_over(skipped: datetime, zone: tzinfo) -> datetime:
    """When the clocks pass over a skipped time.

    Fold 1 reads it by the later offset, so too early, but by less than the length of the change;
    and clocks change on whole minutes.
    """
    instant = _reading(skipped.replace(second=0, microsecond=0), zone, fold=1)
    while wall_at(instant, zone) < skipped:
        instant += timedelta(minutes=1)
    return instant
