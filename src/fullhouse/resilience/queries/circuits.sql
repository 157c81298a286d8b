-- name: change_circuit
-- Changes a circuit that is still of the generation that was seen; no row when it is not.
-- Scope: installation. A service is called for all organisations.
WITH before AS (
    -- Always one row, so that it is read before the change
    SELECT (SELECT is_open FROM circuit WHERE name = :name) AS is_open
)
INSERT INTO circuit AS c (name, generation, is_open, held_until, reason)
SELECT :name, :generation::bigint + 1, :is_open::boolean,
    clock_timestamp() + make_interval(secs => :hold_seconds::float8), :reason::text
FROM before
ON CONFLICT (name) DO UPDATE
SET generation = excluded.generation, is_open = excluded.is_open, held_until = excluded.held_until,
    reason = excluded.reason,
    -- Since when it is open: a probe that fails opens nothing anew
    changed_at = CASE WHEN c.is_open = excluded.is_open THEN c.changed_at
        ELSE excluded.changed_at END
WHERE c.generation = :generation::bigint
RETURNING generation, coalesce((SELECT is_open FROM before), false) AS was_open;

-- name: circuits
-- All circuits that were ever changed, with the seconds for which their state still holds.
-- Scope: installation. A service is called for all organisations.
SELECT
    name, generation, is_open,
    greatest(0, extract(epoch FROM held_until - clock_timestamp()))::float8 AS hold_seconds,
    reason
FROM circuit
ORDER BY name
LIMIT :circuits_max;
