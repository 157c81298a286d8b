"""Rebase events that were restored from another database cluster.

Events are relayed in the order of the transactions that wrote them, and another cluster counts its
transactions differently, most often from the beginning. Restored events and cursors may then lie
ahead of all new events: those would never be relayed, and once this cluster's count reached the
restored numbers, old and new could not be told apart. So restored events are moved before all new
ones, and events that a subscriber has received before those that it has not.

A dump must be restored while no program runs: programs rebase when they start, before they write.
"""

from typing import Final

from fullhouse.jobs.limits import REBASE_SECONDS_MAX
from fullhouse.storage.database import Session
from fullhouse.storage.limits import LOCK_SECONDS_MAX
from fullhouse.telemetry.log import get_logger

_LOG: Final = get_logger("jobs.rebasing")

# The cursors first: that lock waits for relays, and only relays wait for it. Then the events: that
# lock waits for running writers, and later writers wait for it.
_LOCK_ALL: Final = f"""
SET LOCAL statement_timeout = '{REBASE_SECONDS_MAX}s';
SET LOCAL lock_timeout = '{REBASE_SECONDS_MAX}s';
LOCK TABLE relay_cursor IN EXCLUSIVE MODE;
SET LOCAL lock_timeout = '{LOCK_SECONDS_MAX}s';
LOCK TABLE event IN SHARE ROW EXCLUSIVE MODE;
"""
_ALLOW_UPDATES: Final = "ALTER TABLE event DISABLE TRIGGER event_append_only"
_REFUSE_UPDATES: Final = "ALTER TABLE event ENABLE TRIGGER event_append_only"


async def rebase_restored_events(session: Session) -> bool:
    """Rebase events and cursors of another cluster; False if there are none. Checks before locking.

    All in the session's transaction, so several processes may try: one does it. Until it commits no
    event can be written: bookings are refused as `database_busy`, for about two seconds per 100,000
    events. Raises `DatabaseBusy` when a running transaction writes events for too long.
    """
    if not await session.fetch_value("jobs.is_restored", bool):
        return False
    await session.execute_script("jobs.lock_history", _LOCK_ALL)
    last_event = await session.fetch_value("jobs.last_restored_event", int)
    if last_event is None:
        return False  # another process was faster
    _LOG.warning("jobs.rebase_started", last_event=last_event)
    await session.execute_script("jobs.allow_event_updates", _ALLOW_UPDATES)
    events = await session.execute("jobs.rebase_events", last_event=last_event)
    await session.execute_script("jobs.refuse_event_updates", _REFUSE_UPDATES)
    subscribers = await session.execute("jobs.rebase_cursors", last_event=last_event)
    _LOG.warning("jobs.rebase_completed", events=events, subscribers=subscribers)
    return True
