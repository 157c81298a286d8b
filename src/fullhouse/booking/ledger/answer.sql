-- Answers the commands whose verdict does not depend on places: repeats of a key, changes of a booking
-- that is not as expected, duplicates, too many of one customer. A null verdict is left to `ledger_decide`.
-- Runs under the locks, so that a repeat which arrives while the first command is being committed waits for its
-- outcome. No two commands of a group share a key, a booking or a customer: one statement serves all.
--
-- Keys derived from the request (no client key) replay for `replay_window`. After that the caller may
-- be another person who knows the e-mail address: answer 'duplicate' instead of the stored outcome,
-- which leads to the manage link.
CREATE OR REPLACE FUNCTION ledger_answer(
    commands ledger_command[], g ledger_group, at timestamptz, replay_window interval)
RETURNS ledger_group LANGUAGE plpgsql AS $body$
DECLARE
    no_fingerprint CONSTANT uuid := '00000000-0000-0000-0000-000000000000';
BEGIN
    SELECT array_agg(v.verdict), array_agg(CASE v.verdict
            WHEN 'wrong_status' THEN jsonb_build_object('status', v.status)
            WHEN 'customer_full' THEN jsonb_build_object('bookings_max', v.customer_bookings_max)
            WHEN 'duplicate' THEN v.duplicate END),
        array_agg(CASE WHEN v.verdict IN ('done', 'replayed') THEN v.outcome END),
        bool_or(v.verdict IS NULL AND v.prior_command_id IS NOT NULL)
    INTO g.verdicts, g.details, g.outcomes, g.has_ended_keys
    FROM (
        SELECT k.command_id AS prior_command_id, k.outcome, other.duplicate, c.customer_bookings_max,
            CASE WHEN b.status = ANY (c.expected_statuses) THEN e.status ELSE coalesce(b.status, e.status) END AS status,
            CASE
                WHEN k.command_id IS NOT NULL AND (NOT k.derived
                    OR coalesce(kb.status IN ('held', 'confirmed', 'checked_in'),
                        ke.status IN ('waiting', 'offered'), true)
                    AND (c.kind <> 'create_booking' OR c.duplicate_window_minutes IS NULL
                        OR k.created_at > at - replay_window))
                THEN CASE WHEN k.fingerprint <> coalesce(c.fingerprint, no_fingerprint) THEN 'key_reused'
                    WHEN k.command_id = c.command_id THEN 'done' ELSE 'replayed' END
                WHEN c.kind = 'change_booking' AND b.status IS NULL THEN 'unknown_booking'
                WHEN b.quarantined_at IS NOT NULL THEN 'quarantined'
                WHEN b.status <> ALL (c.expected_statuses) THEN 'wrong_status'
                WHEN b.version <> c.expected_version THEN 'stale' WHEN e.status <> c.expected_entry_status THEN 'wrong_status'
                WHEN other.booked_lately >= c.customer_bookings_max THEN 'customer_full'
                WHEN other.duplicate IS NOT NULL THEN 'duplicate'
            END AS verdict
        FROM unnest(commands) WITH ORDINALITY c
        LEFT JOIN idempotency k ON k.org_id = c.org_id AND k.key = c.key
        LEFT JOIN booking kb ON kb.org_id = k.org_id AND kb.booking_id = k.subject
        LEFT JOIN waiting_list_entry ke ON ke.org_id = k.org_id AND ke.entry_id = k.subject
        -- Null for a command that changes nothing, so that nothing is looked up for it
        LEFT JOIN booking b ON b.org_id = CASE c.kind WHEN 'change_booking' THEN c.org_id END
            AND b.booking_id = c.aggregate_id
        LEFT JOIN waiting_list_entry e ON e.entry_id = c.entry_id
            AND e.org_id = CASE WHEN c.entry_id IS NOT NULL THEN c.org_id END
        LEFT JOIN LATERAL ledger_other_bookings(c.org_id, c.aggregate_id, at,
            coalesce((c.new_booking).offering_id, b.offering_id), coalesce((c.new_booking).starts_at, b.starts_at),
            coalesce((c.new_booking).customer_email, c.booking_changes->>'customer_email'),
            c.duplicate_window_minutes, c.customer_bookings_max) AS other ON true
        ORDER BY c.ordinality
    ) v;
    g.done := '{}';
    RETURN g;
END;
$body$;

-- Other bookings of the same customer for the same offering, where the command asks for them: one near
-- this time, and how many were made within a day. Its terms are spelled so that only the customer's index
-- serves, although the table may be empty when the plan is made: no order, and no range over a time.
CREATE OR REPLACE FUNCTION ledger_other_bookings(org uuid, booking uuid, at timestamptz,
    offering uuid, starts timestamptz, email text, window_minutes integer, bookings_max integer)
RETURNS TABLE (duplicate jsonb, booked_lately bigint) LANGUAGE sql STABLE AS $body$
    SELECT (array_agg(jsonb_build_object('ref', o.ref, 'starts_at', o.starts_at, 'party', o.party))
            FILTER (WHERE abs(extract(epoch FROM o.starts_at - starts)) <= window_minutes * 60))[1],
        count(*) FILTER (WHERE extract(epoch FROM at - o.created_at) < 86400)
    FROM booking o
    WHERE (window_minutes > 0 OR bookings_max > 0) AND o.org_id = org AND o.customer_email = email
        AND o.status IN ('confirmed', 'checked_in')
        AND o.offering_id = offering AND o.booking_id <> booking
$body$;
