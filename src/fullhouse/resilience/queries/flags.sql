-- name: flags
-- All flags that were ever set, and for how long the present step has lasted.
-- Scope: installation. All its processes follow the same flags.
SELECT
    name, generation, rollout, percent, is_rolling, step_tried, reason,
    extract(epoch FROM clock_timestamp() - step_since)::float8 AS step_seconds
FROM feature_flag
ORDER BY name
LIMIT :rows_max;

-- name: change_flag
-- Changes a flag that is still of the generation that was seen.
-- Scope: installation. All its processes follow the same flags.
INSERT INTO feature_flag AS f (name, generation, rollout, percent, is_rolling, step_tried, reason)
SELECT :name, :generation::bigint + 1, :rollout, :percent, :is_rolling, :step_tried, :reason
ON CONFLICT (name) DO UPDATE
SET generation = excluded.generation, rollout = excluded.rollout, percent = excluded.percent,
    is_rolling = excluded.is_rolling, step_since = excluded.step_since,
    step_tried = excluded.step_tried, reason = excluded.reason, changed_at = excluded.changed_at
WHERE f.generation = :generation::bigint;

-- name: flag_outcomes
-- What became of what was done with and without a feature, in the latest rollout of each flag.
-- Scope: installation. Outcomes are counts, of nobody in particular.
SELECT o.name, o.has_feature, o.succeeded, o.failed
FROM feature_flag_outcome AS o
JOIN feature_flag AS f ON f.name = o.name AND f.rollout = o.rollout
ORDER BY o.name, o.has_feature
LIMIT :rows_max;

-- name: add_flag_outcomes
-- Adds what a process has counted.
-- Scope: installation. Outcomes are counts, of nobody in particular.
INSERT INTO feature_flag_outcome AS o (name, rollout, has_feature, succeeded, failed)
SELECT * FROM unnest(
    :names::text[], :rollouts::bigint[], :with_feature::boolean[], :succeeded::bigint[], :failed::bigint[]
)
ON CONFLICT (name, rollout, has_feature) DO UPDATE
SET succeeded = o.succeeded + excluded.succeeded, failed = o.failed + excluded.failed;

-- name: forget_flag_outcomes
-- Deletes what was counted in earlier rollouts of a flag.
-- Scope: installation. Outcomes are counts, of nobody in particular.
DELETE FROM feature_flag_outcome
WHERE name = :name AND rollout < :rollout;
