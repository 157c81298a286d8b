-- Writes what a group has decided, one statement a table, whatever the size of the group.
CREATE OR REPLACE FUNCTION ledger_write(
    commands ledger_command[], new_outcomes text[], g ledger_group, at timestamptz)
RETURNS void LANGUAGE plpgsql AS $body$
BEGIN
    -- Before allocations are replaced: counters change by what they hold now and what is taken
    PERFORM ledger_write_slots(commands, g);
    IF g.has_creations THEN
        INSERT INTO booking SELECT (c.new_booking).*
        FROM unnest(commands) WITH ORDINALITY c
        WHERE c.kind = 'create_booking' AND c.ordinality = ANY (g.done)
        ORDER BY c.ordinality;
    END IF;
    IF g.has_changes THEN
        PERFORM ledger_write_changes(commands, g);
    END IF;
    INSERT INTO slot_allocation (org_id, slot_id, booking_id, places, expires_at)
    SELECT c.org_id, t.slot_id, c.aggregate_id, t.places, c.expires_at
    FROM unnest(commands) WITH ORDINALITY c, unnest(c.takes) t
    WHERE t.places > 0 AND c.ordinality = ANY (g.done);
    IF g.has_entries THEN
        PERFORM ledger_write_entries(commands, g, at);
    END IF;
    PERFORM ledger_write_events(commands, g, at);
    PERFORM ledger_write_keys(commands, new_outcomes, g, at);
END;
$body$;

-- Changes the counters and capacities of slots.
CREATE OR REPLACE FUNCTION ledger_write_slots(commands ledger_command[], g ledger_group)
RETURNS void LANGUAGE plpgsql AS $body$
BEGIN
    UPDATE slot SET booked = slot.booked + d.booked, held = slot.held + d.held,
        capacity = coalesce(d.capacity, slot.capacity)
    FROM (
        SELECT e.org_id, e.slot_id, max(e.capacity) AS capacity,
            coalesce(sum(e.places) FILTER (WHERE NOT e.is_held), 0)::integer AS booked,
            coalesce(sum(e.places) FILTER (WHERE e.is_held), 0)::integer AS held
        FROM (
            SELECT c.org_id, t.slot_id, t.places, c.expires_at IS NOT NULL AS is_held, c.capacity
            FROM unnest(commands) WITH ORDINALITY c, unnest(c.takes) t
            WHERE c.ordinality = ANY (g.done)
            UNION ALL
            SELECT a.org_id, a.slot_id, -a.places, a.expires_at IS NOT NULL, NULL
            FROM unnest(commands) WITH ORDINALITY c
            JOIN slot_allocation a ON a.org_id = c.org_id AND a.booking_id = c.aggregate_id
            WHERE g.has_changes AND c.releases_current AND c.ordinality = ANY (g.done)
            UNION ALL
            SELECT s.org_id, s.slot_id, -s.places, true, NULL
            FROM unnest(g.slot_orgs, g.slot_ids, g.expired) AS s (org_id, slot_id, places)
            WHERE s.places > 0
        ) e
        GROUP BY e.org_id, e.slot_id
    ) d
    WHERE slot.org_id = d.org_id AND slot.slot_id = d.slot_id
        AND (d.booked <> 0 OR d.held <> 0 OR d.capacity <> slot.capacity);
END;
$body$;

-- Replaces the columns that a change names; null is a value. Deletes the allocations that it releases;
-- the caller inserts those that it takes.
CREATE OR REPLACE FUNCTION ledger_write_changes(commands ledger_command[], g ledger_group)
RETURNS void LANGUAGE plpgsql AS $body$
BEGIN
    DELETE FROM slot_allocation a USING unnest(commands) WITH ORDINALITY c
    WHERE c.releases_current AND c.ordinality = ANY (g.done)
        AND a.org_id = c.org_id AND a.booking_id = c.aggregate_id;
    UPDATE booking b SET status = c.status, version = b.version + 1, expires_at = c.expires_at,
        client = CASE c.status WHEN 'held' THEN b.client END,
        (party, places, slots, starts_at, ends_at, customer_name, customer_email, customer_phone,
            locale, source, answers, guests, price_amount, fee_amount, free_until, move_until)
        = (SELECT n.party, n.places, n.slots, n.starts_at, n.ends_at, n.customer_name,
            n.customer_email, n.customer_phone, n.locale, n.source, n.answers, n.guests,
            n.price_amount, n.fee_amount, n.free_until, n.move_until
            FROM json_populate_record(b, c.booking_changes) n)
    FROM unnest(commands) WITH ORDINALITY c
    WHERE c.kind = 'change_booking' AND c.ordinality = ANY (g.done)
        AND b.org_id = c.org_id AND b.booking_id = c.aggregate_id;
END;
$body$;

CREATE OR REPLACE FUNCTION ledger_write_entries(
    commands ledger_command[], g ledger_group, at timestamptz)
RETURNS void LANGUAGE plpgsql AS $body$
BEGIN
    INSERT INTO waiting_list_entry (org_id, entry_id, slot_id, offering_id, status, party,
        customer_name, customer_email, customer_phone, locale, created_at, client, day_starts_at,
        day_ends_at)
    SELECT c.org_id, c.aggregate_id, (c.new_entry).slot_id, (c.new_entry).offering_id,
        (c.new_entry).status, (c.new_entry).party, (c.new_entry).customer_name,
        (c.new_entry).customer_email, (c.new_entry).customer_phone, (c.new_entry).locale, at,
        (c.new_entry).client, (c.new_entry).day_starts_at, (c.new_entry).day_ends_at
    FROM unnest(commands) WITH ORDINALITY c
    WHERE c.kind = 'join_waiting_list' AND c.ordinality = ANY (g.done)
    ORDER BY c.ordinality;
    UPDATE waiting_list_entry w SET status = c.entry_status,
        client = CASE c.entry_status WHEN 'offered' THEN w.client END,
        booking_id = CASE c.kind WHEN 'create_booking' THEN c.aggregate_id ELSE w.booking_id END,
        slot_id = CASE c.kind WHEN 'create_booking' THEN c.takes[1].slot_id ELSE w.slot_id END
    FROM unnest(commands) WITH ORDINALITY c
    WHERE c.kind <> 'join_waiting_list' AND c.entry_status IS NOT NULL
        AND c.ordinality = ANY (g.done) AND w.org_id = c.org_id AND w.entry_id = c.entry_id;
END;
$body$;

-- Appends the event of each command that was done, and of each creation that found no places.
CREATE OR REPLACE FUNCTION ledger_write_events(
    commands ledger_command[], g ledger_group, at timestamptz)
RETURNS void LANGUAGE plpgsql AS $body$
BEGIN
    INSERT INTO event (org_id, kind, subject, data, actor, correlation_id, at)
    SELECT c.org_id, CASE WHEN c.is_done THEN c.event ELSE c.failure_event END, c.aggregate_id,
        CASE WHEN c.is_done THEN c.event_data
            ELSE c.event_data || jsonb_build_object('reason', c.verdict, 'details', c.details) END,
        c.actor, c.correlation_id, at
    FROM (
        SELECT c.*, c.ordinality = ANY (g.done) AS is_done,
            g.verdicts[c.ordinality] AS verdict, g.details[c.ordinality] AS details
        FROM unnest(commands) WITH ORDINALITY c
    ) c
    WHERE c.is_done AND c.event IS NOT NULL
        OR c.failure_event IS NOT NULL AND c.verdict IN ('slot_full', 'slot_closed', 'duplicate')
    ORDER BY c.ordinality;
END;
$body$;

-- Stores the outcome under each key. A key whose first outcome has ended is given to the new one.
CREATE OR REPLACE FUNCTION ledger_write_keys(
    commands ledger_command[], new_outcomes text[], g ledger_group, at timestamptz)
RETURNS void LANGUAGE plpgsql AS $body$
BEGIN
    IF g.has_ended_keys THEN
        DELETE FROM idempotency k USING unnest(commands) WITH ORDINALITY c
        WHERE c.ordinality = ANY (g.done) AND k.org_id = c.org_id AND k.key = c.key;
    END IF;
    INSERT INTO idempotency (org_id, key, fingerprint, command_id, subject, derived, outcome,
        created_at)
    SELECT c.org_id, c.key, coalesce(c.fingerprint, '00000000-0000-0000-0000-000000000000'),
        c.command_id, c.aggregate_id, coalesce(c.key_is_derived, false),
        new_outcomes[c.ordinality], at
    FROM unnest(commands) WITH ORDINALITY c
    WHERE c.key IS NOT NULL AND c.ordinality = ANY (g.done)
    ORDER BY c.org_id, c.key;
END;
$body$;
