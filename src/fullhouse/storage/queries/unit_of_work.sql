-- name: append_events
-- Appends the events of a change and notifies the relay and every cache, when the change commits.
WITH appended AS (
    INSERT INTO event (org_id, kind, subject, data, actor, correlation_id, at)
    SELECT :org_id, n.kind, n.subject, n.data, :actor, :correlation_id, :at
    FROM unnest(CAST(:kinds AS text[]), CAST(:subjects AS uuid[]), CAST(:data AS jsonb[]))
        AS n (kind, subject, data)
)
SELECT notify_events(:topics);

-- name: claim_idempotency_key
-- Takes a key that nobody has; a transaction that is using the key is waited for.
INSERT INTO idempotency (org_id, key, fingerprint, command_id, subject, derived, outcome, created_at)
VALUES (:org_id, :key, :fingerprint, :command_id, :org_id, false, '', :at)
ON CONFLICT (org_id, key) DO NOTHING;

-- name: idempotent_answer
-- What the request with this key was answered.
SELECT fingerprint, outcome FROM idempotency WHERE org_id = :org_id AND key = :key;

-- name: store_answer
-- Keeps the answer for a repeat of the request.
UPDATE idempotency SET outcome = :outcome WHERE org_id = :org_id AND key = :key;
