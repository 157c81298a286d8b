-- Feature flags, which all processes follow, and how those with a feature fare beside those without

CREATE TABLE feature_flag (
    name text PRIMARY KEY,
    -- Fences: a change names the generation that it has seen
    generation bigint NOT NULL,
    -- Counts how often its rollout was begun; outcomes of an earlier one say nothing
    rollout bigint NOT NULL,
    percent integer NOT NULL CONSTRAINT feature_flag_percent CHECK (percent BETWEEN 0 AND 100),
    -- Whether it goes on by itself
    is_rolling boolean NOT NULL,
    step_since timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- How many had been tried with the feature when the step began
    step_tried bigint NOT NULL,
    reason text NOT NULL,
    changed_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE TABLE feature_flag_outcome (
    name text NOT NULL,
    rollout bigint NOT NULL,
    has_feature boolean NOT NULL,
    succeeded bigint NOT NULL,
    failed bigint NOT NULL,
    PRIMARY KEY (name, rollout, has_feature)
);
