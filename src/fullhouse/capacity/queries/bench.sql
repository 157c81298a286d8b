-- name: work_left
-- How much the worker has still to do: events not yet passed on, and effects that are due. Before a
-- subscriber has a cursor, every event waits for it.
-- Scope: every organisation. The operator counts what is stored.
SELECT
    (
        SELECT count(*) FROM event
        WHERE (event.xid, event.seq) > (
            SELECT behind.xid, behind.seq
            FROM (
                SELECT relay_cursor.xid, relay_cursor.seq FROM relay_cursor
                UNION ALL
                SELECT '0'::xid8, 0 WHERE NOT EXISTS (SELECT FROM relay_cursor)
            ) AS behind
            ORDER BY behind.xid, behind.seq LIMIT 1
        )
    ) + (
        SELECT count(*) FROM effect
        WHERE status = 'leased' OR (status = 'due' AND due_at <= now())
    ) AS work_left;

-- name: bookings_stored
-- How many bookings there are in all.
-- Scope: every organisation. The operator counts what is stored.
SELECT count(*) AS bookings FROM booking;
