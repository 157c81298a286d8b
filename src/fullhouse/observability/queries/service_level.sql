-- name: watched_since
-- The first hour of which a gauge is known; NULL for none.
-- Scope: installation. What is measured belongs to no organisation.
SELECT min(starts_at)
FROM gauge
WHERE name = :name AND subject = '' AND period_seconds = :period_seconds::int;

-- name: watched_hours
-- In how many minutes of each hour of a span a gauge was seen.
-- Scope: installation. What is measured belongs to no organisation.
SELECT starts_at, observed
FROM gauge
WHERE name = :name AND subject = '' AND period_seconds = :period_seconds::int
    AND starts_at >= :since::timestamptz AND starts_at < :until::timestamptz
ORDER BY starts_at;

-- name: alerts_between
-- The alerts that fired in a span, but for those that began three months before it.
-- Scope: installation. Alerts belong to no organisation.
SELECT alert_id, rule, subject, severity, summary, fired_at, notified_at, reminded_at,
    acknowledged_at, acknowledged_by, resolved_at, escalated, note,
    noted_by
FROM alert
WHERE fired_at >= :since::timestamptz - interval '90 days' AND fired_at < :until::timestamptz
    AND (resolved_at IS NULL OR resolved_at > :since)
ORDER BY fired_at, alert_id
LIMIT :rows_max;
