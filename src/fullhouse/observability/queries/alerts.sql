-- name: lease_alert_watch
-- Makes a process the one that watches for alerts, or keeps it so; no row while another is.
-- Scope: installation. Alerts belong to no organisation.
INSERT INTO alert_watcher AS w (process, until)
VALUES (:process, clock_timestamp() + make_interval(secs => :seconds::float8))
ON CONFLICT (is_only) DO UPDATE SET process = excluded.process, until = excluded.until
WHERE w.process = excluded.process OR w.until < clock_timestamp()
RETURNING w.process;

-- name: end_alert_watch
-- Lets another process watch at once.
-- Scope: installation. Alerts belong to no organisation.
DELETE FROM alert_watcher WHERE process = :process;

-- name: troubles_of_installation
-- What stands in rows that somebody has to look at.
-- Scope: every organisation. The installation has one queue.
SELECT
    (SELECT count(*) FROM effect WHERE status = 'dead')::integer AS dead_letters,
    (SELECT count(*) FROM inconsistency WHERE ended_at IS NULL AND outcome = 'open')::integer
        AS inconsistencies,
    greatest(0, coalesce(extract(epoch FROM now() - (
        SELECT min(due_at) FROM effect WHERE status IN ('due', 'leased') AND due_at < now()
    )), 0))::float8 AS oldest_due_seconds,
    -- Jobs that recur end every few seconds while a worker lives; NULL where none ever has
    (SELECT extract(epoch FROM now() - max(ended_at)) FROM recurring_job)::float8
        AS worker_silent_seconds,
    coalesce((SELECT jsonb_object_agg(name, extract(epoch FROM now() - changed_at)) FROM circuit
        WHERE is_open AND name NOT LIKE '%:%'), '{}') AS open_circuits,
    -- Since bookings were last refused by choice: 0 while they are, NULL for never
    (SELECT CASE
        WHEN mode IN ('read-only', 'maintenance') AND coalesce(ends_at > now(), true) THEN 0
        ELSE extract(epoch FROM now() - CASE WHEN ends_at < now() THEN ends_at ELSE changed_at END)
    END FROM operating_mode)::float8 AS mode_seconds;

-- name: open_alerts
-- The alerts that are not over, and those that ended without anybody having been told.
-- Scope: installation. Alerts belong to no organisation.
SELECT alert_id, rule, subject, severity, summary, fired_at, notified_at, reminded_at,
    acknowledged_at, acknowledged_by, resolved_at, escalated, note,
    noted_by
FROM alert
WHERE resolved_at IS NULL
UNION ALL
SELECT alert_id, rule, subject, severity, summary, fired_at, notified_at, reminded_at,
    acknowledged_at, acknowledged_by, resolved_at, escalated, note,
    noted_by
FROM alert
WHERE resolved_at IS NOT NULL AND ended_notified_at IS NULL
ORDER BY fired_at, alert_id;

-- name: fire_alert
-- Stores an alert, unless there is one of the rule and subject that is not over.
-- Scope: installation. Alerts belong to no organisation.
INSERT INTO alert (
    alert_id, rule, subject, severity, summary, fired_at, notified_at, reminded_at,
    escalated
)
VALUES (
    :alert_id, :rule, :subject, :severity, :summary, :fired_at, :notified_at, :reminded_at,
    :escalated
)
ON CONFLICT (rule, subject) WHERE resolved_at IS NULL DO NOTHING;

-- name: change_alert
-- What is true of an alert now: its severity and its sentence.
-- Scope: installation. Alerts belong to no organisation.
UPDATE alert
SET severity = :severity, summary = :summary,
    -- People are told again of what has become worse
    notified_at = CASE WHEN severity = 'warning' AND :severity = 'critical' THEN NULL
        ELSE notified_at END
WHERE alert_id = :alert_id AND resolved_at IS NULL;

-- name: resolve_alert
-- An alert is over; nobody is told of the end of what nobody was told of.
-- Scope: installation. Alerts belong to no organisation.
UPDATE alert
SET resolved_at = :now, ended_notified_at = CASE WHEN notified_at IS NULL THEN :now::timestamptz END
WHERE alert_id = :alert_id AND resolved_at IS NULL;

-- name: alerts_notified
-- People were told of alerts: that they began, that they go on, or that they are over.
-- Scope: installation. Alerts belong to no organisation.
UPDATE alert
SET notified_at = coalesce(notified_at, :now),
    reminded_at = CASE WHEN resolved_at IS NULL THEN :now::timestamptz ELSE reminded_at END,
    ended_notified_at = CASE WHEN resolved_at IS NOT NULL THEN :now::timestamptz END
WHERE alert_id = ANY (:alert_ids::uuid []);

-- name: alerts_escalated
-- Those of a step were told of alerts that nobody acknowledges.
-- Scope: installation. Alerts belong to no organisation.
UPDATE alert SET escalated = greatest(escalated, :step)
WHERE alert_id = ANY (:alert_ids::uuid []);

-- name: acknowledge_alerts
-- Somebody looks at the open alerts of a rule; nobody is reminded of them any more.
-- Scope: installation. Alerts belong to no organisation.
UPDATE alert SET acknowledged_at = :now, acknowledged_by = :by
WHERE rule = :rule AND resolved_at IS NULL AND acknowledged_at IS NULL;

-- name: note_alert
-- Somebody says what mended what an alert was about.
-- Scope: installation. Alerts belong to no organisation.
UPDATE alert SET note = :note, noted_by = :by WHERE alert_id = :alert_id;

-- name: silence_alerts
-- Nobody is told of alerts of a rule until then.
-- Scope: installation. Alerts belong to no organisation.
INSERT INTO alert_silence (rule, until, reason, silenced_by)
VALUES (:rule, :until, :reason, :by)
ON CONFLICT (rule) DO UPDATE
SET until = excluded.until, reason = excluded.reason, silenced_by = excluded.silenced_by;

-- name: end_silence
-- People are told of alerts of a rule again.
-- Scope: installation. Alerts belong to no organisation.
DELETE FROM alert_silence WHERE rule = :rule;

-- name: silences
-- The rules that nobody is told of now.
-- Scope: installation. Alerts belong to no organisation.
SELECT rule, until, reason, silenced_by FROM alert_silence WHERE until > :now ORDER BY rule;

-- name: recent_alerts
-- The latest alerts, over or not, the newest first.
-- Scope: installation. Alerts belong to no organisation.
SELECT alert_id, rule, subject, severity, summary, fired_at, notified_at, reminded_at,
    acknowledged_at, acknowledged_by, resolved_at, escalated, note,
    noted_by
FROM alert
ORDER BY fired_at DESC, alert_id
LIMIT :rows_max;

-- name: prune_alerts
-- Forgets alerts that were over long ago.
-- Scope: installation. Alerts belong to no organisation.
DELETE FROM alert WHERE fired_at < :before AND resolved_at < :before;
