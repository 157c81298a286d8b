-- Events and idempotency keys: written by every change of every part

-- Audit trail, outbox and feed in one; append-only
CREATE TABLE event (
    seq bigint GENERATED ALWAYS AS IDENTITY,
    xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
    org_id uuid NOT NULL,
    kind text NOT NULL,
    subject uuid NOT NULL,
    data jsonb NOT NULL,
    actor text NOT NULL,
    correlation_id uuid NOT NULL,
    at timestamptz NOT NULL,
    -- By the database's own clock; `at` is the clock of the application, which may replay the past
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (org_id, subject, seq)
);
CREATE UNIQUE INDEX event_order ON event (xid, seq);
-- Of blocks, not of rows: events are recorded in the order of time, and a new one costs nothing
CREATE INDEX event_recorded ON event USING brin (recorded_at) WITH (autosummarize = on);

CREATE FUNCTION refuse_rewriting_history() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    RAISE EXCEPTION 'events are append-only' USING ERRCODE = 'restrict_violation';
END;
$body$;
CREATE TRIGGER event_append_only BEFORE UPDATE OR DELETE ON event
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting_history();
CREATE TRIGGER event_never_truncated BEFORE TRUNCATE ON event
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting_history();

-- Notifies caches, watchers and the relay once this commits: `["#<transaction>", topic, ...]`, each
-- topic once. A notification takes 8,000 bytes: 80 topics `<org>/<offering>/<day of UTC>`
CREATE FUNCTION notify_events(topics text[]) RETURNS void LANGUAGE sql AS $body$
    SELECT pg_notify('fullhouse_events',
        (to_jsonb('#' || pg_current_xact_id())
            || coalesce(jsonb_agg(topic) FILTER (WHERE topic <> ''), '[]'))::text)
    FROM (
        SELECT topic, (row_number() OVER () - 1) / 80 AS part
        FROM (SELECT DISTINCT unnest(topics || ''::text) AS topic) AS each_once
    ) AS parts
    GROUP BY part;
$body$;

CREATE TABLE idempotency (
    org_id uuid NOT NULL,
    key uuid NOT NULL,
    fingerprint uuid NOT NULL,
    command_id uuid NOT NULL,
    subject uuid NOT NULL,
    -- Derived from the meaning of the request, not sent by the client
    derived boolean NOT NULL,
    outcome text NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (org_id, key)
);
CREATE INDEX idempotency_age ON idempotency (created_at);

-- No statistics of columns that no query filters by: autovacuum would sort them during a rush
ALTER TABLE event
    ALTER data SET STATISTICS 0, ALTER actor SET STATISTICS 0,
    ALTER correlation_id SET STATISTICS 0;
ALTER TABLE idempotency
    ALTER fingerprint SET STATISTICS 0, ALTER command_id SET STATISTICS 0,
    ALTER outcome SET STATISTICS 0;
