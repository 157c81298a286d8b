-- name: dead_letters
-- Dead letters of all organisations, of one kind or of all, the newest first.
-- Scope: every organisation. The operator sees those of all.
SELECT org_id, key, kind, subject, attempts, last_error, history, created_at, correlation_id
FROM effect
WHERE status = 'dead' AND (:kind::text IS NULL OR kind = :kind)
ORDER BY created_at DESC, org_id, key
LIMIT :effects_max;

-- name: dead_letters_of
-- Dead letters of one organisation, of one kind or of all, the newest first.
SELECT org_id, key, kind, subject, attempts, last_error, history, created_at, correlation_id
FROM effect
WHERE org_id = :org_id AND status = 'dead' AND (:kind::text IS NULL OR kind = :kind)
ORDER BY created_at DESC, key
LIMIT :effects_max;

-- name: dead_letter
-- One dead letter.
SELECT org_id, key, kind, subject, attempts, last_error, history, created_at, correlation_id
FROM effect
WHERE org_id = :org_id AND key = :key AND status = 'dead';

-- name: count_dead_letters
-- How many dead letters each organisation has of each kind.
-- Scope: every organisation. The operator sees those of all.
SELECT org_id, kind, count(*) AS dead
FROM effect
WHERE status = 'dead' AND (:kind::text IS NULL OR kind = :kind)
GROUP BY org_id, kind
ORDER BY org_id, kind;

-- name: count_selected_dead_letters
-- How many dead letters of a selection an organisation has of each kind.
SELECT org_id, kind, count(*) AS dead
FROM effect
WHERE org_id = :org_id AND status = 'dead'
    AND (:keys::text[] IS NULL OR key = ANY (:keys)) AND (:kind::text IS NULL OR kind = :kind)
GROUP BY org_id, kind
ORDER BY kind;

-- name: retry_dead_letters
-- Makes dead letters due with all attempts of their kind again, the oldest first and one :pause after the
-- other, behind :after that were made due before. What somebody else ends at this moment is left to them.
WITH chosen AS (
    SELECT org_id, key
    FROM effect
    WHERE org_id = :org_id AND status = 'dead'
        AND (:keys::text[] IS NULL OR key = ANY (:keys)) AND (:kind::text IS NULL OR kind = :kind)
    ORDER BY created_at, key
    LIMIT :effects_max
    FOR UPDATE SKIP LOCKED
), placed AS (
    SELECT org_id, key, :after::integer + row_number() OVER () - 1 AS place FROM chosen
)
UPDATE effect
SET status = 'due', attempts_forgiven = effect.attempts,
    due_at = now() + placed.place * :pause::interval
FROM placed
WHERE effect.org_id = placed.org_id AND effect.key = placed.key
RETURNING effect.key, effect.kind;

-- name: discard_dead_letters
-- Ends dead letters without an attempt, the oldest first; they are pruned like completed effects.
WITH chosen AS (
    SELECT org_id, key
    FROM effect
    WHERE org_id = :org_id AND status = 'dead'
        AND (:keys::text[] IS NULL OR key = ANY (:keys)) AND (:kind::text IS NULL OR kind = :kind)
    ORDER BY created_at, key
    LIMIT :effects_max
    FOR UPDATE SKIP LOCKED
)
UPDATE effect
SET status = 'discarded', ended_at = now()
FROM chosen
WHERE effect.org_id = chosen.org_id AND effect.key = chosen.key
RETURNING effect.key, effect.kind;

-- name: replace_dead_letter
-- Ends a dead letter whose work a new effect does.
UPDATE effect
SET status = 'discarded', ended_at = now()
WHERE org_id = :org_id AND key = :key AND status = 'dead';

-- name: set_aside_event
-- A dead letter of an event that a subscriber could not apply.
INSERT INTO effect (org_id, key, kind, subject, payload, status, due_at, attempts, last_error, history,
    correlation_id, created_at)
VALUES (:org_id, :key, :kind, :subject, :payload, 'dead', now(), 1, :error,
    jsonb_build_array(jsonb_build_object('attempt', 1, 'at', now(), 'error', left(:error, 300))),
    :correlation_id, now())
ON CONFLICT DO NOTHING;
