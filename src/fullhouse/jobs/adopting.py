"""A history that was written in another cluster and restored into this one from a dump.

Events are told in the order of the transactions that wrote them, and another cluster counts its
transactions otherwise: most often from the beginning. Restored events and cursors then lie ahead
of all that is written now, which would never be told; and once this cluster's count came up to
them, old and new could not be told apart. So they are adopted before anything is told: restored
events come before all new ones, those that a subscriber was told of before those that it was not.
"""

from typing import Final

from fullhouse.jobs.limits import HISTORY_ADOPTED_SECONDS_MAX
from fullhouse.storage.database import Session
from fullhouse.storage.limits import LOCK_SECONDS_MAX
from fullhouse.telemetry.log import get_logger

_LOG: Final = get_logger("jobs.adopting")

# The cursors first: that waits for relays, and nobody but relays waits for it. Then the events:
# that waits for those who are just writing one, and whoever wants to write the next waits for us.
_ALONE: Final = f"""
SET LOCAL statement_timeout = '{HISTORY_ADOPTED_SECONDS_MAX}s';
SET LOCAL lock_timeout = '{HISTORY_ADOPTED_SECONDS_MAX}s';
LOCK TABLE relay_cursor IN EXCLUSIVE MODE;
SET LOCAL lock_timeout = '{LOCK_SECONDS_MAX}s';
LOCK TABLE event IN SHARE ROW EXCLUSIVE MODE;
"""
_MAY_BE_REWRITTEN: Final = "ALTER TABLE event DISABLE TRIGGER event_append_only"
_APPEND_ONLY: Final = "ALTER TABLE event ENABLE TRIGGER event_append_only"


async def adopt_history(session: Session) -> bool:
    """Make a restored history this cluster's own; whether there was one. Looks before it locks.

    All in the session's transaction, so it is done once and whole, whoever else tries. Until it
    commits nobody can write an event: bookings are refused as `database_busy`, for about two
    seconds per 100,000 events. Raises `DatabaseBusy` when somebody writes for too long.
    """
    if not await session.fetch_value("jobs.look_at_history", bool):
        return False
    await session.execute_script("jobs.lock_history", _ALONE)
    last_event = await session.fetch_value("jobs.last_event_from_elsewhere", int)
    if last_event is None:
        return False  # another process was faster
    _LOG.warning(
        "a history restored from another database cluster is being adopted: bookings wait",
        last_event=last_event,
    )
    await session.execute_script("jobs.unlock_events", _MAY_BE_REWRITTEN)
    events = await session.execute("jobs.adopt_events", last_event=last_event)
    await session.execute_script("jobs.lock_events", _APPEND_ONLY)
    subscribers = await session.execute("jobs.adopt_cursors", last_event=last_event)
    _LOG.warning("a restored history was adopted", events=events, subscribers=subscribers)
    return True
