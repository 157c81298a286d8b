-- Outgoing webhooks: where events are sent, each event to be sent, and every attempt

CREATE TABLE webhook_endpoint (
    org_id uuid NOT NULL REFERENCES organisation,
    endpoint_id uuid NOT NULL,
    url text NOT NULL,
    -- Empty: all
    kinds text[] NOT NULL,
    -- Encrypted
    secret bytea NOT NULL,
    -- Signs as well until then
    previous_secret bytea,
    previous_until timestamptz,
    created_at timestamptz NOT NULL,
    -- Since then no attempt has succeeded; null when the latest has
    failing_since timestamptz,
    disabled_at timestamptz,
    disabled_reason text NOT NULL DEFAULT '',
    version integer NOT NULL DEFAULT 1,
    PRIMARY KEY (org_id, endpoint_id)
);

CREATE TABLE webhook_delivery (
    org_id uuid NOT NULL,
    endpoint_id uuid NOT NULL,
    event_seq bigint NOT NULL,
    kind text NOT NULL,
    subject uuid NOT NULL,
    -- Waiting: not its turn, behind an earlier event of its subject or because the endpoint is busy
    status text NOT NULL CONSTRAINT webhook_delivery_status_known
        CHECK (status IN ('waiting', 'due', 'delivered', 'failed')),
    -- Since it was created or sent anew
    attempts integer NOT NULL DEFAULT 0,
    -- How often it became due: what fences an attempt
    turns integer NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL,
    ended_at timestamptz,
    PRIMARY KEY (org_id, endpoint_id, event_seq),
    FOREIGN KEY (org_id, endpoint_id) REFERENCES webhook_endpoint ON DELETE CASCADE
);
CREATE INDEX webhook_delivery_open ON webhook_delivery (org_id, endpoint_id, subject, event_seq)
    WHERE status IN ('waiting', 'due');
CREATE INDEX webhook_delivery_ended ON webhook_delivery (ended_at)
    WHERE status IN ('delivered', 'failed');

CREATE TABLE webhook_attempt (
    org_id uuid NOT NULL,
    endpoint_id uuid NOT NULL,
    event_seq bigint NOT NULL,
    at timestamptz NOT NULL,
    seconds double precision NOT NULL,
    -- Null without an answer
    status_code integer,
    -- The beginning of the answer, or why there was none
    answer text NOT NULL,
    PRIMARY KEY (org_id, endpoint_id, event_seq, at),
    FOREIGN KEY (org_id, endpoint_id, event_seq) REFERENCES webhook_delivery ON DELETE CASCADE
);
