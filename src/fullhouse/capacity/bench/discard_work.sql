-- Moves every subscriber past all events and deletes the effects that have not come about; returns
-- how many of both. An effect that is under way finds its lease lost.
WITH newest AS (
    SELECT xid, seq FROM event ORDER BY xid DESC, seq DESC LIMIT 1
), passed AS (
    SELECT count(*) AS events FROM event
    WHERE (event.xid, event.seq) > (
        SELECT relay_cursor.xid, relay_cursor.seq FROM relay_cursor
        ORDER BY relay_cursor.xid, relay_cursor.seq LIMIT 1
    )
), moved AS (
    UPDATE relay_cursor SET xid = newest.xid, seq = newest.seq, moved_at = now()
    FROM newest
    WHERE (relay_cursor.xid, relay_cursor.seq) < (newest.xid, newest.seq)
), deleted AS (
    DELETE FROM effect WHERE status IN ('due', 'leased') RETURNING 1
)
SELECT (SELECT events FROM passed) + (SELECT count(*) FROM deleted) AS discarded;
