-- name: connections
-- How many connections the server has, and how many it takes.
-- Scope: installation. All connections are counted, whosever they are.
SELECT
    (SELECT sum(numbackends)::integer FROM pg_stat_database) AS connections,
    current_setting('max_connections')::integer AS connections_max;

-- name: notifications
-- What became of the latest jobs of some kinds, and what waits; at most :rows_max of each are counted.
-- Scope: every organisation. The installation has one queue.
WITH succeeded AS (
    SELECT extract(epoch FROM ended_at - created_at)::float8 AS seconds
    FROM effect
    WHERE status IN ('completed', 'discarded') AND ended_at > now() - :age::interval
        AND status = 'completed' AND kind = ANY (:kinds)
    ORDER BY ended_at DESC
    LIMIT :rows_max
), waiting AS (
    SELECT attempts, due_at
    FROM effect
    WHERE status = 'due' AND kind = ANY (:kinds) AND due_at < now() + :age::interval
    ORDER BY due_at
    LIMIT :rows_max
)
SELECT
    (SELECT count(*) FROM succeeded)::integer AS succeeded,
    (SELECT count(*) FROM waiting WHERE attempts > 0)::integer AS retried,
    (SELECT count(*) FROM effect WHERE status = 'dead' AND kind = ANY (:kinds))::integer AS failed,
    coalesce((SELECT percentile_disc(0.95) WITHIN GROUP (ORDER BY seconds) FROM succeeded), 0)
        ::float8 AS seconds_p95,
    greatest(0, coalesce((SELECT extract(epoch FROM now() - min(due_at)) FROM waiting), 0))
        ::float8 AS waiting_seconds;

-- name: jobs_due
-- How many jobs are due; at most :rows_max are counted.
-- Scope: every organisation. The installation has one queue.
SELECT count(*)::integer
FROM (SELECT FROM effect WHERE status = 'due' AND due_at < now() LIMIT :rows_max) AS due;
