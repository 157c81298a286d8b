-- name: observe_gauges
-- Adds what was seen at a time to the rows of its minute, its ten minutes and its hour.
-- Scope: installation. What is measured belongs to no organisation.
INSERT INTO gauge AS g (name, subject, period_seconds, starts_at, observed, total, least, most)
SELECT
    given.name, given.subject, period.seconds,
    date_bin(make_interval(secs => period.seconds), :at::timestamptz, '2000-01-01Z'),
    1, given.value, given.value, given.value
FROM unnest(:names::text [], :subjects::text [], :values::float8 [])
    AS given (name, subject, value)
CROSS JOIN (VALUES (60), (600), (3600)) AS period (seconds)
ON CONFLICT (name, subject, period_seconds, starts_at) DO UPDATE SET
    observed = g.observed + 1, total = g.total + excluded.total,
    least = least(g.least, excluded.least), most = greatest(g.most, excluded.most);

-- name: gauge_values
-- What was seen of a gauge in each period of a span.
-- Scope: installation. What is measured belongs to no organisation.
SELECT subject, starts_at, total / observed AS mean, least, most
FROM gauge
WHERE name = :name AND period_seconds = :period_seconds::int
    AND starts_at >= :since::timestamptz AND starts_at < :until::timestamptz
ORDER BY subject, starts_at;

-- name: own_network_address
-- Where the database sees this process; null on a socket.
-- Scope: installation. It reads no table.
SELECT host(inet_client_addr());

-- name: prune_gauges
-- Forgets rows of a period that are kept long enough.
-- Scope: installation. What is measured belongs to no organisation.
DELETE FROM gauge
WHERE ctid = ANY (ARRAY(
    SELECT ctid
    FROM gauge
    WHERE period_seconds = :period_seconds::int AND starts_at < :before::timestamptz
    ORDER BY starts_at
    LIMIT :rows_max
));
