-- name: dead_letters
-- Dead letters of all organisations, of one kind or of all, the newest first.
-- Scope: every organisation. The operator sees those of all.
SELECT org_id, key, kind, subject, payload, attempts, last_error, history, created_at,
    correlation_id
FROM effect
WHERE status = 'dead' AND (:kind::text IS NULL OR kind = :kind)
ORDER BY created_at DESC, org_id, key
LIMIT :effects_max;

-- name: retry_dead_letter
-- Makes a dead letter due, with all attempts of its kind again; workers are notified.
UPDATE effect
SET status = 'due', due_at = now(), attempts_forgiven = attempts
WHERE org_id = :org_id AND key = :key AND status = 'dead'
RETURNING pg_notify('fullhouse_effects', '');

-- name: discard_dead_letter
-- Ends a dead letter without an attempt; it is pruned like a completed effect.
UPDATE effect
SET status = 'discarded', ended_at = now()
WHERE org_id = :org_id AND key = :key AND status = 'dead';
