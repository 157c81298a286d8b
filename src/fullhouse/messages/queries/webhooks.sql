-- name: add_webhook_endpoint
-- An endpoint that has been sent nothing yet.
INSERT INTO webhook_endpoint (org_id, endpoint_id, url, kinds, secret, created_at)
VALUES (:org_id, :endpoint_id, :url, :kinds::text[], :secret, :at);

-- name: webhook_endpoints
-- The endpoints of an organisation, the oldest first, with the number of events that were not sent yet.
SELECT org_id, endpoint_id, url, kinds, created_at, failing_since, disabled_at, disabled_reason,
    version, (
        SELECT count(*) FROM webhook_delivery d
        WHERE d.org_id = e.org_id AND d.endpoint_id = e.endpoint_id AND status IN ('waiting', 'due')
    ) AS undelivered
FROM webhook_endpoint e
WHERE org_id = :org_id
ORDER BY created_at, endpoint_id;

-- name: lock_webhook_endpoint
-- An endpoint as it is stored, locked: of those that give turns, one does at a time.
SELECT org_id, endpoint_id, url, kinds, secret, previous_secret, previous_until, failing_since,
    disabled_at, disabled_reason, version
FROM webhook_endpoint
WHERE org_id = :org_id AND endpoint_id = :endpoint_id
FOR NO KEY UPDATE;

-- name: lock_webhook_endpoints
-- The endpoints of these organisations, locked in one order.
SELECT org_id, endpoint_id
FROM webhook_endpoint
WHERE org_id = ANY (:org_ids::uuid[])
ORDER BY org_id, endpoint_id
FOR NO KEY UPDATE;

-- name: change_webhook_endpoint
-- What may be changed of an endpoint; one that is enabled is not failing any more.
UPDATE webhook_endpoint
SET url = :url, kinds = :kinds::text[], version = version + 1,
    disabled_at = CASE WHEN :is_enabled::boolean THEN NULL ELSE coalesce(disabled_at, :at) END,
    disabled_reason = CASE WHEN :is_enabled::boolean THEN ''
        WHEN disabled_at IS NULL THEN 'manual' ELSE disabled_reason END,
    failing_since = CASE WHEN :is_enabled::boolean AND disabled_at IS NOT NULL THEN NULL ELSE failing_since END
WHERE org_id = :org_id AND endpoint_id = :endpoint_id;

-- name: remove_webhook_endpoint
-- With its deliveries and their attempts.
DELETE FROM webhook_endpoint WHERE org_id = :org_id AND endpoint_id = :endpoint_id;

-- name: rotate_webhook_secret
-- The secret before signs as well until then.
UPDATE webhook_endpoint
SET previous_secret = secret, previous_until = :previous_until, secret = :secret,
    version = version + 1
WHERE org_id = :org_id AND endpoint_id = :endpoint_id;

-- name: add_webhook_deliveries
-- A delivery for each event and each endpoint that was there and wants its kind.
INSERT INTO webhook_delivery (org_id, endpoint_id, event_seq, kind, subject, status, created_at)
SELECT e.org_id, e.endpoint_id, event.seq, event.kind, event.subject, 'waiting', now()
FROM unnest(
    :org_ids::uuid[], :seqs::bigint[], :kinds::text[], :subjects::uuid[], :ats::timestamptz[]
) AS event (org_id, seq, kind, subject, at)
JOIN webhook_endpoint e ON e.org_id = event.org_id AND e.created_at <= event.at
WHERE e.kinds = '{}' OR event.kind = ANY (e.kinds)
ON CONFLICT DO NOTHING;

-- name: give_webhook_turns
-- Makes due what is first in the line of its subject, the oldest first, as long as fewer than :due_max
-- first attempts are due at the endpoint. The endpoint is locked.
WITH first AS (
    SELECT DISTINCT ON (subject) subject, event_seq, status
    FROM webhook_delivery
    WHERE org_id = :org_id AND endpoint_id = :endpoint_id AND status IN ('waiting', 'due')
    ORDER BY subject, event_seq
), chosen AS (
    SELECT event_seq FROM first WHERE status = 'waiting'
    ORDER BY event_seq
    LIMIT greatest(0, :due_max::bigint - (
        SELECT count(*) FROM webhook_delivery
        WHERE org_id = :org_id AND endpoint_id = :endpoint_id AND status = 'due' AND attempts = 0
    ))
)
UPDATE webhook_delivery d
SET status = 'due', turns = turns + 1
FROM chosen
WHERE d.org_id = :org_id AND d.endpoint_id = :endpoint_id AND d.event_seq = chosen.event_seq
RETURNING d.event_seq, d.subject, d.turns;

-- name: webhook_delivery
-- A delivery with its event; `ref` is that of the booking that the event is about.
SELECT d.status, d.attempts, d.turns, event.seq, event.xid, event.kind, event.subject,
    event.data AS payload, event.actor, event.correlation_id, event.at, booking.ref
FROM webhook_delivery d
JOIN event ON event.org_id = d.org_id AND event.subject = d.subject AND event.seq = d.event_seq
LEFT JOIN booking ON booking.org_id = d.org_id AND booking.booking_id = d.subject
WHERE d.org_id = :org_id AND d.endpoint_id = :endpoint_id AND d.event_seq = :event_seq;

-- name: add_webhook_attempt
-- An attempt and what came of it.
INSERT INTO webhook_attempt (org_id, endpoint_id, event_seq, at, seconds, status_code, answer)
VALUES (:org_id, :endpoint_id, :event_seq, :at, :seconds, :status_code, :answer)
ON CONFLICT DO NOTHING;

-- name: record_webhook_outcome
-- What became of the attempt of this turn; no row when another turn has begun since, or it has ended. One
-- that ended as a dead letter, with attempts left, may be retried.
UPDATE webhook_delivery
SET status = :status::text, attempts = attempts + :attempts_more, turns = turns + :turns_more,
    ended_at = CASE WHEN :status::text IN ('delivered', 'failed') THEN :at::timestamptz END
WHERE org_id = :org_id AND endpoint_id = :endpoint_id AND event_seq = :event_seq
    AND turns = :turn
    AND (status = 'due' OR status = 'failed' AND attempts <= :attempts_max);

-- name: record_webhook_health
-- Whether the endpoint answers, and when it is not called any more.
UPDATE webhook_endpoint
SET failing_since = :failing_since, disabled_at = :disabled_at, disabled_reason = :disabled_reason
WHERE org_id = :org_id AND endpoint_id = :endpoint_id;

-- name: restart_webhooks
-- What waits has all its attempts again.
UPDATE webhook_delivery SET attempts = 0
WHERE org_id = :org_id AND endpoint_id = :endpoint_id AND status = 'waiting' AND attempts > 0;

-- name: send_webhooks_again
-- Makes what was delivered or given up wait for another turn: one event, or those of some time.
UPDATE webhook_delivery d
SET status = 'waiting', attempts = 0, ended_at = NULL
FROM (
    SELECT event_seq FROM webhook_delivery
    WHERE org_id = :org_id AND endpoint_id = :endpoint_id AND status IN ('delivered', 'failed')
        AND (:event_seq::bigint IS NULL OR event_seq = :event_seq)
        AND (:since::timestamptz IS NULL OR created_at >= :since)
        AND (:until::timestamptz IS NULL OR created_at < :until)
        AND (NOT :only_failed::boolean OR status = 'failed')
    ORDER BY event_seq
    LIMIT :rows_max
) AS chosen
WHERE d.org_id = :org_id AND d.endpoint_id = :endpoint_id AND d.event_seq = chosen.event_seq;

-- name: webhook_deliveries
-- The deliveries of an endpoint, the newest first, from a position on.
SELECT event_seq, kind, subject, status, attempts, created_at, ended_at
FROM webhook_delivery
WHERE org_id = :org_id AND endpoint_id = :endpoint_id AND (:before::bigint IS NULL OR event_seq < :before)
    AND (:status::text IS NULL OR status = :status)
ORDER BY event_seq DESC
LIMIT :limit;

-- name: webhook_attempts
-- The attempts of these deliveries, the oldest first.
SELECT event_seq, at, seconds, status_code, answer
FROM webhook_attempt
WHERE org_id = :org_id AND endpoint_id = :endpoint_id AND event_seq = ANY (:event_seqs::bigint[])
ORDER BY event_seq, at;

-- name: prune_webhook_deliveries
-- Deletes what ended long ago, the oldest first.
-- Scope: every organisation. The worker works for all.
DELETE FROM webhook_delivery
WHERE (org_id, endpoint_id, event_seq) IN (
    SELECT org_id, endpoint_id, event_seq FROM webhook_delivery
    WHERE status IN ('delivered', 'failed') AND ended_at < now() - :age::interval
    ORDER BY ended_at
    LIMIT :rows_max);

-- name: count_webhook_endpoints
-- How many endpoints an organisation has.
SELECT count(*) FROM webhook_endpoint WHERE org_id = :org_id;

-- name: sealed_webhook_secrets
-- What is sealed of the secrets of endpoints, one page after an id.
-- Scope: every organisation. The key is the installation's.
SELECT endpoint_id AS id, secret AS sealed FROM webhook_endpoint
WHERE endpoint_id > :after_id
ORDER BY endpoint_id FETCH FIRST :rows_max ROWS WITH TIES;

-- name: reseal_webhook_secret
-- The same of the secrets of endpoints sealed by another key, unless it was replaced meanwhile.
-- Scope: every organisation. The key is the installation's.
UPDATE webhook_endpoint SET secret = :sealed
WHERE endpoint_id = :id AND secret = :before;

-- name: sealed_former_webhook_secrets
-- What is sealed of the former secrets of endpoints, one page after an id.
-- Scope: every organisation. The key is the installation's.
SELECT endpoint_id AS id, previous_secret AS sealed FROM webhook_endpoint
WHERE endpoint_id > :after_id AND previous_secret IS NOT NULL
ORDER BY endpoint_id FETCH FIRST :rows_max ROWS WITH TIES;

-- name: reseal_former_webhook_secret
-- The same of the former secrets of endpoints sealed by another key, unless it was replaced meanwhile.
-- Scope: every organisation. The key is the installation's.
UPDATE webhook_endpoint SET previous_secret = :sealed
WHERE endpoint_id = :id AND previous_secret = :before;
