-- Webhooks that providers send: how each is verified, and what was received

CREATE TABLE webhook_source (
    org_id uuid NOT NULL,
    provider text NOT NULL,
    -- Encrypted
    secret bytea NOT NULL,
    -- Verifies as well until then
    previous_secret bytea,
    previous_until timestamptz,
    set_at timestamptz NOT NULL,
    PRIMARY KEY (org_id, provider)
);

CREATE TABLE received_webhook (
    org_id uuid NOT NULL,
    webhook_id uuid NOT NULL,
    provider text NOT NULL,
    -- The provider's: the same for a repetition
    event_id text NOT NULL,
    body bytea NOT NULL,
    received_at timestamptz NOT NULL,
    -- Ignored: it is about nothing of ours. Failed ones have a dead letter
    status text NOT NULL DEFAULT 'waiting' CONSTRAINT received_webhook_status_known
        CHECK (status IN ('waiting', 'processed', 'ignored', 'failed')),
    ended_at timestamptz,
    -- How often it was processed anew: what fences a job
    replays integer NOT NULL DEFAULT 0,
    PRIMARY KEY (org_id, webhook_id),
    CONSTRAINT received_webhook_once UNIQUE (org_id, provider, event_id),
    CONSTRAINT received_webhook_ended CHECK ((status = 'waiting') = (ended_at IS NULL))
);
CREATE INDEX received_webhook_recent ON received_webhook (org_id, received_at DESC, webhook_id DESC);
CREATE INDEX received_webhook_age ON received_webhook (received_at);
