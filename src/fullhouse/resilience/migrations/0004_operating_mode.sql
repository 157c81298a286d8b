-- The operating mode of the installation, which all its processes follow; no row until it is first set

CREATE TABLE operating_mode (
    is_the_only boolean PRIMARY KEY DEFAULT true CONSTRAINT operating_mode_is_one CHECK (is_the_only),
    mode text NOT NULL CONSTRAINT operating_mode_known
        CHECK (mode IN ('full', 'essential', 'read-only', 'maintenance')),
    reason text NOT NULL,
    -- NULL for until it is set again; afterwards everything works
    ends_at timestamptz,
    changed_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
