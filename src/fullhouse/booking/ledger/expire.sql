-- Gives back, at once, the places of holds past their time on slots that the caller has locked with
-- their bookings, so that none ever blocks a customer. A hold over several slots gives back each
-- place where it is met.
CREATE OR REPLACE FUNCTION ledger_expire(orgs uuid[], slots uuid[], at timestamptz)
RETURNS TABLE (slot_id uuid, places integer) LANGUAGE plpgsql AS $body$
BEGIN
    RETURN QUERY
    WITH lapsed AS (
        DELETE FROM slot_allocation c USING unnest(orgs, slots) AS s (org_id, slot_id)
        WHERE c.org_id = s.org_id AND c.slot_id = s.slot_id AND c.expires_at <= at
        RETURNING c.org_id, c.booking_id, c.slot_id, c.places
    ), ended AS (
        UPDATE booking b SET status = 'expired', version = b.version + 1
        FROM (SELECT DISTINCT l.org_id, l.booking_id FROM lapsed l) l
        WHERE b.org_id = l.org_id AND b.booking_id = l.booking_id AND b.status = 'held'
        RETURNING b.org_id, b.booking_id, b.offering_id, b.slots, b.party
    ), unanswered AS (
        UPDATE waiting_list_entry w SET status = 'lapsed' FROM ended e
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
