-- What somebody was told of, or has to be: see observability.alert_watch

CREATE TABLE alert (
    alert_id uuid PRIMARY KEY,
    rule text NOT NULL,
    -- Which of several: the name of a service; empty where there is one
    subject text NOT NULL,
    severity text NOT NULL CONSTRAINT alert_severity_known CHECK (severity IN ('warning', 'critical')),
    summary text NOT NULL,
    fired_at timestamptz NOT NULL,
    -- When people were told: first, again, and that it is over; NULL until a channel took it
    notified_at timestamptz,
    reminded_at timestamptz,
    ended_notified_at timestamptz,
    acknowledged_at timestamptz,
    acknowledged_by text NOT NULL DEFAULT '',
    resolved_at timestamptz
);
-- Of two processes that see the same one tells
CREATE UNIQUE INDEX alert_open ON alert (rule, subject) WHERE resolved_at IS NULL;
CREATE INDEX alert_ended_untold ON alert (resolved_at)
    WHERE resolved_at IS NOT NULL AND ended_notified_at IS NULL;
CREATE INDEX alert_recent ON alert (fired_at DESC);

CREATE TABLE alert_silence (
    rule text PRIMARY KEY,
    until timestamptz NOT NULL,
    reason text NOT NULL,
    silenced_by text NOT NULL
);

-- The process that watches; another takes over when it is not heard of
CREATE TABLE alert_watcher (
    is_only boolean PRIMARY KEY DEFAULT true CHECK (is_only),
    process uuid NOT NULL,
    until timestamptz NOT NULL
);
