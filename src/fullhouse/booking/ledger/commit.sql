-- Decides commands in order of arrival against the running remainder and writes what was done.
-- Locks slots first, then bookings, each in the order of their ids: groups of several processes wait
-- for each other and never in a ring. Idempotency keys are read under those locks, so that a repeat
-- that arrives while its twin is being committed waits for it and then finds its answer.
CREATE OR REPLACE FUNCTION ledger_commit(batch json, at timestamptz)
RETURNS TABLE (verdict text, facts jsonb, outcome text)
LANGUAGE plpgsql
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
SET plan_cache_mode = force_generic_plan
AS $body$
#variable_conflict use_column
DECLARE
    commands ledger_command[];
    r record;
    c ledger_command;
    g record;
    i integer;
    s uuid;
    say text; because jsonb; answer text;
    has_changes boolean; has_holds boolean; has_expired boolean := false;
    slot_orgs uuid[]; slot_ids uuid[]; states text[]; reasons text[]; topics text[]; topic text;
    capacities integer[]; free integer[]; booked_more integer[]; held_more integer[];
    verdicts text[] := '{}'; facts_of jsonb[] := '{}'; outcomes text[] := '{}'; done integer[] := '{}';
BEGIN
    SELECT array_agg(b), bool_or(b.act = 'change')
    INTO commands, has_changes
    FROM json_populate_recordset(NULL::ledger_command, batch) b;

    SELECT array_agg(l.org_id), array_agg(l.slot_id), array_agg(l.state), array_agg(l.reason),
        array_agg(l.org_id || '/' || l.offering_id || '/'
            || to_char(l.starts_at AT TIME ZONE 'UTC', 'YYYY-MM-DD')),
        array_agg(l.capacity), array_agg(l.capacity - l.booked - l.held), bool_or(l.held > 0),
        array_agg(0), array_agg(0)
    INTO slot_orgs, slot_ids, states, reasons, topics, capacities, free, has_holds,
        booked_more, held_more
    FROM (
        SELECT slot.* FROM (
            SELECT u.org_id, unnest(u.slots) AS slot_id FROM unnest(commands) u
            UNION
            SELECT slot_allocation.org_id, slot_allocation.slot_id FROM unnest(commands) u
            JOIN slot_allocation ON slot_allocation.org_id = u.org_id AND slot_allocation.booking_id = u.subject
            WHERE u.gives
        ) wanted
        JOIN slot ON slot.org_id = wanted.org_id AND slot.slot_id = wanted.slot_id
        ORDER BY slot.org_id, slot.slot_id FOR UPDATE OF slot
    ) l;

    IF has_changes OR has_holds THEN
        PERFORM FROM booking b
        WHERE (b.org_id, b.booking_id) IN (
            SELECT u.org_id, u.subject FROM unnest(commands) u WHERE u.act = 'change'
            UNION ALL
            SELECT l.org_id, l.booking_id FROM unnest(slot_orgs, slot_ids) AS o (org_id, slot_id)
            JOIN slot_allocation l ON l.org_id = o.org_id AND l.slot_id = o.slot_id
            WHERE has_holds AND l.expires_at <= at)
        ORDER BY b.org_id, b.booking_id FOR UPDATE;
    END IF;

    IF has_holds THEN
        FOR g IN SELECT * FROM ledger_expire(slot_orgs, slot_ids, at) LOOP
            i := array_position(slot_ids, g.slot_id);
            free[i] := free[i] + g.places;
            held_more[i] := held_more[i] - g.places;
            has_expired := true;
        END LOOP;
    END IF;

    FOR r IN
        SELECT u.ordinality::integer AS ordinal, i.command_id AS known_by, i.fingerprint AS known_print,
            i.outcome AS known_outcome,
            -- What a wish alone is known by is a repeat for a quarter of an hour. Later it may be
            -- somebody else who knows the guest: they hear of a duplicate, not how to change it
            NOT i.derived OR coalesce(kb.status IN ('held', 'confirmed', 'checked_in'),
                kw.status IN ('waiting', 'offered'), true)
                AND (u.act <> 'create' OR u.near_minutes IS NULL
                    OR i.created_at > at - interval '15 minutes') AS known_alive,
            b.status, b.version, w.status AS waiting_status,
            t.booking_id AS twin_id, t.ref AS twin_ref, t.starts_at AS twin_starts_at,
            t.party AS twin_party
        FROM unnest(commands) WITH ORDINALITY u
        LEFT JOIN idempotency i ON i.org_id = u.org_id AND i.key = u.key
        LEFT JOIN booking kb ON kb.org_id = i.org_id AND kb.booking_id = i.subject
        LEFT JOIN waiting_list_entry kw ON kw.org_id = i.org_id AND kw.entry_id = i.subject
        -- Null for a command that changes nothing, so that nothing is looked up for it
        LEFT JOIN booking b ON b.org_id = CASE u.act WHEN 'change' THEN u.org_id END
            AND b.booking_id = u.subject
        LEFT JOIN waiting_list_entry w ON w.org_id = CASE WHEN u.entry_id IS NOT NULL THEN u.org_id END
            AND w.entry_id = u.entry_id
        LEFT JOIN LATERAL (
            SELECT o.booking_id, o.ref, o.starts_at, o.party FROM booking o
            WHERE u.near_minutes > 0 AND o.org_id = u.org_id
                AND o.customer_email = u.customer_email
                -- Spelled so that only the customer's index serves, though the table be still empty
                -- when the plan is made: no order wanted, and no range over the time
                AND abs(extract(epoch FROM o.starts_at - u.starts_at)) <= u.near_minutes * 60
                AND o.status IN ('confirmed', 'checked_in')
                AND o.offering_id = u.offering_id AND o.booking_id <> u.subject
            LIMIT 1
        ) t ON true
        ORDER BY u.ordinality
    LOOP
        c := commands[r.ordinal];
        say := 'done'; because := NULL; answer := NULL;
        IF r.known_by IS NOT NULL AND r.known_alive THEN
            say := CASE WHEN r.known_print <> c.fingerprint THEN 'key_reused'
                WHEN r.known_by = c.command_id THEN 'done' ELSE 'replayed' END;
            answer := CASE WHEN say <> 'key_reused' THEN r.known_outcome END;
        ELSIF c.act = 'change' AND r.status IS NULL THEN
            say := 'unknown_booking';
        ELSIF c.act = 'change' AND r.status <> ALL (c.statuses) THEN
            say := 'wrong_status';
            because := jsonb_build_object('status', r.status);
        ELSIF c.act = 'change' AND r.version <> c.version THEN
            say := 'stale';
        ELSIF c.entry_id IS NOT NULL AND c.act <> 'wait' AND r.waiting_status <> ALL (
            -- Who was offered a place leaves by giving that back: a hold must not stay behind
            CASE WHEN c.act = 'unwait' OR c.waiting_status = 'offered' THEN '{waiting}'::text[]
                ELSE '{offered}' END) THEN
            say := 'wrong_status';
            because := jsonb_build_object('status', r.waiting_status);
        ELSIF r.twin_id IS NOT NULL THEN
            say := 'duplicate';
            because := jsonb_build_object('ref', r.twin_ref, 'starts_at', r.twin_starts_at,
                'party', r.twin_party);
        ELSE
            IF c.gives THEN
                FOR g IN SELECT l.slot_id, l.places FROM slot_allocation l
                    WHERE l.org_id = c.org_id AND l.booking_id = c.subject LOOP
                    i := array_position(slot_ids, g.slot_id);
                    free[i] := free[i] + g.places;
                END LOOP;
            END IF;
            FOREACH s IN ARRAY coalesce(c.slots, '{}') LOOP
                i := array_position(slot_ids, s);
                IF i IS NULL OR slot_orgs[i] <> c.org_id THEN
                    say := 'unknown_slot';
                    because := jsonb_build_object('slot', s);
                ELSIF c.act = 'resize' AND c.capacity < capacities[i] - free[i] THEN
                    say := 'below_sold';
                    because := jsonb_build_object('slot', s, 'sold', capacities[i] - free[i]);
                ELSIF c.places > 0 AND states[i] <> 'open' AND NOT coalesce(c.forced, false) THEN
                    say := 'slot_closed';
                    because := jsonb_build_object('slot', s, 'reason', reasons[i]);
                ELSIF c.places > free[i] THEN
                    say := 'slot_full';
                    because := jsonb_build_object('slot', s, 'remaining', free[i]);
                END IF;
                EXIT WHEN say <> 'done';
            END LOOP;
            IF c.gives THEN
                FOR g IN SELECT l.slot_id, l.places, l.expires_at FROM slot_allocation l
                    WHERE l.org_id = c.org_id AND l.booking_id = c.subject LOOP
                    i := array_position(slot_ids, g.slot_id);
                    IF say <> 'done' THEN
                        free[i] := free[i] - g.places;
                    ELSIF g.expires_at IS NULL THEN
                        booked_more[i] := booked_more[i] - g.places;
                    ELSE
                        held_more[i] := held_more[i] - g.places;
                    END IF;
                END LOOP;
            END IF;
            IF say = 'done' THEN
                done := done || r.ordinal;
                IF r.known_by IS NOT NULL THEN
                    -- The same wish again, after its first fulfilment has ended
                    DELETE FROM idempotency i WHERE i.org_id = c.org_id AND i.key = c.key;
                END IF;
                IF c.act = 'resize' OR c.places > 0 THEN
                    FOREACH s IN ARRAY c.slots LOOP
                        i := array_position(slot_ids, s);
                        IF c.act = 'resize' THEN
                            free[i] := free[i] + c.capacity - capacities[i];
                            capacities[i] := c.capacity;
                        ELSE
                            free[i] := free[i] - c.places;
                            IF c.expires_at IS NULL THEN
                                booked_more[i] := booked_more[i] + c.places;
                            ELSE
                                held_more[i] := held_more[i] + c.places;
                            END IF;
                        END IF;
                    END LOOP;
                END IF;
            END IF;
        END IF;
        verdicts := verdicts || say;
        facts_of := facts_of || because;
        outcomes := outcomes || answer;
    END LOOP;

    PERFORM ledger_write(commands, verdicts, facts_of, done, at);

    IF done <> '{}' OR has_expired THEN
        UPDATE slot SET booked = slot.booked + d.booked_more, held = slot.held + d.held_more,
            capacity = d.capacity
        FROM unnest(slot_orgs, slot_ids, booked_more, held_more, capacities)
            AS d (org_id, slot_id, booked_more, held_more, capacity)
        WHERE slot.org_id = d.org_id AND slot.slot_id = d.slot_id
            AND (d.booked_more <> 0 OR d.held_more <> 0 OR d.capacity <> slot.capacity);
        IF has_changes THEN  -- also of those that took no place and gave none: somebody watches
            topics := topics || (SELECT array_agg(u.org_id || '/' || u.offering_id || '/'
                || to_char(u.starts_at AT TIME ZONE 'UTC', 'YYYY-MM-DD'))
                FROM unnest(commands) u WHERE u.act = 'change' AND u.slots IS NULL);
        END IF;
        SELECT to_jsonb('#' || pg_current_xact_id() || array_agg(DISTINCT o))::text INTO topic
        FROM unnest(topics) o WHERE o IS NOT NULL HAVING count(*) > 0;
        PERFORM pg_notify('fullhouse_events',
            CASE WHEN octet_length(topic) < 7900 THEN topic ELSE '["*"]' END);
    END IF;

    RETURN QUERY SELECT o.verdict, o.facts, o.outcome
    FROM unnest(verdicts, facts_of, outcomes) AS o (verdict, facts, outcome);
END;
$body$;
