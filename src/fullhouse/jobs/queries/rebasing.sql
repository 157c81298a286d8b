-- name: is_restored
-- Whether the newest event, or a cursor, lies ahead of all transactions of this cluster: then it was
-- written in another one. The newest event is read from the index. Rebasing need not wait for the
-- disk: after a crash it is done again.
-- Scope: every organisation. A restored database is mended whole.
SELECT
    coalesce((
        SELECT event.xid FROM event ORDER BY event.xid DESC, event.seq DESC LIMIT 1
    ) >= pg_snapshot_xmax(pg_current_snapshot()), false)
    OR EXISTS (
        SELECT FROM relay_cursor WHERE xid >= pg_snapshot_xmax(pg_current_snapshot())
    ) AS is_ahead,
    set_config('synchronous_commit', 'off', true);

-- name: last_restored_event
-- The number of the last restored event, if any lies ahead. Events written here have higher numbers:
-- the sequence was restored with the events.
-- Scope: every organisation. A restored database is mended whole.
SELECT greatest(
    (SELECT max(seq) FROM event WHERE xid >= pg_snapshot_xmax(pg_current_snapshot())),
    (SELECT max(seq) FROM relay_cursor WHERE xid >= pg_snapshot_xmax(pg_current_snapshot())));

-- name: rebase_events
-- Gives restored events the lowest transaction numbers, 3 and above, which this cluster has spent on
-- itself: 3 for events that all subscribers have received, 4 for events that all but the one
-- farthest behind have received, and so on.
-- Scope: every organisation. A restored database is mended whole.
UPDATE event
SET xid = (3 + (
    SELECT count(*) FROM relay_cursor
    WHERE (relay_cursor.xid, relay_cursor.seq) < (event.xid, event.seq)))::text::xid8
WHERE seq <= :last_event;

-- name: rebase_cursors
-- Moves each subscriber behind the last number that it has received, and before the rest.
-- Scope: every organisation. A restored database is mended whole.
UPDATE relay_cursor
SET seq = :last_event, moved_at = now(), xid = (3 + (
    SELECT count(*) FROM relay_cursor AS other
    WHERE (other.xid, other.seq) < (relay_cursor.xid, relay_cursor.seq)))::text::xid8;
