-- name: trim_effects
-- Forgets effects that came about long ago; one that failed stays until somebody has looked at it.
DELETE FROM effect
WHERE (org_id, key) IN (
    SELECT org_id, key FROM effect
    WHERE status = 'settled' AND settled_at < now() - :age::interval
    ORDER BY settled_at
    LIMIT :rows_max);

-- name: trim_ended_jobs
-- Forgets jobs that pgqueuer held because they failed for good: their effects say the same and more.
DELETE FROM pgqueuer
WHERE id IN (
    SELECT id FROM pgqueuer
    WHERE status NOT IN ('queued', 'picked') AND updated < now() - :age::interval
    ORDER BY updated
    LIMIT :rows_max);

-- name: trim_job_log
-- Forgets what pgqueuer noted of jobs long ago.
DELETE FROM pgqueuer_log
WHERE id IN (
    SELECT id FROM pgqueuer_log
    WHERE created < now() - :age::interval
    ORDER BY created
    LIMIT :rows_max);
