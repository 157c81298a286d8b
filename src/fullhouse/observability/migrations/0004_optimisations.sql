-- What the installation changes of itself to be faster, or proposes: see observability.optimisations

CREATE TABLE optimisation (
    optimisation_id uuid PRIMARY KEY,
    kind text NOT NULL CONSTRAINT optimisation_kind_known CHECK (kind IN ('index', 'pool')),
    -- Of the index, or of the process whose pool it is
    name text NOT NULL,
    -- The table, or what else is changed
    subject text NOT NULL,
    reason text NOT NULL,
    action text NOT NULL,
    undo text NOT NULL,
    -- The named queries that it is for
    queries text [] NOT NULL,
    state text NOT NULL CONSTRAINT optimisation_state_known CHECK (
        state IN (
            'proposed', 'approved', 'building', 'measuring', 'kept', 'undoing', 'undone', 'failed'
        )
    ),
    -- What was measured, by its name
    before jsonb NOT NULL,
    after jsonb NOT NULL DEFAULT '{}',
    note text NOT NULL DEFAULT '',
    changed_by text NOT NULL DEFAULT '',
    proposed_at timestamptz NOT NULL,
    started_at timestamptz,
    changed_at timestamptz NOT NULL,
    -- When it was undone or given up; NULL while it is proposed or in force
    ended_at timestamptz
);
CREATE UNIQUE INDEX optimisation_open ON optimisation (kind, name) WHERE ended_at IS NULL;
CREATE INDEX optimisation_recent ON optimisation (changed_at DESC);

-- Each state that it was in
CREATE TABLE optimisation_step (
    optimisation_id uuid NOT NULL REFERENCES optimisation ON DELETE CASCADE,
    step_id bigint GENERATED ALWAYS AS IDENTITY,
    at timestamptz NOT NULL,
    state text NOT NULL,
    done_by text NOT NULL,
    note text NOT NULL,
    PRIMARY KEY (optimisation_id, step_id)
);
