-- name: mark_sales_days
-- The days of these bookings, and those they were moved from, are to be counted anew.
INSERT INTO sales_day_due (org_id, offering_id, day)
SELECT DISTINCT booking.org_id, booking.offering_id, (at.starts_at AT TIME ZONE zone_or_utc(venue.zone))::date
FROM unnest(:org_ids::uuid[], :booking_ids::uuid[], :starts::timestamptz[])
    AS e (org_id, booking_id, from_starts_at)
JOIN booking ON booking.org_id = e.org_id AND booking.booking_id = e.booking_id
JOIN offering ON offering.org_id = booking.org_id AND offering.offering_id = booking.offering_id
JOIN venue ON venue.org_id = offering.org_id AND venue.venue_id = offering.venue_id
CROSS JOIN LATERAL (VALUES (booking.starts_at), (e.from_starts_at)) AS at (starts_at)
WHERE at.starts_at IS NOT NULL
ON CONFLICT DO NOTHING;

-- name: mark_sales_of_offerings
-- All days of these offerings are to be counted anew, with their neighbours: their zone is another.
INSERT INTO sales_day_due (org_id, offering_id, day)
SELECT DISTINCT s.org_id, s.offering_id, s.day + shift
FROM unnest(:org_ids::uuid[], :offering_ids::uuid[]) AS e (org_id, offering_id)
JOIN sales_day AS s ON s.org_id = e.org_id AND s.offering_id = e.offering_id
CROSS JOIN generate_series(-1, 1) AS shift
ON CONFLICT DO NOTHING;

-- name: take_sales_days
-- Days to be counted anew, which are not due any more.
-- Scope: every organisation. The worker works for all.
DELETE FROM sales_day_due AS d
USING (
    SELECT org_id, offering_id, day FROM sales_day_due
    ORDER BY org_id, offering_id, day LIMIT :limit FOR UPDATE SKIP LOCKED
) AS taken
WHERE d.org_id = taken.org_id AND d.offering_id = taken.offering_id AND d.day = taken.day
RETURNING d.org_id, d.offering_id, d.day;

-- name: forget_sales_days
-- What was counted before.
DELETE FROM sales_day AS s
USING unnest(:org_ids::uuid[], :offering_ids::uuid[], :days::date[]) AS d (org_id, offering_id, day)
WHERE s.org_id = d.org_id AND s.offering_id = d.offering_id AND s.day = d.day;

-- name: count_sales_days
-- Counts the bookings of these days: those that were sold, and the fees of those that were cancelled.
-- Day by day, so that the planner reads each by the index and joins no season. A day of more money than fits
-- counts as the most: it is counted with the days of other businesses.
INSERT INTO sales_day (org_id, day, offering_id, booked_on, bookings, places, amount, fees)
SELECT d.org_id, d.day, d.offering_id, sold.booked_on, sold.bookings, sold.places, sold.amount,
    sold.fees
FROM unnest(:org_ids::uuid[], :offering_ids::uuid[], :days::date[]) AS d (org_id, offering_id, day)
JOIN offering ON offering.org_id = d.org_id AND offering.offering_id = d.offering_id
JOIN venue ON venue.org_id = offering.org_id AND venue.venue_id = offering.venue_id
CROSS JOIN LATERAL (SELECT zone_or_utc(venue.zone) AS zone OFFSET 0) AS clock
CROSS JOIN LATERAL (
    SELECT (b.created_at AT TIME ZONE clock.zone)::date AS booked_on,
        count(*) FILTER (WHERE b.status <> 'cancelled') AS bookings,
        coalesce(sum(b.places) FILTER (WHERE b.status <> 'cancelled'), 0) AS places,
        least(coalesce(sum(b.price_amount) FILTER (WHERE b.status <> 'cancelled'), 0), :amount_max) AS amount,
        least(coalesce(sum(b.fee_amount) FILTER (WHERE b.status = 'cancelled'), 0), :amount_max) AS fees
    FROM booking AS b
    WHERE b.org_id = d.org_id AND b.offering_id = d.offering_id
        AND b.starts_at >= d.day::timestamp AT TIME ZONE clock.zone
        AND b.starts_at < (d.day + 1)::timestamp AT TIME ZONE clock.zone
        AND b.status = ANY (:statuses)
    GROUP BY 1
) AS sold;

-- name: places_between
-- The places of each offering on each day of these spans: those there are, and those that are sold.
SELECT (slot.starts_at AT TIME ZONE venue.zone)::date AS day, slot.offering_id,
    sum(CASE WHEN slot.state = 'open' THEN slot.capacity ELSE slot.booked END)::integer AS capacity,
    sum(slot.booked)::integer AS sold
FROM offering
JOIN venue ON venue.org_id = offering.org_id AND venue.venue_id = offering.venue_id
CROSS JOIN unnest(:firsts::date[], :lasts::date[]) AS span (first, last)
JOIN slot ON slot.org_id = offering.org_id AND slot.offering_id = offering.offering_id
    AND slot.starts_at >= span.first::timestamp AT TIME ZONE venue.zone
    AND slot.starts_at < (span.last + 1)::timestamp AT TIME ZONE venue.zone
WHERE offering.org_id = :org_id
GROUP BY 1, 2
ORDER BY 1, 2;

-- name: waiting_between
-- Who waits for a place of each offering on each day at its venue.
SELECT (slot.starts_at AT TIME ZONE venue.zone)::date AS day, slot.offering_id,
    sum(w.party)::integer AS guests
FROM waiting_list_entry AS w
JOIN slot ON slot.org_id = w.org_id AND slot.slot_id = w.slot_id
JOIN offering ON offering.org_id = w.org_id AND offering.offering_id = slot.offering_id
JOIN venue ON venue.org_id = offering.org_id AND venue.venue_id = offering.venue_id
WHERE w.org_id = :org_id AND w.status = 'waiting'
    AND slot.starts_at >= :first::date::timestamp AT TIME ZONE venue.zone
    AND slot.starts_at < (:last::date + 1)::timestamp AT TIME ZONE venue.zone
GROUP BY 1, 2
ORDER BY 1, 2;

-- name: sales_between
-- What was sold of each offering for each of these days.
SELECT day, offering_id, sum(bookings)::integer AS bookings,
    least(sum(amount), :amount_max)::bigint AS amount, least(sum(fees), :amount_max)::bigint AS fees
FROM sales_day
WHERE org_id = :org_id AND day BETWEEN :first AND :last
GROUP BY day, offering_id
ORDER BY day, offering_id;

-- name: sales_by_booking_day
-- How many places were sold for these days on each day, of one offering or of all.
SELECT booked_on, sum(places)::integer AS places
FROM sales_day
WHERE org_id = :org_id AND day BETWEEN :first AND :last
    AND (:offering_id::uuid IS NULL OR offering_id = :offering_id)
GROUP BY booked_on
ORDER BY booked_on;

-- name: guests_on
-- How many guests come on a day at their venue, and how many of them have arrived.
SELECT coalesce(sum(a.places), 0)::integer AS expected,
    coalesce(sum(a.places) FILTER (WHERE booking.status = 'checked_in'), 0)::integer AS arrived
FROM offering
JOIN venue ON venue.org_id = offering.org_id AND venue.venue_id = offering.venue_id
JOIN slot ON slot.org_id = offering.org_id AND slot.offering_id = offering.offering_id
JOIN slot_allocation AS a ON a.org_id = slot.org_id AND a.slot_id = slot.slot_id
JOIN booking ON booking.org_id = a.org_id AND booking.booking_id = a.booking_id
WHERE offering.org_id = :org_id
    AND slot.starts_at >= :day::date::timestamp AT TIME ZONE venue.zone
    AND slot.starts_at < (:day::date + 1)::timestamp AT TIME ZONE venue.zone
    AND a.expires_at IS NULL;

-- name: waiting_that_fit
-- How many entries of the waiting list there are places for, now or at another time of their day.
SELECT count(*)::integer
FROM waiting_list_entry AS w
WHERE w.org_id = :org_id AND w.status = 'waiting' AND EXISTS (
    SELECT FROM slot AS s
    WHERE s.org_id = w.org_id AND s.slot_id = w.slot_id AND w.day_starts_at IS NULL
        AND s.state = 'open' AND s.starts_at > :now AND s.capacity - s.booked - s.held >= w.party
    UNION ALL
    SELECT FROM slot AS s
    WHERE s.org_id = w.org_id AND s.offering_id = w.offering_id
        AND s.starts_at >= w.day_starts_at AND s.starts_at < w.day_ends_at
        AND s.state = 'open' AND s.starts_at > :now AND s.capacity - s.booked - s.held >= w.party
);

-- name: places_booked_on
-- How many places were booked on each of these days, for any day.
SELECT booked_on, sum(places)::integer AS places
FROM sales_day
WHERE org_id = :org_id AND booked_on = ANY (:days::date[])
GROUP BY booked_on
ORDER BY booked_on;

-- name: next_busy_day
-- The first of these days on which a business has twice the places booked of its days lately.
-- Scope: every organisation. The installation is one for all.
SELECT min(busy.day)
FROM organisation AS o
CROSS JOIN LATERAL (
    SELECT
        s.day, sum(s.places) AS places,
        avg(sum(s.places)) OVER () AS usual
    FROM sales_day AS s
    WHERE s.org_id = o.org_id AND s.day >= :since AND s.day <= :last
    GROUP BY s.day
) AS busy
WHERE busy.day >= :first AND busy.places >= :places_min AND busy.places >= 2 * busy.usual;

-- name: offerings_in_demand
-- The offerings with most bookings made lately, those first.
-- Scope: every organisation. A web process serves all of them.
SELECT o.org_id, sold.offering_id
FROM organisation AS o
CROSS JOIN LATERAL (
    SELECT s.offering_id, sum(s.bookings) AS bookings
    FROM sales_day AS s
    WHERE s.org_id = o.org_id AND s.booked_on >= :since
    GROUP BY s.offering_id
) AS sold
ORDER BY sold.bookings DESC, sold.offering_id
LIMIT :rows_max;
