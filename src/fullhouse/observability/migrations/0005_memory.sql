-- Processes whose memory grew without end, or had too much, and what grew: see observability.memory_watch

CREATE TABLE memory_growth (
    memory_growth_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    found_at timestamptz NOT NULL,
    -- Its program, number and machine
    process text NOT NULL,
    used bigint NOT NULL,
    -- NULL for a process that had more than it may
    bytes_an_hour float8,
    bytes_a_request float8,
    -- A list of {name, objects, bytes}: types, and places in the code
    grown jsonb NOT NULL,
    is_replaced boolean NOT NULL
);
CREATE INDEX memory_growth_by_time ON memory_growth (found_at);
