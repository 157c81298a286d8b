-- name: series_ids
-- The ids of combinations of label values, made at their first measurement.
-- Scope: installation. What is measured belongs to no organisation.
INSERT INTO measured_series AS s (metric, labels)
SELECT given.metric, given.labels
FROM unnest(:metrics::text [], :labels::text []) AS given (metric, labels)
ON CONFLICT (metric, labels) DO UPDATE SET metric = excluded.metric
RETURNING s.series_id, s.metric, s.labels;

-- name: add_measurements
-- What one process has measured in a period. Buckets and counts are arrays written as text.
-- Scope: installation. What is measured belongs to no organisation.
INSERT INTO measurement (series_id, period_seconds, starts_at, seconds, buckets, counts)
SELECT
    given.series_id, :period_seconds::int, :starts_at::timestamptz,
    given.seconds, given.buckets::smallint [], given.counts::bigint []
FROM unnest(:series_ids::int [], :seconds::float8 [], :buckets::text [], :counts::text [])
    AS given (series_id, seconds, buckets, counts);

-- name: merge_measurements
-- Adds rows of ended periods up into rows of the next longer period; the number of rows it took.
-- Scope: installation. What is measured belongs to no organisation.
WITH taken AS (
    UPDATE measurement
    SET is_merged = true
    WHERE ctid = ANY (ARRAY(
        SELECT ctid
        FROM measurement
        WHERE period_seconds = :from_seconds::int AND NOT is_merged
            AND starts_at < :before::timestamptz
        ORDER BY starts_at
        LIMIT :rows_max
        FOR UPDATE SKIP LOCKED
    ))
    RETURNING series_id, starts_at, seconds, buckets, counts,
        date_bin(make_interval(secs => :to_seconds::int), starts_at, '2000-01-01Z') AS period_at
), total AS (
    SELECT series_id, period_at, sum(seconds) AS seconds
    FROM taken
    GROUP BY series_id, period_at
), counted AS (
    SELECT taken.series_id, taken.period_at, entry.bucket, sum(entry.counted)::bigint AS counted
    FROM taken CROSS JOIN LATERAL unnest(taken.buckets, taken.counts) AS entry (bucket, counted)
    GROUP BY taken.series_id, taken.period_at, entry.bucket
), added AS (
    INSERT INTO measurement (series_id, period_seconds, starts_at, seconds, buckets, counts)
    SELECT
        total.series_id, :to_seconds::int, total.period_at, total.seconds,
        array_agg(counted.bucket ORDER BY counted.bucket),
        array_agg(counted.counted ORDER BY counted.bucket)
    FROM total INNER JOIN counted
        ON total.series_id = counted.series_id AND total.period_at = counted.period_at
    GROUP BY total.series_id, total.period_at, total.seconds
)
SELECT count(*) FROM taken;

-- name: prune_measurements
-- Forgets rows of a period that are kept long enough; those not merged yet stay.
-- Scope: installation. What is measured belongs to no organisation.
DELETE FROM measurement
WHERE ctid = ANY (ARRAY(
    SELECT ctid
    FROM measurement
    WHERE period_seconds = :period_seconds::int AND starts_at < :before::timestamptz
        AND (is_merged OR :is_longest::boolean)
    ORDER BY starts_at
    LIMIT :rows_max
));

-- name: measurements
-- The durations of a metric by label values, all or those with some first value, and step, from rows of a period and shorter ones that
-- are not merged into it yet.
-- Scope: installation. What is measured belongs to no organisation.
WITH measured AS (
    SELECT s.labels, m.starts_at, m.seconds, m.buckets, m.counts
    FROM measured_series AS s CROSS JOIN LATERAL (
        SELECT *
        FROM measurement
        WHERE series_id = s.series_id AND period_seconds = :period_seconds::int
            AND starts_at >= :since::timestamptz AND starts_at < :until::timestamptz
        OFFSET 0
    ) AS m
    WHERE s.metric = :metric
        AND (:first_labels::text [] IS NULL OR (s.labels::json ->> 0) = ANY (:first_labels::text []))
    UNION ALL
    SELECT s.labels, m.starts_at, m.seconds, m.buckets, m.counts
    FROM measured_series AS s INNER JOIN measurement AS m ON s.series_id = m.series_id
    WHERE s.metric = :metric
        AND (:first_labels::text [] IS NULL OR (s.labels::json ->> 0) = ANY (:first_labels::text []))
        AND m.period_seconds < :period_seconds::int AND NOT m.is_merged
        AND m.starts_at >= :since::timestamptz AND m.starts_at < :until::timestamptz
), chosen AS (
    SELECT
        labels, seconds, buckets, counts,
        date_bin(make_interval(secs => :step_seconds::int), starts_at, :since::timestamptz)
            AS step_at
    FROM measured
), total AS (
    SELECT labels, step_at, sum(seconds) AS seconds
    FROM chosen
    GROUP BY labels, step_at
), counted AS (
    SELECT chosen.labels, chosen.step_at, entry.bucket, sum(entry.counted)::bigint AS counted
    FROM chosen CROSS JOIN LATERAL unnest(chosen.buckets, chosen.counts) AS entry (bucket, counted)
    GROUP BY chosen.labels, chosen.step_at, entry.bucket
)
SELECT
    total.labels, total.step_at, total.seconds,
    array_agg(counted.bucket) AS buckets, array_agg(counted.counted) AS counts
FROM total INNER JOIN counted
    ON total.labels = counted.labels AND total.step_at = counted.step_at
GROUP BY total.labels, total.step_at, total.seconds
ORDER BY total.step_at, total.labels;

-- name: measured_counts
-- How often things happened, by metric and label values, but for what has ok for its last label.
-- Scope: installation. What is measured belongs to no organisation.
SELECT s.metric, s.labels, sum(m.counted)::bigint AS counted
FROM measured_series AS s CROSS JOIN LATERAL (
    SELECT (SELECT sum(each) FROM unnest(counts) AS each) AS counted
    FROM measurement
    WHERE series_id = s.series_id AND period_seconds = :period_seconds::int
        AND starts_at >= :since::timestamptz
    OFFSET 0
) AS m
WHERE s.metric = ANY (:metrics::text []) AND s.labels NOT LIKE '%"ok"]'
GROUP BY s.metric, s.labels;

-- name: add_slow_query
-- Takes a slow statement down.
-- Scope: installation. What is measured belongs to no organisation.
INSERT INTO slow_query (query, at, seconds, outcome, plan)
VALUES (:query, :at, :seconds, :outcome, :plan);

-- name: latest_plan_at
-- When the plan of a statement was read last; NULL for never.
-- Scope: installation. What is measured belongs to no organisation.
SELECT max(at) FROM slow_query WHERE query = :query AND plan <> '';

-- name: slow_queries
-- The latest slow statements.
-- Scope: installation. What is measured belongs to no organisation.
SELECT query, at, seconds, outcome, plan
FROM slow_query
ORDER BY at DESC, slow_query_id DESC
LIMIT :rows_max;

-- name: prune_slow_queries
-- Forgets slow statements but for the latest.
-- Scope: installation. What is measured belongs to no organisation.
DELETE FROM slow_query
WHERE slow_query_id <= (
    SELECT slow_query_id FROM slow_query ORDER BY slow_query_id DESC OFFSET :kept LIMIT 1
);
