-- name: events_not_relayed
-- Subscribers that have not received an event recorded longer than :relay_tolerance ago, and how
-- many such events. Before the first subscription, events wait for a subscriber that must come.
-- Scope: every organisation. The check is of the whole installation.
WITH subscriber AS (
    SELECT relay_cursor.subscriber, relay_cursor.xid, relay_cursor.seq FROM relay_cursor
    UNION ALL
    SELECT 'nobody yet', '0'::xid8, 0 WHERE NOT EXISTS (SELECT FROM relay_cursor)
)
SELECT
    NULL::uuid AS org_id,
    subscriber.subscriber AS subject,
    format(
        '%s: %s events not processed yet (oldest: %s, %s)',
        replace(subscriber.subscriber, '_', ' '), missed.waiting, missed.kind,
        to_char(missed.recorded_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS "UTC"')
    ) AS message,
    count(*) OVER () AS total
FROM subscriber
CROSS JOIN LATERAL (
    SELECT event.kind, event.recorded_at, count(*) OVER () AS waiting
    FROM event
    WHERE (event.xid, event.seq) > (subscriber.xid, subscriber.seq)
        AND event.xid < pg_snapshot_xmin(pg_current_snapshot())
        AND event.recorded_at <= now() - :relay_tolerance::interval
    ORDER BY event.xid, event.seq
    LIMIT 1
) AS missed
ORDER BY subscriber.subscriber
LIMIT 10;

-- name: history_from_elsewhere
-- Events and cursors ahead of all transactions of this cluster: restored from another one, they hide
-- new events from subscribers until a starting process has rebased them.
-- Scope: every organisation. The check is of the whole installation.
SELECT
    NULL::uuid AS org_id,
    ahead.subject,
    format(
        '%s at transaction %s, and this cluster is at %s: restart Fullhouse, which renumbers restored events',
        ahead.message, ahead.xid, pg_snapshot_xmax(pg_current_snapshot())
    ) AS message,
    count(*) OVER () AS total
FROM (
    SELECT subscriber AS subject, subscriber || ' is' AS message, xid FROM relay_cursor
    UNION ALL
    (
        SELECT event.seq::text, 'the last event is', event.xid FROM event
        ORDER BY event.xid DESC, event.seq DESC LIMIT 1
    )
) AS ahead
WHERE ahead.xid >= pg_snapshot_xmax(pg_current_snapshot())
ORDER BY ahead.subject
LIMIT 10;

-- name: effects_overdue
-- Effects that have been due for longer than :due_tolerance and are neither completed nor dead. One whose
-- time was past when it was enqueued has its tolerance from then.
-- Scope: every organisation. The check is of the whole installation.
SELECT
    org_id,
    key AS subject,
    format('%s was due at %s and is %s after %s attempts', kind, due_at, status, attempts)
        AS message,
    count(*) OVER () AS total
FROM effect
WHERE status IN ('due', 'leased')
    AND due_at <= now() - :due_tolerance::interval
    AND created_at <= now() - :due_tolerance::interval
ORDER BY due_at, org_id, key
LIMIT 10;
