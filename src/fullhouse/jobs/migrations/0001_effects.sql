-- Relay cursors and keyed effects

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
    status text NOT NULL CONSTRAINT effect_status_known CHECK (status IN ('due', 'claimed', 'settled', 'failed')),
    attempts integer NOT NULL DEFAULT 0,
    due_at timestamptz NOT NULL,
    claimed_until timestamptz,
    correlation_id uuid NOT NULL,
    last_error text NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL,
    settled_at timestamptz,
    PRIMARY KEY (org_id, key)
);
CREATE INDEX effect_due ON effect (due_at) WHERE status IN ('due', 'claimed');
CREATE INDEX effect_failed ON effect (created_at DESC, org_id, key) WHERE status = 'failed';
CREATE INDEX effect_settled ON effect (settled_at) WHERE status = 'settled';

-- No statistics of columns that no query filters by: autovacuum would sort them during a rush
ALTER TABLE effect
    ALTER correlation_id SET STATISTICS 0, ALTER last_error SET STATISTICS 0;
