-- name: create_cursor
-- A cursor before the first event for a subscriber that has none.
-- Scope: every organisation. The worker works for all.
INSERT INTO relay_cursor (subscriber)
VALUES (:subscriber)
ON CONFLICT DO NOTHING;

-- name: lock_cursor
-- The subscriber's cursor, locked; no row while another relay has it.
-- Scope: every organisation. The worker works for all.
SELECT xid, seq
FROM relay_cursor
WHERE subscriber = :subscriber
FOR UPDATE SKIP LOCKED;

-- name: batch_end
-- The position of the last event of the next batch in commit order, and the size of the batch. A
-- transaction may become visible after a later one, so events are read only from transactions that
-- are older than every open one.
-- Scope: every organisation. The worker works for all.
SELECT xid, seq, events
FROM (
    SELECT xid, seq, row_number() OVER (ORDER BY xid, seq) AS events
    FROM event
    WHERE (xid, seq) > (:xid::xid8, :seq::bigint)
        AND xid < pg_snapshot_xmin(pg_current_snapshot())
    ORDER BY xid, seq
    LIMIT :events_max
) AS following
ORDER BY events DESC
LIMIT 1;

-- name: is_event_position
-- Whether there is an event at this position: a restored history has others.
-- Scope: every organisation. The worker works for all.
SELECT EXISTS (SELECT FROM event WHERE xid = :xid::xid8 AND seq = :seq::bigint);

-- name: last_event_position
-- The last position in commit order that no open transaction can come before.
-- Scope: every organisation. The worker works for all.
SELECT xid, seq
FROM event
WHERE xid < pg_snapshot_xmin(pg_current_snapshot())
ORDER BY xid DESC, seq DESC
LIMIT 1;

-- name: events_between
-- The events of these kinds behind one position, up to the other, in commit order.
-- Scope: every organisation. The worker works for all.
SELECT seq, xid, org_id, kind, subject, data AS payload, actor, correlation_id, at
FROM event
WHERE (xid, seq) > (:xid::xid8, :seq::bigint)
    AND (xid, seq) <= (:to_xid::xid8, :to_seq::bigint)
    AND kind = ANY (:kinds)
ORDER BY xid, seq;

-- name: move_cursor
-- The subscriber has received all events up to this position.
-- Scope: every organisation. The worker works for all.
UPDATE relay_cursor
SET xid = :xid, seq = :seq, moved_at = now()
WHERE subscriber = :subscriber;

-- name: newest_event
-- The position of the event committed last.
-- Scope: every organisation. The worker works for all.
SELECT xid, seq FROM event ORDER BY xid DESC, seq DESC LIMIT 1;

-- name: has_pending
-- Whether an event is visible that the subscriber has not received, even if it cannot be read yet.
-- In commit order and for one row: otherwise all events would be read when none is pending.
-- Scope: every organisation. The worker works for all.
SELECT EXISTS (
    SELECT FROM relay_cursor
    CROSS JOIN LATERAL (
        SELECT FROM event
        WHERE (event.xid, event.seq) > (relay_cursor.xid, relay_cursor.seq)
        ORDER BY event.xid, event.seq
        LIMIT 1
    ) AS missed
    WHERE relay_cursor.subscriber = :subscriber);

-- name: relay_lag
-- How many events each subscriber has not received, counted up to a bound, and the age of the oldest.
-- Scope: every organisation. The worker works for all.
SELECT relay_cursor.subscriber, behind.events,
    coalesce(greatest(extract(epoch FROM now() - behind.oldest), 0), 0)::float8 AS oldest_seconds
FROM relay_cursor
CROSS JOIN LATERAL (
    SELECT count(*) AS events, min(missed.recorded_at) AS oldest
    FROM (
        SELECT event.recorded_at
        FROM event
        WHERE (event.xid, event.seq) > (relay_cursor.xid, relay_cursor.seq)
        ORDER BY event.xid, event.seq
        LIMIT :events_max
    ) AS missed
) AS behind;

-- name: events_of
-- Single events by organisation, subject and number.
SELECT event.seq, event.xid, event.org_id, event.kind, event.subject, event.data AS payload, event.actor,
    event.correlation_id, event.at
FROM event
JOIN unnest(:org_ids::uuid[], :subjects::uuid[], :seqs::bigint[]) AS wanted (org_id, subject, seq)
    USING (org_id, subject, seq);
