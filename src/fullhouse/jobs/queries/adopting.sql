-- name: look_at_history
-- Whether history, or somebody's place in it, lies ahead of all transactions that this cluster has
-- counted: then it was written in another one. The newest event is asked for by its place in the
-- index, so that this costs nothing. What a look leads to need not wait for the disk: all that a
-- crash loses of it is done again.
SELECT
    coalesce((
        SELECT event.xid FROM event ORDER BY event.xid DESC, event.seq DESC LIMIT 1
    ) >= pg_snapshot_xmax(pg_current_snapshot()), false)
    OR EXISTS (
        SELECT FROM relay_cursor WHERE xid >= pg_snapshot_xmax(pg_current_snapshot())
    ) AS is_ahead,
    set_config('synchronous_commit', 'off', true);

-- name: last_event_from_elsewhere
-- The number of the last event that was restored, if any lies ahead. Those written here since have
-- higher ones: the sequence was restored with the events.
SELECT greatest(
    (SELECT max(seq) FROM event WHERE xid >= pg_snapshot_xmax(pg_current_snapshot())),
    (SELECT max(seq) FROM relay_cursor WHERE xid >= pg_snapshot_xmax(pg_current_snapshot())));

-- name: adopt_events
-- Restored events get the lowest numbers a transaction can have, 3 and the following, which this
-- cluster has spent on itself before anybody came: 3 for those that all were told of, 4 for those
-- that all but the one farthest behind were told of, and so on.
UPDATE event
SET xid = (3 + (
    SELECT count(*) FROM relay_cursor
    WHERE (relay_cursor.xid, relay_cursor.seq) < (event.xid, event.seq)))::text::xid8
WHERE seq <= :last_event;

-- name: adopt_cursors
-- Each subscriber stands behind the last of the numbers that it was told of, and before the rest.
UPDATE relay_cursor
SET seq = :last_event, moved_at = now(), xid = (3 + (
    SELECT count(*) FROM relay_cursor AS other
    WHERE (other.xid, other.seq) < (relay_cursor.xid, relay_cursor.seq)))::text::xid8;
