-- When guests are reminded of their booking, by business

CREATE TABLE reminder_rule (
    org_id uuid NOT NULL REFERENCES organisation,
    reminder text NOT NULL
        CONSTRAINT reminder_known CHECK (reminder IN ('two_days', 'one_day', 'two_hours')),
    -- Every reminder that was due until then is sent, or is not any more
    swept_until timestamptz NOT NULL,
    PRIMARY KEY (org_id, reminder)
);
