-- Records that break a consistency rule: found, confirmed, and what became of them

CREATE TABLE inconsistency (
    org_id uuid NOT NULL,
    inconsistency_id uuid NOT NULL,
    rule text NOT NULL,
    -- What breaks the rule: the id of a booking or a slot, a key, the name of a subscriber
    subject text NOT NULL,
    message text NOT NULL,
    found_at timestamptz NOT NULL,
    -- Open and released ones are still there; released ones block nothing
    outcome text NOT NULL DEFAULT 'open' CONSTRAINT inconsistency_outcome_known
        CHECK (outcome IN ('open', 'released', 'repaired', 'undone', 'gone')),
    ended_at timestamptz,
    reason text NOT NULL DEFAULT '',
    -- What the repair has changed: {"before": …, "after": …}
    repair jsonb,
    PRIMARY KEY (org_id, inconsistency_id),
    CONSTRAINT inconsistency_ended
        CHECK ((outcome IN ('repaired', 'undone', 'gone')) = (ended_at IS NOT NULL))
);
CREATE UNIQUE INDEX inconsistency_open ON inconsistency (org_id, rule, subject) WHERE ended_at IS NULL;
CREATE INDEX inconsistency_by_id ON inconsistency (inconsistency_id);
CREATE INDEX inconsistency_recent ON inconsistency (org_id, found_at DESC, inconsistency_id DESC);
