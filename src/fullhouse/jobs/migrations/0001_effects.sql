-- Relay cursors, keyed effects (the job queue) and recurring jobs

CREATE TABLE relay_cursor (
    subscriber text PRIMARY KEY,
    xid xid8 NOT NULL DEFAULT '0',
    seq bigint NOT NULL DEFAULT 0,
    moved_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE effect (
    org_id uuid NOT NULL,
    key text NOT NULL,
    kind text NOT NULL,
    subject uuid NOT NULL,
    payload jsonb NOT NULL DEFAULT '{}',
    priority smallint NOT NULL DEFAULT 1 CONSTRAINT effect_priority_known CHECK (priority BETWEEN 0 AND 2),
    status text NOT NULL CONSTRAINT effect_status_known
        CHECK (status IN ('due', 'leased', 'completed', 'dead', 'discarded')),
    -- When it may be leased next; while it is leased, the end of the lease
    due_at timestamptz NOT NULL,
    -- Fences: what an attempt writes takes effect only while this is still its number
    attempts integer NOT NULL DEFAULT 0,
    -- Those made before an operator retried it, and those that could not begin: they do not count
    -- against the limit of its kind
    attempts_forgiven integer NOT NULL DEFAULT 0,
    last_error text NOT NULL DEFAULT '',
    -- The latest failed attempts, oldest first: [{"attempt": 1, "at": "…", "error": "…"}]
    history jsonb NOT NULL DEFAULT '[]',
    correlation_id uuid NOT NULL,
    created_at timestamptz NOT NULL,
    ended_at timestamptz,
    PRIMARY KEY (org_id, key),
    CONSTRAINT effect_ended CHECK ((status IN ('completed', 'discarded')) = (ended_at IS NOT NULL))
) WITH (
    -- Every effect is updated twice within a second: dead rows must not outgrow live ones
    fillfactor = 70,
    autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000,
    autovacuum_analyze_scale_factor = 0.02, autovacuum_analyze_threshold = 500
);
CREATE INDEX effect_due ON effect (kind, priority, due_at) WHERE status IN ('due', 'leased');
CREATE INDEX effect_leased ON effect (kind) WHERE status = 'leased';
CREATE INDEX effect_dead ON effect (org_id, created_at DESC, key) WHERE status = 'dead';
CREATE INDEX effect_ended ON effect (ended_at) WHERE status IN ('completed', 'discarded');

-- No statistics of columns that no query filters by: autovacuum would sort them during a rush
ALTER TABLE effect
    ALTER payload SET STATISTICS 0, ALTER last_error SET STATISTICS 0,
    ALTER history SET STATISTICS 0, ALTER correlation_id SET STATISTICS 0;

CREATE TABLE recurring_job (
    name text PRIMARY KEY,
    due_at timestamptz NOT NULL,
    -- Fences, like `effect.attempts`
    attempts bigint NOT NULL DEFAULT 0,
    lease_until timestamptz
);
