-- Writes what a group has decided, set by set: one statement a table, whatever the group's size.
CREATE OR REPLACE FUNCTION ledger_write(
    commands ledger_command[], verdicts text[], facts_of jsonb[], done integer[], at timestamptz)
RETURNS void LANGUAGE plpgsql AS $body$
DECLARE
    kinds text[];
    waits boolean;
BEGIN
    SELECT array_agg(DISTINCT u.act), bool_or(u.waiting_status IS NOT NULL) INTO kinds, waits
    FROM unnest(commands) WITH ORDINALITY u WHERE u.ordinality = ANY (done);

    IF 'create' = ANY (kinds) THEN
        INSERT INTO booking (org_id, booking_id, ref, status, offering_id, entry_id, party, slots,
            starts_at, ends_at, customer_name, customer_email, customer_phone, locale, source,
            price_amount, currency, expires_at, created_at)
        SELECT u.org_id, u.subject, u.ref, u.status, u.offering_id, u.entry_id, u.party, u.slots,
            u.starts_at, u.ends_at, u.customer_name, u.customer_email, u.customer_phone, u.locale,
            u.source, u.price_amount, u.currency, u.expires_at, at
        FROM unnest(commands) WITH ORDINALITY u WHERE u.act = 'create' AND u.ordinality = ANY (done)
        ORDER BY u.ordinality;
    END IF;

    IF 'change' = ANY (kinds) THEN
        DELETE FROM slot_allocation l USING unnest(commands) WITH ORDINALITY u
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
        INSERT INTO waiting_list_entry (org_id, entry_id, slot_id, offering_id, status, party, customer_name,
            customer_email, customer_phone, locale, created_at)
        SELECT u.org_id, u.subject, u.slots[1], u.offering_id, 'waiting', u.party, u.customer_name,
            u.customer_email, u.customer_phone, u.locale, at
        FROM unnest(commands) WITH ORDINALITY u WHERE u.act = 'wait' AND u.ordinality = ANY (done)
        ORDER BY u.ordinality;
    END IF;

    IF waits THEN
        UPDATE waiting_list_entry w SET status = u.waiting_status,
            booking_id = CASE u.waiting_status WHEN 'offered' THEN u.subject ELSE w.booking_id END
        FROM unnest(commands) WITH ORDINALITY u
        WHERE u.waiting_status IS NOT NULL AND u.act <> 'wait' AND u.ordinality = ANY (done)
            AND w.org_id = u.org_id AND w.entry_id = u.entry_id;
    END IF;

    INSERT INTO slot_allocation (org_id, slot_id, booking_id, places, expires_at)
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
