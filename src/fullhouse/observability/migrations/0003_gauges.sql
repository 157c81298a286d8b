-- What is looked at once a minute and is no duration: how much, how many, how full. The process that
-- watches for alerts writes it; rows of minutes and of hours are written together, and add up
CREATE TABLE gauge (
    name text NOT NULL,
    -- Which of several: the name of the machine; empty where there is one
    subject text NOT NULL,
    period_seconds int NOT NULL,
    starts_at timestamptz NOT NULL,
    observed int NOT NULL CONSTRAINT gauge_was_observed CHECK (observed > 0),
    total float8 NOT NULL,
    least float8 NOT NULL,
    most float8 NOT NULL,
    PRIMARY KEY (name, subject, period_seconds, starts_at)
) WITH (fillfactor = 80);
CREATE INDEX gauge_of_period ON gauge (period_seconds, starts_at);
