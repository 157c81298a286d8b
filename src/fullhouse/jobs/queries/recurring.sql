-- name: enrol_recurring
-- A row for each recurring job; one that a new version runs more often becomes due sooner.
-- Scope: every organisation. The worker works for all.
INSERT INTO recurring_job (name, due_at)
SELECT job.name, date_bin(job.every, now(), 'epoch'::timestamptz + job.shift) + job.every
FROM unnest(:names::text[], :everies::interval[], :shifts::interval[]) AS job (name, every, shift)
ON CONFLICT (name) DO UPDATE
SET due_at = least(recurring_job.due_at, excluded.due_at);

-- name: lease_recurring
-- Leases recurring jobs that are due and that no living worker runs.
-- Scope: every organisation. The worker works for all.
UPDATE recurring_job
SET attempts = attempts + 1, lease_until = now() + :lease::interval
WHERE name = ANY (:names::text[]) AND due_at <= now()
    AND (lease_until IS NULL OR lease_until <= now())
RETURNING name, attempts AS attempt;

-- name: renew_recurring
-- The run goes on: its lease is extended.
-- Scope: every organisation. The worker works for all.
UPDATE recurring_job
SET lease_until = now() + :lease::interval
WHERE name = :name AND attempts = :attempt;

-- name: finish_recurring
-- The run has ended; the next is due at the next multiple of the interval. Missed ones are skipped.
-- Scope: every organisation. The worker works for all.
UPDATE recurring_job
SET lease_until = NULL, ended_at = now(),
    due_at = date_bin(:every::interval, now(), 'epoch'::timestamptz + :shift::interval)
        + :every::interval
WHERE name = :name AND attempts = :attempt;
