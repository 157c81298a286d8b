-- name: places_held
-- The share of all places of an offering (:offering of :org) that is held and not booked.
-- Scope: every organisation. The operator counts what is stored.
SELECT
    coalesce((
        SELECT sum(booking.places * cardinality(booking.slots)) FROM booking
        WHERE booking.org_id = offering.org_id AND booking.offering_id = offering.offering_id
            AND booking.status = 'held'
    ), 0)::float8 / (
        SELECT sum(slot.capacity) FROM slot
        WHERE slot.org_id = offering.org_id AND slot.offering_id = offering.offering_id
    ) AS share
FROM offering JOIN organisation USING (org_id)
WHERE organisation.slug = :org AND offering.slug = :offering;

-- name: mails_to
-- How many e-mails to :recipient are sent, stored or due.
-- Scope: every organisation. The operator counts what is stored.
SELECT count(*) AS mails FROM message
WHERE recipient = :recipient AND status NOT IN ('rate_limited', 'discarded');
