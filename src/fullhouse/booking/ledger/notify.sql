-- Notifies caches and watchers of the offerings and days that a group has changed, once a commit:
-- `["#<transaction>", "<org>/<offering>/<day>", ...]`, or `["*"]` when the topics would not fit.
CREATE OR REPLACE FUNCTION ledger_notify(
    commands ledger_command[], g ledger_group, payload_bytes_max integer)
RETURNS void LANGUAGE plpgsql AS $body$
DECLARE
    payload text;
BEGIN
    IF g.done = '{}' AND 0 = ALL (coalesce(g.expired, '{}')) THEN
        RETURN;
    END IF;
    SELECT to_jsonb('#' || pg_current_xact_id() || array_agg(DISTINCT t.topic))::text INTO payload
    FROM (
        SELECT unnest(g.topics)
        UNION ALL
        -- A change that takes no places has locked no slot: its topic is that of the booking
        SELECT ledger_topic(b.org_id, b.offering_id, b.starts_at)
        FROM unnest(commands) WITH ORDINALITY c
        JOIN booking b ON b.org_id = c.org_id AND b.booking_id = c.aggregate_id
        WHERE g.has_changes AND c.kind = 'change_booking' AND c.takes IS NULL AND c.ordinality = ANY (g.done)
    ) AS t (topic);
    PERFORM pg_notify('fullhouse_events',
        CASE WHEN octet_length(payload) <= payload_bytes_max THEN payload ELSE '["*"]' END);
END;
$body$;
