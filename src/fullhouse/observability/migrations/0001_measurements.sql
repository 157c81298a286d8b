-- Durations by metric and label values, as sketches (numerics.quantile_sketch); of the installation

CREATE TABLE measured_series (
    series_id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    metric text NOT NULL,
    -- A JSON list of the values, in the order of the metric's labels
    labels text NOT NULL,
    UNIQUE (metric, labels)
);

-- Several rows of one period add up: of each process, and of what came late
CREATE TABLE measurement (
    series_id int NOT NULL REFERENCES measured_series,
    period_seconds int NOT NULL,
    starts_at timestamptz NOT NULL,
    part bigint GENERATED ALWAYS AS IDENTITY,
    -- The sum of the durations
    seconds float8 NOT NULL,
    -- How many durations lie in each bucket of the sketch
    buckets smallint [] NOT NULL,
    counts bigint [] NOT NULL,
    -- Whether it is in the row of the next longer period already
    is_merged boolean NOT NULL DEFAULT false,
    PRIMARY KEY (series_id, period_seconds, starts_at, part)
);
CREATE INDEX measurement_of_period ON measurement (period_seconds, starts_at);
CREATE INDEX measurement_to_merge ON measurement (period_seconds, starts_at) WHERE NOT is_merged;

-- Statements that took long, with the plan that they have for parameters unknown
CREATE TABLE slow_query (
    slow_query_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    query text NOT NULL,
    at timestamptz NOT NULL,
    seconds float8 NOT NULL,
    outcome text NOT NULL,
    plan text NOT NULL
);
CREATE INDEX slow_query_by_name ON slow_query (query, at);
CREATE INDEX slow_query_by_time ON slow_query (at);
