-- The ledger: one function that decides and writes a whole group of commands
-- depends: 0001_core

-- migrate: apply

CREATE TYPE ledger_command AS (
    command_id uuid,
    org_id uuid,
    key uuid,
    fingerprint uuid,
    derived boolean,
    act text,
    subject uuid,
    version integer,
    statuses text[],
    status text,
    gives boolean,
    slots uuid[],
    places integer,
    capacity integer,
    forced boolean,
    near_minutes integer,
    expires_at timestamptz,
    ref text,
    offering_id uuid,
    waiting_id uuid,
    waiting_status text,
    party integer,
    starts_at timestamptz,
    ends_at timestamptz,
    customer_name text,
    customer_email text,
    customer_phone text,
    locale text,
    source jsonb,
    price_amount bigint,
    fee_amount bigint,
    currency text,
    event text,
    failure text,
    data jsonb,
    actor text,
    correlation_id uuid,
    outcome text
);

-- Gives back, at once, the places of holds past their time on slots that the caller has locked with
-- their bookings, so that none ever blocks a customer. A hold over several slots gives back each
-- place where it is met.
CREATE FUNCTION ledger_expire(orgs uuid[], slots uuid[], at timestamptz)
RETURNS TABLE (slot_id uuid, places integer) LANGUAGE plpgsql AS $body$
BEGIN
    RETURN QUERY
    WITH lapsed AS (
        DELETE FROM claim c USING unnest(orgs, slots) AS s (org_id, slot_id)
        WHERE c.org_id = s.org_id AND c.slot_id = s.slot_id AND c.expires_at <= at
        RETURNING c.org_id, c.booking_id, c.slot_id, c.places
    ), ended AS (
        UPDATE booking b SET status = 'expired', version = b.version + 1
        FROM (SELECT DISTINCT l.org_id, l.booking_id FROM lapsed l) l
        WHERE b.org_id = l.org_id AND b.booking_id = l.booking_id AND b.status = 'held'
        RETURNING b.org_id, b.booking_id, b.offering_id, b.slots, b.party
    ), unanswered AS (
        UPDATE waiting w SET status = 'lapsed' FROM ended e
        WHERE w.org_id = e.org_id AND w.booking_id = e.booking_id AND w.status = 'offered'
    ), told AS (
        INSERT INTO event (org_id, kind, subject, data, actor, correlation_id, at)
        SELECT e.org_id, 'HoldExpired', e.booking_id,
            jsonb_build_object('offering_id', e.offering_id, 'slots', e.slots, 'party', e.party),
            'clock', e.booking_id, at
        FROM ended e
    )
    SELECT l.slot_id, l.places FROM lapsed l;
END;
$body$;

-- Decides commands in order of arrival against the running remainder and writes what was done.
-- Locks slots first, then bookings, each in the order of their ids: groups of several processes wait
-- for each other and never in a ring. Idempotency keys are read under those locks, so that a repeat
-- that arrives while its twin is being committed waits for it and then finds its answer.
CREATE FUNCTION ledger_commit(batch json, at timestamptz)
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
            SELECT claim.org_id, claim.slot_id FROM unnest(commands) u
            JOIN claim ON claim.org_id = u.org_id AND claim.booking_id = u.subject
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
            JOIN claim l ON l.org_id = o.org_id AND l.slot_id = o.slot_id
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
        LEFT JOIN waiting kw ON kw.org_id = i.org_id AND kw.waiting_id = i.subject
        -- Null for a command that changes nothing, so that nothing is looked up for it
        LEFT JOIN booking b ON b.org_id = CASE u.act WHEN 'change' THEN u.org_id END
            AND b.booking_id = u.subject
        LEFT JOIN waiting w ON w.org_id = CASE WHEN u.waiting_id IS NOT NULL THEN u.org_id END
            AND w.waiting_id = u.waiting_id
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
        ELSIF c.waiting_id IS NOT NULL AND c.act <> 'wait' AND r.waiting_status <> ALL (
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
                FOR g IN SELECT l.slot_id, l.places FROM claim l
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
                FOR g IN SELECT l.slot_id, l.places, l.expires_at FROM claim l
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

-- Writes what a group has decided, set by set: one statement a table, whatever the group's size.
CREATE FUNCTION ledger_write(
    commands ledger_command[], verdicts text[], facts_of jsonb[], done integer[], at timestamptz)
RETURNS void LANGUAGE plpgsql AS $body$
DECLARE
    kinds text[];
    waits boolean;
BEGIN
    SELECT array_agg(DISTINCT u.act), bool_or(u.waiting_status IS NOT NULL) INTO kinds, waits
    FROM unnest(commands) WITH ORDINALITY u WHERE u.ordinality = ANY (done);

    IF 'create' = ANY (kinds) THEN
        INSERT INTO booking (org_id, booking_id, ref, status, offering_id, waiting_id, party, slots,
            starts_at, ends_at, customer_name, customer_email, customer_phone, locale, source,
            price_amount, currency, expires_at, created_at)
        SELECT u.org_id, u.subject, u.ref, u.status, u.offering_id, u.waiting_id, u.party, u.slots,
            u.starts_at, u.ends_at, u.customer_name, u.customer_email, u.customer_phone, u.locale,
            u.source, u.price_amount, u.currency, u.expires_at, at
        FROM unnest(commands) WITH ORDINALITY u WHERE u.act = 'create' AND u.ordinality = ANY (done)
        ORDER BY u.ordinality;
    END IF;

    IF 'change' = ANY (kinds) THEN
        DELETE FROM claim l USING unnest(commands) WITH ORDINALITY u
        WHERE u.gives AND u.ordinality = ANY (done)
            AND l.org_id = u.org_id AND l.booking_id = u.subject;
        UPDATE booking b SET status = u.status, version = b.version + 1,
            slots = CASE WHEN u.places > 0 THEN u.slots ELSE b.slots END,
            starts_at = coalesce(u.starts_at, b.starts_at),
            ends_at = coalesce(u.ends_at, b.ends_at),
            customer_name = coalesce(u.customer_name, b.customer_name),
            customer_email = coalesce(u.customer_email, b.customer_email),
            customer_phone = coalesce(u.customer_phone, b.customer_phone),
            locale = coalesce(u.locale, b.locale),
            source = coalesce(u.source, b.source),
            price_amount = coalesce(u.price_amount, b.price_amount),
            fee_amount = coalesce(u.fee_amount, b.fee_amount),
            expires_at = u.expires_at
        FROM unnest(commands) WITH ORDINALITY u
        WHERE u.act = 'change' AND u.ordinality = ANY (done)
            AND b.org_id = u.org_id AND b.booking_id = u.subject;
    END IF;

    IF 'wait' = ANY (kinds) THEN
        INSERT INTO waiting (org_id, waiting_id, slot_id, offering_id, status, party, customer_name,
            customer_email, customer_phone, locale, created_at)
        SELECT u.org_id, u.subject, u.slots[1], u.offering_id, 'waiting', u.party, u.customer_name,
            u.customer_email, u.customer_phone, u.locale, at
        FROM unnest(commands) WITH ORDINALITY u WHERE u.act = 'wait' AND u.ordinality = ANY (done)
        ORDER BY u.ordinality;
    END IF;

    IF waits THEN
        UPDATE waiting w SET status = u.waiting_status,
            booking_id = CASE u.waiting_status WHEN 'offered' THEN u.subject ELSE w.booking_id END
        FROM unnest(commands) WITH ORDINALITY u
        WHERE u.waiting_status IS NOT NULL AND u.act <> 'wait' AND u.ordinality = ANY (done)
            AND w.org_id = u.org_id AND w.waiting_id = u.waiting_id;
    END IF;

    INSERT INTO claim (org_id, slot_id, booking_id, places, expires_at)
    SELECT u.org_id, o.slot_id, u.subject, u.places, u.expires_at
    FROM unnest(commands) WITH ORDINALITY u, unnest(u.slots) AS o (slot_id)
    WHERE u.places > 0 AND u.ordinality = ANY (done);

    INSERT INTO event (org_id, kind, subject, data, actor, correlation_id, at)
    SELECT u.org_id, CASE WHEN u.ordinality = ANY (done) THEN u.event ELSE u.failure END, u.subject,
        CASE WHEN u.ordinality = ANY (done) THEN u.data
            ELSE u.data || jsonb_build_object('reason', d.verdict, 'facts', d.facts) END,
        u.actor, u.correlation_id, at
    FROM unnest(commands) WITH ORDINALITY u, LATERAL (
        SELECT verdicts[u.ordinality::integer] AS verdict, facts_of[u.ordinality::integer] AS facts) d
    WHERE u.ordinality = ANY (done) AND u.event IS NOT NULL
        OR u.failure IS NOT NULL AND d.verdict IN ('slot_full', 'slot_closed', 'duplicate')
    ORDER BY u.ordinality;

    INSERT INTO idempotency (org_id, key, fingerprint, command_id, subject, derived, outcome,
        created_at)
    SELECT u.org_id, u.key, u.fingerprint, u.command_id, u.subject,
        coalesce(u.derived, false), u.outcome, at
    FROM unnest(commands) WITH ORDINALITY u WHERE u.key IS NOT NULL AND u.ordinality = ANY (done)
    ORDER BY u.org_id, u.key;
END;
$body$;

-- migrate: rollback

DROP FUNCTION ledger_commit;
DROP FUNCTION ledger_write;
DROP FUNCTION ledger_expire;
DROP TYPE ledger_command;
