-- name: enqueue
-- Effects with their jobs, one statement for the whole set; a key that is known is left as it is.
-- pgqueuer's own log of queued jobs is not written: the effect row says the same and more.
WITH fresh AS (
    INSERT INTO effect (org_id, key, kind, subject, status, due_at, correlation_id, created_at)
    SELECT asked.org_id, asked.key, asked.kind, asked.subject, 'due',
        coalesce(asked.due_at, now()), asked.correlation_id, now()
    FROM unnest(
        :org_ids::uuid[], :keys::text[], :kinds::text[], :subjects::uuid[],
        :correlation_ids::uuid[], :due::timestamptz[]
    ) AS asked (org_id, key, kind, subject, correlation_id, due_at)
    ON CONFLICT DO NOTHING
    RETURNING org_id, key, kind, due_at
)
INSERT INTO pgqueuer (priority, entrypoint, dedupe_key, payload, execute_after, status)
SELECT 0, fresh.kind, fresh.org_id || '/' || fresh.key,
    convert_to(fresh.org_id || '/' || fresh.key, 'UTF8'), greatest(fresh.due_at, now()), 'queued'
FROM fresh
ON CONFLICT DO NOTHING;

-- name: claim
-- Takes effects for one attempt each, until their leases end; no row for one that is not to be had.
UPDATE effect
SET status = 'claimed', attempts = attempts + 1, claimed_until = now() + wanted.lease
FROM unnest(:org_ids::uuid[], :keys::text[], :leases::interval[]) AS wanted (org_id, key, lease)
WHERE effect.org_id = wanted.org_id AND effect.key = wanted.key AND (
    (effect.status = 'due' AND effect.due_at <= now())
    OR (effect.status = 'claimed' AND effect.claimed_until <= now()))
RETURNING effect.org_id, effect.key, effect.kind, effect.subject, effect.correlation_id,
    effect.attempts;

-- name: effect_state
-- Where an effect stands that could not be claimed, and when to ask again.
SELECT status, greatest(0, extract(epoch FROM
    CASE status WHEN 'claimed' THEN claimed_until ELSE due_at END - now()))::float8 AS wait_seconds
FROM effect
WHERE org_id = :org_id AND key = :key;

-- name: settle
-- Effects have come about, each by the attempt that holds its claim.
UPDATE effect
SET status = 'settled', settled_at = now(), claimed_until = NULL, last_error = ''
FROM unnest(:org_ids::uuid[], :keys::text[], :attempts::integer[]) AS done (org_id, key, attempts)
WHERE effect.org_id = done.org_id AND effect.key = done.key
    AND effect.status = 'claimed' AND effect.attempts = done.attempts
RETURNING effect.org_id, effect.key, effect.attempts;

-- name: postpone
-- The attempt that holds the claim failed; the effect is due again later.
UPDATE effect
SET status = 'due', due_at = now() + :delay::interval, claimed_until = NULL, last_error = :error
WHERE org_id = :org_id AND key = :key AND status = 'claimed' AND attempts = :attempts;

-- name: give_up
-- The attempt that holds the claim was the last one.
UPDATE effect
SET status = 'failed', claimed_until = NULL, last_error = :error
WHERE org_id = :org_id AND key = :key AND status = 'claimed' AND attempts = :attempts;

-- name: try_again
-- Somebody wants a failed effect tried again; the sweeper finds it due and without a job.
UPDATE effect
SET status = 'due', due_at = now(), attempts = 0
WHERE org_id = :org_id AND key = :key AND status = 'failed';

-- name: failed_effects
-- What was given up in all organisations, the newest first.
SELECT org_id, key, kind, subject, attempts, last_error, created_at, correlation_id
FROM effect
WHERE status = 'failed'
ORDER BY created_at DESC, org_id, key
LIMIT :effects_max;

-- name: sweep
-- A job for every effect that is due, or whose claim has lapsed, and has no live job.
INSERT INTO pgqueuer (priority, entrypoint, dedupe_key, payload, status)
SELECT 0, effect.kind, effect.org_id || '/' || effect.key,
    convert_to(effect.org_id || '/' || effect.key, 'UTF8'), 'queued'
FROM effect
WHERE effect.status IN ('due', 'claimed')
    AND effect.due_at <= now()
    AND (effect.status = 'due' OR effect.claimed_until <= now())
    AND NOT EXISTS (
        SELECT FROM pgqueuer AS job
        WHERE job.dedupe_key = effect.org_id || '/' || effect.key
            AND job.status IN ('queued', 'picked'))
ORDER BY effect.due_at
LIMIT :effects_max
ON CONFLICT DO NOTHING;

-- name: effects_by_kind
-- How many effects of each kind wait, how long the oldest has been due, and how many failed.
SELECT kind, sum(waiting)::bigint AS waiting, max(oldest_seconds)::float8 AS oldest_seconds,
    sum(failed)::bigint AS failed
FROM (
    SELECT kind, count(*) AS waiting, extract(epoch FROM now() - min(due_at)) AS oldest_seconds,
        0 AS failed
    FROM effect
    WHERE status IN ('due', 'claimed') AND due_at <= now()
    GROUP BY kind
    UNION ALL
    SELECT kind, 0, 0, count(*)
    FROM effect
    WHERE status = 'failed'
    GROUP BY kind
) AS counted
GROUP BY kind;
