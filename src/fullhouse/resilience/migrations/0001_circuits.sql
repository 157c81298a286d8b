-- Circuits of the services that Fullhouse calls; of the installation, since all its processes call them

CREATE TABLE circuit (
    name text PRIMARY KEY,
    -- Fences: a change names the generation that it has seen
    generation bigint NOT NULL,
    is_open boolean NOT NULL,
    -- Until then the state holds whatever calls come to
    held_until timestamptz NOT NULL,
    reason text NOT NULL,
    changed_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
