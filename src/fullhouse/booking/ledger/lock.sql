-- Locks the slots of a group, then its bookings, each in the order of their ids: groups of several
-- processes wait for each other and never in a ring.
CREATE OR REPLACE FUNCTION ledger_lock(
    commands ledger_command[], g ledger_group, at timestamptz)
RETURNS ledger_group LANGUAGE plpgsql AS $body$
BEGIN
    SELECT array_agg(l.org_id), array_agg(l.slot_id), array_agg(l.state), array_agg(l.reason),
        array_agg(l.capacity), array_agg(l.capacity - l.booked - l.held), array_agg(0),
        array_agg(ledger_topic(l.org_id, l.offering_id, l.starts_at)), bool_or(l.held > 0)
    INTO g.slot_orgs, g.slot_ids, g.slot_states, g.slot_reasons, g.capacities, g.free, g.expired,
        g.topics, g.has_holds
    FROM (
        SELECT slot.* FROM (
            SELECT c.org_id, t.slot_id FROM unnest(commands) c, unnest(c.takes) t
            UNION
            SELECT a.org_id, a.slot_id FROM unnest(commands) c
            JOIN slot_allocation a ON a.org_id = c.org_id AND a.booking_id = c.aggregate_id
            WHERE g.has_changes AND c.releases_current
        ) needed
        JOIN slot ON slot.org_id = needed.org_id AND slot.slot_id = needed.slot_id
        ORDER BY slot.org_id, slot.slot_id FOR UPDATE OF slot
    ) l;

    IF g.has_holds OR g.has_changes THEN
        PERFORM FROM booking b
        WHERE (b.org_id, b.booking_id) IN (
            SELECT c.org_id, c.aggregate_id FROM unnest(commands) c WHERE c.kind = 'change_booking'
            UNION ALL
            SELECT a.org_id, a.booking_id
            FROM unnest(g.slot_orgs, g.slot_ids) AS s (org_id, slot_id)
            JOIN slot_allocation a ON a.org_id = s.org_id AND a.slot_id = s.slot_id
            WHERE g.has_holds AND a.expires_at <= at)
        ORDER BY b.org_id, b.booking_id FOR UPDATE;
    END IF;
    RETURN g;
END;
$body$;

-- The topic that a change of a slot is notified under: `<org>/<offering>/<day of UTC>`.
CREATE OR REPLACE FUNCTION ledger_topic(org_id uuid, offering_id uuid, starts_at timestamptz)
RETURNS text LANGUAGE sql STABLE AS $body$
    SELECT org_id || '/' || offering_id || '/'
        || to_char(starts_at AT TIME ZONE 'UTC', 'YYYY-MM-DD')
$body$;
