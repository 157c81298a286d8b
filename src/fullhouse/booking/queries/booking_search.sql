-- name: bookings_by_time
-- Bookings that match a search, the earliest slot first, a page from a position on.
SELECT org_id, booking_id, ref, status, version, offering_id, entry_id, party, places, slots,
    starts_at, ends_at, customer_name, customer_email, customer_phone, locale, source, price_amount,
    fee_amount, currency, expires_at, created_at, link_version, free_until, move_until
FROM booking
WHERE org_id = :org_id AND starts_at >= :first AND starts_at < :last
    AND (starts_at, booking_id) > (:after_starts_at, :after_booking_id)
    AND status = ANY (:statuses)
    AND (:offering_id::uuid IS NULL OR offering_id = :offering_id)
    AND position(:text IN lower(concat_ws(
        ' ', ref, customer_name, customer_email, translate(customer_phone, '+ ()./-', '')
    ))) > 0
ORDER BY starts_at, booking_id
LIMIT :limit;

-- name: bookings_by_time_descending
-- Bookings that match a search, the latest slot first, a page from a position on.
SELECT org_id, booking_id, ref, status, version, offering_id, entry_id, party, places, slots,
    starts_at, ends_at, customer_name, customer_email, customer_phone, locale, source, price_amount,
    fee_amount, currency, expires_at, created_at, link_version, free_until, move_until
FROM booking
WHERE org_id = :org_id AND starts_at >= :first AND starts_at < :last
    AND (starts_at, booking_id) < (:after_starts_at, :after_booking_id)
    AND status = ANY (:statuses)
    AND (:offering_id::uuid IS NULL OR offering_id = :offering_id)
    AND position(:text IN lower(concat_ws(
        ' ', ref, customer_name, customer_email, translate(customer_phone, '+ ()./-', '')
    ))) > 0
ORDER BY starts_at DESC, booking_id DESC
LIMIT :limit;

-- name: bookings_by_creation
-- Bookings that match a search, the newest first (their ids grow with time), a page from a position on.
-- `IS TRUE` hides the span from the planner, which would take it for narrow and sort all within it.
SELECT org_id, booking_id, ref, status, version, offering_id, entry_id, party, places, slots,
    starts_at, ends_at, customer_name, customer_email, customer_phone, locale, source, price_amount,
    fee_amount, currency, expires_at, created_at, link_version, free_until, move_until
FROM booking
WHERE org_id = :org_id AND booking_id < :after_booking_id
    AND (starts_at >= :first) IS TRUE AND (starts_at < :last) IS TRUE
    AND status = ANY (:statuses)
    AND (:offering_id::uuid IS NULL OR offering_id = :offering_id)
    AND position(:text IN lower(concat_ws(
        ' ', ref, customer_name, customer_email, translate(customer_phone, '+ ()./-', '')
    ))) > 0
ORDER BY booking_id DESC
LIMIT :limit;

-- name: bookings_by_refs
-- Bookings by their references.
SELECT org_id, booking_id, ref, status, version, offering_id, entry_id, party, places, slots,
    starts_at, ends_at, customer_name, customer_email, customer_phone, locale, source, price_amount,
    fee_amount, currency, expires_at, created_at, link_version, free_until, move_until
FROM booking
WHERE org_id = :org_id AND ref = ANY (:refs);
