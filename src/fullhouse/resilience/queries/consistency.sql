-- name: add_inconsistency
-- A record that breaks a rule; none while it is known already.
INSERT INTO inconsistency (org_id, inconsistency_id, rule, subject, message, found_at)
VALUES (:org_id, :inconsistency_id, :rule, :subject, :message, :at)
ON CONFLICT (org_id, rule, subject) WHERE ended_at IS NULL DO NOTHING;

-- name: open_inconsistencies
-- What is known to break these rules, of all organisations.
-- Scope: every organisation. The check is of the whole installation.
SELECT org_id, inconsistency_id, rule, subject, message, found_at, outcome, ended_at, reason, repair
FROM inconsistency
WHERE ended_at IS NULL AND rule = ANY (:rules::text[])
ORDER BY found_at, inconsistency_id
LIMIT :rows_max;

-- name: inconsistencies
-- What was found of one organisation, the newest first.
SELECT org_id, inconsistency_id, rule, subject, message, found_at, outcome, ended_at, reason, repair
FROM inconsistency
WHERE org_id = :org_id AND (NOT :only_open::boolean OR ended_at IS NULL)
ORDER BY found_at DESC, inconsistency_id DESC
LIMIT :rows_max;

-- name: inconsistency
-- One that was found.
SELECT org_id, inconsistency_id, rule, subject, message, found_at, outcome, ended_at, reason, repair
FROM inconsistency
WHERE org_id = :org_id AND inconsistency_id = :inconsistency_id;

-- name: lock_inconsistency
-- One that was found, locked: it is repaired, undone and released by one at a time.
SELECT org_id, inconsistency_id, rule, subject, message, found_at, outcome, ended_at, reason, repair
FROM inconsistency
WHERE org_id = :org_id AND inconsistency_id = :inconsistency_id
FOR UPDATE;

-- name: settle_inconsistency
-- What became of it; no row unless it is in the state that the change is made from.
UPDATE inconsistency
SET outcome = :outcome::text, reason = :reason, repair = coalesce(:repair::jsonb, repair),
    ended_at = CASE WHEN :outcome::text NOT IN ('open', 'released') THEN :at::timestamptz END
WHERE org_id = :org_id AND inconsistency_id = :inconsistency_id AND outcome = :before::text;

-- name: is_still_broken
-- Whether this record is open by another rule.
SELECT EXISTS (
    SELECT FROM inconsistency
    WHERE org_id = :org_id AND subject = :subject AND rule = ANY (:rules::text[])
        AND outcome = 'open' AND ended_at IS NULL);

-- name: find_inconsistency
-- One that was found, of whichever organisation.
-- Scope: every organisation. The operator repairs those of all.
SELECT org_id, inconsistency_id, rule, subject, message, found_at, outcome, ended_at, reason, repair
FROM inconsistency
WHERE inconsistency_id = :inconsistency_id;

-- name: troubles
-- How many records of an organisation contradict each other, and how many of its jobs failed for good.
SELECT (
    SELECT count(*) FROM inconsistency
    WHERE org_id = :org_id AND ended_at IS NULL AND outcome = 'open'
) AS inconsistent, (
    SELECT count(*) FROM effect WHERE org_id = :org_id AND status = 'dead'
) AS failed_jobs;
