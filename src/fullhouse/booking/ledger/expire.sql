-- Expires holds past their time on the locked slots before anything is decided, so that none blocks a
-- customer. The places that a cancelled booking keeps for undo end in the same way. What is held on
-- several slots is given back slot by slot, as each slot is locked.
CREATE OR REPLACE FUNCTION ledger_expire(g ledger_group, at timestamptz)
RETURNS ledger_group LANGUAGE plpgsql AS $body$
DECLARE
    hold record;
    i integer;
BEGIN
    FOR hold IN
        WITH freed AS (
            DELETE FROM slot_allocation a
            USING unnest(g.slot_orgs, g.slot_ids) AS s (org_id, slot_id)
            WHERE a.org_id = s.org_id AND a.slot_id = s.slot_id AND a.expires_at <= at
            RETURNING a.org_id, a.booking_id, a.slot_id, a.places
        ), expired AS (
            UPDATE booking b SET status = 'expired', version = b.version + 1, client = NULL
            FROM (SELECT DISTINCT f.org_id, f.booking_id FROM freed f) f
            WHERE b.org_id = f.org_id AND b.booking_id = f.booking_id AND b.status = 'held'
            RETURNING b.org_id, b.booking_id, b.offering_id, b.slots, b.party
        ), lapsed_offers AS (
            UPDATE waiting_list_entry w SET status = 'lapsed', client = NULL FROM expired e
            WHERE w.org_id = e.org_id AND w.booking_id = e.booking_id AND w.status = 'offered'
        ), events AS (
            INSERT INTO event (org_id, kind, subject, data, actor, correlation_id, at)
            SELECT e.org_id, 'HoldExpired', e.booking_id,
                jsonb_build_object('offering_id', e.offering_id, 'slots', e.slots, 'party', e.party),
                'system', e.booking_id, at
            FROM expired e
            UNION ALL
            SELECT b.org_id, 'PlacesReleased', b.booking_id,
                jsonb_build_object('offering_id', b.offering_id, 'slots', array_agg(f.slot_id), 'party', b.party),
                'system', b.booking_id, at
            FROM freed f JOIN booking b ON b.org_id = f.org_id AND b.booking_id = f.booking_id
            WHERE b.status = 'cancelled'
            GROUP BY b.org_id, b.booking_id
        )
        SELECT f.slot_id, f.places FROM freed f
    LOOP
        i := array_position(g.slot_ids, hold.slot_id);
        g.free[i] := g.free[i] + hold.places;
        g.expired[i] := g.expired[i] + hold.places;
    END LOOP;
    RETURN g;
END;
$body$;
