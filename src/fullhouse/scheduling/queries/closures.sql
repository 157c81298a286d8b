-- name: closed_reason
-- Why a time of a booking is closed, where it was closed after the booking was made. One that has left its
-- schedule keeps its guests; one that staff booked although it was closed takes place.
SELECT reason FROM slot
WHERE org_id = :org_id AND slot_id = ANY (CAST(:slot_ids AS uuid[])) AND state = 'closed'
    AND reason <> :off_schedule_reason
    AND :booked_at < off_schedule_since + interval '1 minute'
ORDER BY starts_at LIMIT 1;

-- name: closures_ahead
-- When an organisation, one venue of it, or by one closure it will be shut, with what became of its notices:
-- not sent yet, told, and of these moved to another time, or without a booking by now.
SELECT c.closure_id, c.starts_at, c.ends_at, c.reason, c.source, c.uid, c.recurrence, c.offerings,
    v.name AS venue_name, v.zone, v.country,
    ARRAY (SELECT o.slug FROM offering o
        WHERE o.org_id = c.org_id AND o.offering_id = ANY (c.offerings) ORDER BY o.slug) AS slugs,
    ARRAY (SELECT o.name FROM offering o
        WHERE o.org_id = c.org_id AND o.offering_id = ANY (c.offerings) ORDER BY o.slug) AS names,
    n.remedy, n.first_due_at, n.due, n.told, n.moved, n.left
FROM closure c
JOIN venue v ON v.org_id = c.org_id AND v.venue_id = c.venue_id
CROSS JOIN LATERAL (
    SELECT min(n.remedy) AS remedy, min(n.due_at) AS first_due_at,
        (count(*) FILTER (WHERE n.status = 'due'))::integer AS due,
        (count(*) FILTER (WHERE n.status IN ('claimed', 'told')))::integer AS told,
        (count(*) FILTER (WHERE n.status = 'told' AND b.starts_at <> n.starts_at))::integer AS moved,
        (count(*) FILTER (WHERE n.status IN ('claimed', 'told') AND b.status = 'cancelled'))::integer AS left
    FROM closure_notice n
    JOIN booking b ON b.org_id = n.org_id AND b.booking_id = n.booking_id
    WHERE n.org_id = c.org_id AND n.closure_id = c.closure_id
) n
WHERE c.org_id = :org_id AND (:venue_id::uuid IS NULL OR c.venue_id = :venue_id)
    AND (:closure_id::uuid IS NULL OR c.closure_id = :closure_id)
    AND (:closure_id::uuid IS NOT NULL OR c.until > :now::timestamptz AT TIME ZONE v.zone)
ORDER BY c.starts_at, c.closure_id LIMIT :count;

-- name: guests_of_closure
-- Whom a closure touches, and what each has done since; the soonest first.
SELECT b.ref, b.customer_name, b.customer_email, b.customer_phone, b.party, n.starts_at, n.remedy,
    n.status, n.due_at, b.status AS booking_status, b.starts_at AS booking_starts_at
FROM closure_notice n
JOIN booking b ON b.org_id = n.org_id AND b.booking_id = n.booking_id
WHERE n.org_id = :org_id AND n.closure_id = :closure_id
ORDER BY n.starts_at, b.ref LIMIT :count;

-- name: close_venue
-- The venue, or some of its offerings, is shut for a time.
INSERT INTO closure (org_id, closure_id, venue_id, starts_at, ends_at, until, reason, offerings, source, uid)
VALUES (:org_id, :closure_id, :venue_id, :starts_at, :ends_at, :ends_at, :reason, :offering_ids, 'owner',
    :uid);

-- name: reopen_venue
-- A closure is taken back, and its notices with it.
DELETE FROM closure WHERE org_id = :org_id AND closure_id = :closure_id
RETURNING venue_id;

-- name: bookings_touched
-- Bookings with places in slots that overlap a span, the soonest first, also those whose cancellation may
-- still be undone; but not those that are told already to choose another time than this one.
SELECT DISTINCT b.booking_id, b.ref, b.status, b.party, b.customer_name, b.customer_email, b.customer_phone,
    o.slug AS offering, o.name AS offering_name, v.zone, b.starts_at, b.ends_at, b.expires_at
FROM slot s
JOIN slot_allocation a ON a.org_id = s.org_id AND a.slot_id = s.slot_id
JOIN booking b ON b.org_id = a.org_id AND b.booking_id = a.booking_id
JOIN offering o ON o.org_id = b.org_id AND o.offering_id = b.offering_id
JOIN venue v ON v.org_id = o.org_id AND v.venue_id = o.venue_id
WHERE s.org_id = :org_id AND s.offering_id = ANY (CAST(:offering_ids AS uuid[]))
    AND s.starts_at >= :since AND s.starts_at < :last AND s.ends_at > :first
    AND b.status IN ('confirmed', 'cancelled')
    AND NOT EXISTS (
        SELECT FROM closure_notice n
        WHERE n.org_id = b.org_id AND n.booking_id = b.booking_id AND n.starts_at = b.starts_at
            AND n.status <> 'over' AND (n.remedy <> 'move' OR :remedy = 'move'))
ORDER BY b.starts_at, b.ref LIMIT :count;

-- name: add_notices
-- Whom a closure touches, with when each is told.
INSERT INTO closure_notice (org_id, closure_id, booking_id, remedy, starts_at, due_at)
SELECT :org_id, :closure_id, n.booking_id, :remedy, n.starts_at, n.due_at
FROM unnest(CAST(:booking_ids AS uuid[]), CAST(:starts AS timestamptz[]), CAST(:due AS timestamptz[]))
    AS n (booking_id, starts_at, due_at)
ON CONFLICT DO NOTHING;

-- name: lock_notice
-- One notice of a closure that was not taken back, which nobody else changes until the transaction ends.
SELECT n.closure_id, n.booking_id, n.remedy, n.status, n.starts_at, c.reason
FROM closure_notice n
JOIN closure c ON c.org_id = n.org_id AND c.closure_id = n.closure_id
WHERE n.org_id = :org_id AND n.closure_id = :closure_id AND n.booking_id = :booking_id
FOR UPDATE OF n;

-- name: settle_notice
-- What became of a notice.
UPDATE closure_notice SET status = :status
WHERE org_id = :org_id AND closure_id = :closure_id AND booking_id = :booking_id;

-- name: lock_notices
-- All notices of a closure, before it is taken back: nobody is told meanwhile.
SELECT booking_id, remedy, status FROM closure_notice
WHERE org_id = :org_id AND closure_id = :closure_id
ORDER BY booking_id FOR UPDATE;
