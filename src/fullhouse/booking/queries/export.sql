-- name: bookings_counted
-- How many bookings there are to write out, of one organisation or of all.
SELECT count(*)
FROM booking
WHERE :org_id::uuid IS NULL OR org_id = :org_id;

-- name: bookings_exported
-- Every booking with its organisation, offering and zone, by time: read through a cursor.
SELECT
    organisation.slug AS org,
    offering.slug AS offering,
    venue.zone,
    booking.ref,
    booking.status,
    booking.starts_at,
    booking.ends_at,
    booking.party,
    booking.customer_name,
    booking.customer_email,
    booking.customer_phone,
    booking.price_amount,
    booking.fee_amount,
    booking.currency,
    booking.created_at,
    coalesce(booking.answers::text, '') AS answers,
    coalesce(booking.guests::text, '') AS guests
FROM booking
INNER JOIN organisation USING (org_id)
INNER JOIN offering USING (org_id, offering_id)
INNER JOIN venue USING (org_id, venue_id)
WHERE :org_id::uuid IS NULL OR booking.org_id = :org_id
ORDER BY booking.org_id, booking.starts_at, booking.booking_id;
