-- name: slot_identities
-- The immutable part of these slots.
SELECT org_id, slot_id, offering_id, starts_at, ends_at
FROM slot WHERE org_id = :org_id AND slot_id = ANY (:slot_ids::uuid[]);

-- name: slots_between
-- The slots of an offering within a span as they stand at an instant: a hold that has expired by then
-- counts no more, whether or not anybody has cleared it away.
SELECT slot_id, starts_at, ends_at, capacity, booked,
    CASE WHEN held = 0 THEN 0 ELSE (
        SELECT coalesce(sum(places), 0)::integer FROM slot_allocation AS a
        WHERE a.org_id = slot.org_id AND a.slot_id = slot.slot_id AND a.expires_at > :now
    ) END AS held,
    CASE WHEN held = 0 THEN NULL ELSE (
        SELECT min(expires_at) FROM slot_allocation AS a
        WHERE a.org_id = slot.org_id AND a.slot_id = slot.slot_id AND a.expires_at > :now
    ) END AS next_expiry,
    state, reason,
    (SELECT count(*)::integer FROM waiting_list_entry AS w
        WHERE w.org_id = slot.org_id AND w.slot_id = slot.slot_id
            AND w.status = 'waiting') AS waiting
FROM slot
WHERE org_id = :org_id AND offering_id = :offering_id
    AND starts_at >= :first AND starts_at < :last
ORDER BY starts_at;

-- name: next_slot_with_room
-- When the first slot within a span that is open and has room for a party starts.
SELECT starts_at FROM slot
WHERE org_id = :org_id AND offering_id = :offering_id
    AND starts_at >= :first AND starts_at < :last
    AND state = 'open' AND capacity - booked - held >= :party
ORDER BY starts_at LIMIT 1;

-- name: largest_slot
-- The most places that a coming slot of an offering has.
SELECT max(capacity) FROM slot
WHERE org_id = :org_id AND offering_id = :offering_id AND starts_at > :now;

-- name: slots_with_expired_holds
-- Slots of any organisation with holds past their time, oldest first.
-- Scope: every organisation. The worker works for all.
SELECT DISTINCT org_id, slot_id
FROM (
    SELECT org_id, slot_id FROM slot_allocation
    WHERE expires_at <= :now
    ORDER BY expires_at LIMIT :limit
) expired;

-- name: slots_on_days
-- The slots of some days at their venue, of one offering or all, in order of time.
SELECT slot.slot_id, slot.starts_at, slot.ends_at, slot.capacity, slot.booked, slot.held, slot.state,
    slot.reason, slot.offering_id, offering.name AS offering_name, venue.venue_id,
    venue.name AS venue_name, venue.zone, venue.country
FROM offering
JOIN venue ON venue.org_id = offering.org_id AND venue.venue_id = offering.venue_id
JOIN slot ON slot.org_id = offering.org_id AND slot.offering_id = offering.offering_id
WHERE offering.org_id = :org_id
    AND (:offering_id::uuid IS NULL OR offering.offering_id = :offering_id)
    AND slot.starts_at >= :first::date::timestamp AT TIME ZONE venue.zone
    AND slot.starts_at < (:last::date + 1)::timestamp AT TIME ZONE venue.zone
ORDER BY slot.starts_at, offering.position, offering.name, slot.slot_id
LIMIT :limit;

-- name: slot_of_day
-- One slot with its offering and venue.
SELECT slot.slot_id, slot.starts_at, slot.ends_at, slot.capacity, slot.booked, slot.held, slot.state,
    slot.reason, slot.offering_id, offering.name AS offering_name, venue.venue_id,
    venue.name AS venue_name, venue.zone, venue.country
FROM slot
JOIN offering ON offering.org_id = slot.org_id AND offering.offering_id = slot.offering_id
JOIN venue ON venue.org_id = offering.org_id AND venue.venue_id = offering.venue_id
WHERE slot.org_id = :org_id AND slot.slot_id = :slot_id;

-- name: days_of_slots
-- What the slots of each day at their venue come to, of one offering or all. A closed slot offers no places.
SELECT (slot.starts_at AT TIME ZONE venue.zone)::date AS day, count(*)::integer AS slots,
    (count(*) FILTER (WHERE slot.state = 'closed'))::integer AS closed,
    coalesce(sum(slot.capacity) FILTER (WHERE slot.state = 'open'), 0)::integer AS capacity,
    coalesce(sum(slot.booked), 0)::integer AS booked, coalesce(sum(slot.held), 0)::integer AS held
FROM offering
JOIN venue ON venue.org_id = offering.org_id AND venue.venue_id = offering.venue_id
JOIN slot ON slot.org_id = offering.org_id AND slot.offering_id = offering.offering_id
WHERE offering.org_id = :org_id
    AND (:offering_id::uuid IS NULL OR offering.offering_id = :offering_id)
    AND slot.starts_at >= :first::date::timestamp AT TIME ZONE venue.zone
    AND slot.starts_at < (:last::date + 1)::timestamp AT TIME ZONE venue.zone
GROUP BY 1 ORDER BY 1;

-- name: parties_in_slot
-- Every party of one slot.
SELECT a.slot_id, booking.booking_id, booking.ref, booking.status, a.places AS party,
    booking.customer_name, booking.customer_email, booking.customer_phone,
    coalesce(booking_note.note, '') AS note, booking.answers, booking.guests
FROM slot_allocation AS a
JOIN booking ON booking.org_id = a.org_id AND booking.booking_id = a.booking_id
LEFT JOIN booking_note ON booking_note.org_id = a.org_id AND booking_note.booking_id = a.booking_id
WHERE a.org_id = :org_id AND a.slot_id = :slot_id AND a.expires_at IS NULL;

-- name: arrivals_on
-- Every party expected on a day of its venue, one slot after the other.
SELECT a.slot_id, booking.booking_id, booking.ref, booking.status, a.places AS party,
    booking.customer_name, booking.customer_email, booking.customer_phone,
    coalesce(booking_note.note, '') AS note, booking.answers, booking.guests
FROM offering
JOIN venue ON venue.org_id = offering.org_id AND venue.venue_id = offering.venue_id
JOIN slot ON slot.org_id = offering.org_id AND slot.offering_id = offering.offering_id
JOIN slot_allocation AS a ON a.org_id = slot.org_id AND a.slot_id = slot.slot_id
JOIN booking ON booking.org_id = a.org_id AND booking.booking_id = a.booking_id
LEFT JOIN booking_note ON booking_note.org_id = a.org_id AND booking_note.booking_id = a.booking_id
WHERE offering.org_id = :org_id
    AND slot.starts_at >= :day::date::timestamp AT TIME ZONE venue.zone
    AND slot.starts_at < (:day::date + 1)::timestamp AT TIME ZONE venue.zone
    AND a.expires_at IS NULL
ORDER BY slot.starts_at, a.slot_id;
