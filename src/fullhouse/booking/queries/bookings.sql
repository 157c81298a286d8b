-- name: booking_by_id
-- One booking as stored.
SELECT org_id, booking_id, ref, status, version, offering_id, entry_id, party, places, slots,
    starts_at, ends_at, customer_name, customer_email, customer_phone, locale, source, answers, guests,
    price_amount, fee_amount, currency, expires_at, created_at, link_version, free_until, move_until,
    quarantined_at
FROM booking
WHERE org_id = :org_id AND booking_id = :booking_id;

-- name: has_priced_booking
-- Whether anybody ever booked at a price, or owes a fee.
SELECT EXISTS (SELECT FROM booking WHERE org_id = :org_id AND (price_amount > 0 OR fee_amount > 0));

-- name: bookings_by_ids
-- Bookings as stored.
SELECT org_id, booking_id, ref, status, version, offering_id, entry_id, party, places, slots,
    starts_at, ends_at, customer_name, customer_email, customer_phone, locale, source, answers, guests,
    price_amount, fee_amount, currency, expires_at, created_at, link_version, free_until, move_until,
    quarantined_at
FROM booking
JOIN unnest(:org_ids::uuid[], :booking_ids::uuid[]) AS wanted (org_id, booking_id)
    USING (org_id, booking_id);

-- name: booking_by_ref
-- One booking by what its customer reads off the ticket.
SELECT org_id, booking_id, ref, status, version, offering_id, entry_id, party, places, slots,
    starts_at, ends_at, customer_name, customer_email, customer_phone, locale, source, answers, guests,
    price_amount, fee_amount, currency, expires_at, created_at, link_version, free_until, move_until,
    quarantined_at
FROM booking
WHERE org_id = :org_id AND ref = :ref;

-- name: bookings_between
-- Bookings whose first slot starts within a span, in order of time, a page from a position on. Texts
-- are compared while the index of the order is read: none has an index that a sale would pay for. With
-- `since`, those of which an event of these kinds was recorded since.
SELECT org_id, booking_id, ref, status, version, offering_id, entry_id, party, places, slots,
    starts_at, ends_at, customer_name, customer_email, customer_phone, locale, source, answers, guests,
    price_amount, fee_amount, currency, expires_at, created_at, link_version, free_until, move_until,
    quarantined_at
FROM booking
WHERE org_id = :org_id
    AND starts_at >= :first AND starts_at < :last
    AND (starts_at, booking_id) > (:after_starts_at, :after_booking_id)
    AND (:status::text IS NULL OR status = :status)
    AND (:offering_id::uuid IS NULL OR offering_id = :offering_id)
    AND (:ref::text IS NULL OR ref = :ref)
    AND (:email::text IS NULL OR customer_email = :email)
    AND (:name::text IS NULL OR strpos(
        lower(customer_name) || ' ' || spellings(customer_name), :name) > 0)
    AND (:phone::text IS NULL OR strpos(regexp_replace(customer_phone, '[^0-9]', '', 'g'), :phone) > 0)
    AND (:since::timestamptz IS NULL OR booking_id IN (
        SELECT subject FROM event
        WHERE event.org_id = :org_id AND recorded_at >= :since AND kind = ANY (:kinds)))
ORDER BY starts_at, booking_id
LIMIT :limit;

-- name: history_of
-- The last events of one subject in their order, with the names of accounts and API keys; all for no limit.
SELECT seq, kind, data AS payload, actor, correlation_id, at, (
        SELECT name FROM actor_names(event.org_id, event.actor)
    ) AS actor_name
FROM (
    SELECT org_id, seq, kind, data, actor, correlation_id, at FROM event
    WHERE org_id = :org_id AND subject = :subject
    ORDER BY seq DESC
    LIMIT :limit::integer
) event
ORDER BY seq;

-- name: last_events
-- The last events of one subject, the latest first.
SELECT kind, data AS payload, at
FROM event
WHERE org_id = :org_id AND subject = :subject
ORDER BY seq DESC
LIMIT :limit;

-- name: last_event
-- When the last event of a kind of one subject happened, who caused it, and how many there were.
SELECT at, actor, count(*) OVER ()::integer AS times
FROM event
WHERE org_id = :org_id AND subject = :subject AND kind = :kind
ORDER BY seq DESC
LIMIT 1;

-- name: tickets_of_email
-- The bookings of an address that are not over, the next first, but those whose ticket was asked for
-- lately.
SELECT booking_id, offering_id
FROM booking
WHERE org_id = :org_id AND customer_email = :email AND status IN ('confirmed', 'checked_in')
    AND ends_at > :now
    AND NOT EXISTS (
        SELECT FROM event
        WHERE event.org_id = booking.org_id AND event.subject = booking.booking_id
            AND event.kind = 'TicketRequested' AND event.at > :since
    )
ORDER BY starts_at
LIMIT :limit;

-- name: ticket_of_ref
-- The booking with this reference, unless it is over or its ticket was asked for lately.
SELECT booking_id, offering_id
FROM booking
WHERE org_id = :org_id AND ref = :ref AND status IN ('confirmed', 'checked_in')
    AND ends_at > :now
    AND NOT EXISTS (
        SELECT FROM event
        WHERE event.org_id = booking.org_id AND event.subject = booking.booking_id
            AND event.kind = 'TicketRequested' AND event.at > :since
    );

-- name: lock_booking
-- One booking that nobody else changes until the transaction ends.
SELECT org_id, booking_id, ref, status, version, offering_id, entry_id, party, places, slots,
    starts_at, ends_at, customer_name, customer_email, customer_phone, locale, source, answers, guests,
    price_amount, fee_amount, currency, expires_at, created_at, link_version, free_until, move_until,
    quarantined_at
FROM booking
WHERE org_id = :org_id AND booking_id = :booking_id
FOR UPDATE;

-- name: change_contact
-- Changes the contact details of a booking; another e-mail address ends the links given out.
UPDATE booking
SET customer_name = :name, customer_email = :email, customer_phone = :phone, version = version + 1,
    link_version = link_version + CASE WHEN customer_email <> :email THEN 1 ELSE 0 END
WHERE org_id = :org_id AND booking_id = :booking_id;

-- name: change_answers
-- Replaces the answers of a booking to the questions of its offering.
UPDATE booking SET answers = :answers::jsonb, version = version + 1
WHERE org_id = :org_id AND booking_id = :booking_id;

-- name: close_booked_time
-- The guest of a booking may move or cancel it free until then.
UPDATE booking SET free_until = :until, move_until = :until, version = version + 1
WHERE org_id = :org_id AND booking_id = :booking_id;

-- name: reopen_booked_times
-- Those of some bookings that were told that their time is closed, where all of it is open again: the terms
-- of the offering hold again.
UPDATE booking SET free_until = NULL, move_until = NULL, version = version + 1
WHERE org_id = :org_id AND booking_id = ANY (CAST(:booking_ids AS uuid[])) AND status = 'confirmed'
    AND move_until IS NOT NULL AND NOT EXISTS (
        SELECT FROM slot WHERE slot.org_id = :org_id AND slot.slot_id = ANY (booking.slots)
            AND slot.state = 'closed')
RETURNING booking_id, offering_id, slots, party;

-- name: events_counted
-- How many events of a kind one subject has by one actor.
SELECT count(*)::integer FROM event
WHERE org_id = :org_id AND subject = :subject AND kind = :kind AND actor = :actor;

-- name: renew_link
-- Ends the links that a booking has given out; its offering.
UPDATE booking SET link_version = link_version + 1
WHERE org_id = :org_id AND booking_id = :booking_id
RETURNING offering_id;
