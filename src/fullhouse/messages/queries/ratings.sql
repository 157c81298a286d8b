-- name: rating_of
-- How the guest of a booking rated the visit.
SELECT org_id, booking_id, offering_id, stars, words, created_at, changed_at
FROM rating
WHERE org_id = :org_id AND booking_id = :booking_id;

-- name: rate
-- One rating a booking, which may be changed.
INSERT INTO rating AS stored (org_id, booking_id, offering_id, stars, words, created_at, changed_at)
VALUES (:org_id, :booking_id, :offering_id, :stars, :words, :at, :at)
ON CONFLICT (org_id, booking_id) DO UPDATE
SET stars = excluded.stars, words = excluded.words, changed_at = excluded.changed_at;

-- name: ratings
-- The ratings of an organisation, the newest first, a page after a position.
SELECT r.org_id, r.booking_id, r.stars, r.words, r.created_at, r.changed_at, b.ref, b.starts_at, b.customer_name,
    o.name AS offering_name, v.zone, v.country
FROM rating r
JOIN booking b ON b.org_id = r.org_id AND b.booking_id = r.booking_id
JOIN offering o ON o.org_id = r.org_id AND o.offering_id = r.offering_id
JOIN venue v ON v.org_id = o.org_id AND v.venue_id = o.venue_id
WHERE r.org_id = :org_id AND (r.created_at, r.booking_id) < (:after_created_at, :after_booking_id)
    AND (:stars::integer IS NULL OR r.stars = :stars::integer)
    AND (:offering_id::uuid IS NULL OR r.offering_id = :offering_id)
ORDER BY r.created_at DESC, r.booking_id DESC
LIMIT :limit;

-- name: listed_rating
-- One of them.
SELECT r.org_id, r.booking_id, r.stars, r.words, r.created_at, r.changed_at, b.ref, b.starts_at, b.customer_name,
    o.name AS offering_name, v.zone, v.country
FROM rating r
JOIN booking b ON b.org_id = r.org_id AND b.booking_id = r.booking_id
JOIN offering o ON o.org_id = r.org_id AND o.offering_id = r.offering_id
JOIN venue v ON v.org_id = o.org_id AND v.venue_id = o.venue_id
WHERE r.org_id = :org_id AND r.booking_id = :booking_id;

-- name: rating_summary
-- How many there are since an instant, and their average.
SELECT count(*)::integer AS ratings, avg(stars)::double precision AS average
FROM rating
WHERE org_id = :org_id AND created_at > :since;

-- name: erase_ratings
-- Empties what guests wrote of these bookings; the stars stay, and say nothing of them.
UPDATE rating SET words = '' WHERE org_id = :org_id AND booking_id = ANY (:subjects::uuid[]) AND words <> '';
