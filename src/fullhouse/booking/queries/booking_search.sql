-- name: bookings_by_time
-- Bookings that match a search, the earliest slot first, a page from a position on.
SELECT org_id, booking_id, ref, status, version, offering_id, entry_id, party, places, slots,
    starts_at, ends_at, customer_name, customer_email, customer_phone, locale, source, answers, guests,
    price_amount, fee_amount, currency, expires_at, created_at, link_version, free_until, move_until,
    quarantined_at
FROM booking
WHERE org_id = :org_id AND starts_at >= :first AND starts_at < :last
    AND (starts_at, booking_id) > (:after_starts_at, :after_booking_id)
    AND status = ANY (:statuses)
    AND (:offering_id::uuid IS NULL OR offering_id = :offering_id)
    AND (:party::integer IS NULL OR party = :party)
    AND (:source::text IS NULL OR source ->> 'utm_source' = :source)
    AND position(:text IN lower(concat_ws(
        ' ', ref, customer_name, customer_email, translate(customer_phone, '+ ()./-', ''),
        spellings(customer_name)
    ))) > 0
ORDER BY starts_at, booking_id
LIMIT :limit;

-- name: bookings_by_time_descending
-- Bookings that match a search, the latest slot first, a page from a position on.
SELECT org_id, booking_id, ref, status, version, offering_id, entry_id, party, places, slots,
    starts_at, ends_at, customer_name, customer_email, customer_phone, locale, source, answers, guests,
    price_amount, fee_amount, currency, expires_at, created_at, link_version, free_until, move_until,
    quarantined_at
FROM booking
WHERE org_id = :org_id AND starts_at >= :first AND starts_at < :last
    AND (starts_at, booking_id) < (:after_starts_at, :after_booking_id)
    AND status = ANY (:statuses)
    AND (:offering_id::uuid IS NULL OR offering_id = :offering_id)
    AND (:party::integer IS NULL OR party = :party)
    AND (:source::text IS NULL OR source ->> 'utm_source' = :source)
    AND position(:text IN lower(concat_ws(
        ' ', ref, customer_name, customer_email, translate(customer_phone, '+ ()./-', ''),
        spellings(customer_name)
    ))) > 0
ORDER BY starts_at DESC, booking_id DESC
LIMIT :limit;

-- name: bookings_by_creation
-- Bookings that match a search, the newest first (their ids grow with time), a page from a position on.
-- `IS TRUE` hides the span from the planner, which would take it for narrow and sort all within it.
SELECT org_id, booking_id, ref, status, version, offering_id, entry_id, party, places, slots,
    starts_at, ends_at, customer_name, customer_email, customer_phone, locale, source, answers, guests,
    price_amount, fee_amount, currency, expires_at, created_at, link_version, free_until, move_until,
    quarantined_at
FROM booking
WHERE org_id = :org_id AND booking_id < :after_booking_id
    AND (starts_at >= :first) IS TRUE AND (starts_at < :last) IS TRUE
    AND status = ANY (:statuses)
    AND (:offering_id::uuid IS NULL OR offering_id = :offering_id)
    AND (:party::integer IS NULL OR party = :party)
    AND (:source::text IS NULL OR source ->> 'utm_source' = :source)
    AND position(:text IN lower(concat_ws(
        ' ', ref, customer_name, customer_email, translate(customer_phone, '+ ()./-', ''),
        spellings(customer_name)
    ))) > 0
ORDER BY booking_id DESC
LIMIT :limit;

-- name: bookings_by_refs
-- Bookings by their references.
SELECT org_id, booking_id, ref, status, version, offering_id, entry_id, party, places, slots,
    starts_at, ends_at, customer_name, customer_email, customer_phone, locale, source, answers, guests,
    price_amount, fee_amount, currency, expires_at, created_at, link_version, free_until, move_until,
    quarantined_at
FROM booking
WHERE org_id = :org_id AND ref = ANY (:refs);

-- name: bookings_among
-- Those of some bookings that match a search, and of those made since a booking; in order of their ids.
SELECT org_id, booking_id, ref, status, version, offering_id, entry_id, party, places, slots,
    starts_at, ends_at, customer_name, customer_email, customer_phone, locale, source, answers, guests,
    price_amount, fee_amount, currency, expires_at, created_at, link_version, free_until, move_until,
    quarantined_at
FROM booking
WHERE org_id = :org_id AND booking_id IN (
        SELECT unnest(:booking_ids::uuid[])
        UNION ALL
        SELECT booking_id FROM booking b WHERE b.org_id = :org_id AND b.booking_id > :since_booking_id
        UNION ALL
        SELECT booking_id FROM booking r
        WHERE r.org_id = :org_id AND r.ref >= :ref_first AND r.ref <= :ref_last
    )
    AND starts_at >= :first AND starts_at < :last
    AND status = ANY (:statuses)
    AND (:offering_id::uuid IS NULL OR offering_id = :offering_id)
    AND (:party::integer IS NULL OR party = :party)
    AND (:source::text IS NULL OR source ->> 'utm_source' = :source)
    AND position(:text IN lower(concat_ws(
        ' ', ref, customer_name, customer_email, translate(customer_phone, '+ ()./-', ''),
        spellings(customer_name)
    ))) > 0
ORDER BY booking_id;
