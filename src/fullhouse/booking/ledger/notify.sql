-- Notifies caches and watchers of the offerings and days that a group has changed, once a commit;
-- `+<number>` is how many of its commands were given by others than the system: a rush shows by it.
CREATE OR REPLACE FUNCTION ledger_notify(commands ledger_command[], g ledger_group)
RETURNS void LANGUAGE plpgsql AS $body$
BEGIN
    IF g.done = '{}' AND 0 = ALL (coalesce(g.expired, '{}')) THEN
        RETURN;
    END IF;
    IF g.has_changes THEN
        -- A change that takes no places has locked no slot: its topic is that of the booking
        g.topics := g.topics || ARRAY(
            SELECT ledger_topic(b.org_id, b.offering_id, b.starts_at)
            FROM unnest(commands) WITH ORDINALITY c
            JOIN booking b ON b.org_id = c.org_id AND b.booking_id = c.aggregate_id
            WHERE c.kind = 'change_booking' AND c.takes IS NULL AND c.ordinality = ANY (g.done));
    END IF;
    PERFORM notify_events(g.topics
        || ('+' || (SELECT count(*) FROM unnest(commands) c WHERE c.actor <> 'system'))::text);
END;
$body$;
