-- name: counters_unequal_allocations
-- Slots whose counters differ from the sum of the allocations on them. Allocations are the truth.
-- Scope: every organisation. The check is of the whole installation.
SELECT
    slot.org_id,
    slot.slot_id::text AS subject,
    format(
        'the slot of %s counts %s booked and %s held, its allocations say %s and %s',
        slot.starts_at, slot.booked, slot.held, coalesce(taken.booked, 0), coalesce(taken.held, 0)
    ) AS message,
    count(*) OVER () AS total
FROM slot
LEFT JOIN (
    SELECT
        org_id,
        slot_id,
        coalesce(sum(places) FILTER (WHERE expires_at IS NULL), 0) AS booked,
        coalesce(sum(places) FILTER (WHERE expires_at IS NOT NULL), 0) AS held
    FROM slot_allocation
    GROUP BY org_id, slot_id
) AS taken USING (org_id, slot_id)
WHERE slot.booked <> coalesce(taken.booked, 0)
    OR slot.held <> coalesce(taken.held, 0)
ORDER BY slot.org_id, slot.slot_id
LIMIT 10;

-- name: slots_oversold
-- Slots with more places allocated than they have, counted anew from the allocations.
-- Scope: every organisation. The check is of the whole installation.
SELECT
    slot.org_id,
    slot.slot_id::text AS subject,
    format(
        'the slot of %s has %s places, and %s are taken',
        slot.starts_at, slot.capacity, taken.places
    ) AS message,
    count(*) OVER () AS total
FROM slot
INNER JOIN (
    SELECT org_id, slot_id, sum(places) AS places
    FROM slot_allocation
    GROUP BY org_id, slot_id
) AS taken USING (org_id, slot_id)
WHERE taken.places > slot.capacity
ORDER BY slot.org_id, slot.slot_id
LIMIT 10;

-- name: bookings_without_places
-- Live bookings, and those cancelled that can be restored, that lack an allocation on one of their slots,
-- or whose allocation is not for their party.
-- Scope: every organisation. The check is of the whole installation.
SELECT
    booking.org_id,
    booking.booking_id::text AS subject,
    format(
        'booking %s is %s for %s guests and has %s places on slot %s',
        booking.ref, booking.status, booking.party, coalesce(a.places, 0), slot_id
    ) AS message,
    count(*) OVER () AS total
FROM booking
CROSS JOIN LATERAL unnest(booking.slots) AS wanted (slot_id)
LEFT JOIN slot_allocation AS a USING (org_id, slot_id, booking_id)
WHERE (booking.status IN ('held', 'confirmed', 'checked_in', 'no_show')
        OR booking.status = 'cancelled' AND booking.expires_at > :now::timestamptz)
    AND a.places IS DISTINCT FROM booking.party
ORDER BY booking.org_id, booking.booking_id, slot_id
LIMIT 10;

-- name: places_without_bookings
-- Allocations that no live booking has on this slot, nor a cancelled one that keeps them for undo. What a
-- hold over several slots has left behind on one of them counts as given back from the moment of its
-- expiry: the ledger takes it when asked.
-- Scope: every organisation. The check is of the whole installation.
SELECT
    a.org_id,
    a.booking_id::text AS subject,
    CASE
        WHEN booking.booking_id IS NULL
            THEN format('%s places on slot %s belong to no booking', a.places, a.slot_id)
        ELSE format(
            'booking %s is %s and still has %s places on slot %s',
            booking.ref, booking.status, a.places, a.slot_id
        )
    END AS message,
    count(*) OVER () AS total
FROM slot_allocation AS a
LEFT JOIN booking USING (org_id, booking_id)
WHERE (
        booking.booking_id IS NULL
        OR booking.status NOT IN ('held', 'confirmed', 'checked_in', 'no_show')
        AND NOT (booking.status = 'cancelled' AND a.expires_at IS NOT NULL)
        OR a.slot_id <> ALL (booking.slots)
    )
    AND NOT (booking.status IS NOT DISTINCT FROM 'expired' AND a.expires_at <= :now::timestamptz)
ORDER BY a.org_id, a.booking_id, a.slot_id
LIMIT 10;

-- name: places_expiring_wrongly
-- Allocations whose expiry differs from their booking's: a confirmed booking that would lose its places,
-- or a hold, or a cancelled booking, that would keep them for ever.
-- Scope: every organisation. The check is of the whole installation.
SELECT
    a.org_id,
    a.booking_id::text AS subject,
    format(
        'booking %s is %s until %s, its places on slot %s until %s',
        booking.ref, booking.status, coalesce(booking.expires_at::text, 'its end'),
        a.slot_id, coalesce(a.expires_at::text, 'its end')
    ) AS message,
    count(*) OVER () AS total
FROM slot_allocation AS a
INNER JOIN booking USING (org_id, booking_id)
WHERE a.expires_at IS DISTINCT FROM (
        CASE WHEN booking.status IN ('held', 'expired', 'cancelled') THEN booking.expires_at END
    )
ORDER BY a.org_id, a.booking_id, a.slot_id
LIMIT 10;

-- name: holds_overdue
-- Places still counted as held although their hold ended before :expired_before. The ledger gives
-- them back with the next command on the slot; the job that expires holds must not leave them long.
-- Scope: every organisation. The check is of the whole installation.
SELECT
    org_id,
    booking_id::text AS subject,
    format('%s places on slot %s are still held; the hold expired at %s', places, slot_id, expires_at) AS message,
    count(*) OVER () AS total
FROM slot_allocation
WHERE expires_at < :expired_before
ORDER BY expires_at, org_id, booking_id
LIMIT 10;

-- name: bookings_off_their_slots
-- Bookings on a slot that is gone, of another organisation or offering, or at another time.
-- Scope: every organisation. The check is of the whole installation.
SELECT
    booking.org_id,
    booking.booking_id::text AS subject,
    format(
        'booking %s is on %s slots of its offering instead of %s, and at %s instead of %s',
        booking.ref, stood.slots, cardinality(booking.slots), booking.starts_at,
        coalesce(stood.starts_at::text, 'no time')
    ) AS message,
    count(*) OVER () AS total
FROM booking
CROSS JOIN LATERAL (
    SELECT
        count(*) AS slots,
        min(slot.starts_at) AS starts_at
    FROM slot
    WHERE slot.org_id = booking.org_id AND slot.slot_id = ANY (booking.slots)
        -- No condition for an index: an offering's slots are not to be read for every booking.
        AND (slot.offering_id = booking.offering_id) IS TRUE
) AS stood
WHERE stood.slots <> cardinality(booking.slots)
    OR stood.starts_at IS DISTINCT FROM booking.starts_at
ORDER BY booking.org_id, booking.booking_id
LIMIT 10;

-- name: bookings_without_history
-- Bookings in a status that none of their events explains.
-- Scope: every organisation. The check is of the whole installation.
SELECT
    booking.org_id,
    booking.booking_id::text AS subject,
    format('booking %s is %s, and its history does not say why', booking.ref, booking.status) AS message,
    count(*) OVER () AS total
FROM booking
INNER JOIN (
    VALUES
    ('held', '{BookingInitiated,PlaceOffered}'::text[]),
    ('confirmed', '{Booked}'),
    ('checked_in', '{CheckedIn}'),
    ('no_show', '{NoShow}'),
    ('cancelled', '{Cancelled}'),
    ('released', '{HoldReleased}'),
    ('expired', '{HoldExpired}')
) AS telling (status, kinds) USING (status)
WHERE NOT EXISTS (
    SELECT FROM event
    WHERE event.org_id = booking.org_id
        AND event.subject = booking.booking_id
        AND event.kind = ANY (telling.kinds)
)
ORDER BY booking.org_id, booking.booking_id
LIMIT 10;

-- name: keys_leading_nowhere
-- Idempotency keys whose subject is no booking, no entry of a waiting list, and nothing
-- that an event tells of: what was deleted since is known by its events.
-- Scope: every organisation. The check is of the whole installation.
SELECT
    org_id,
    key::text AS subject,
    format('the key from %s leads to %s, which does not exist', created_at, idempotency.subject)
        AS message,
    count(*) OVER () AS total
FROM idempotency
WHERE NOT EXISTS (
        SELECT FROM booking
        WHERE booking.org_id = idempotency.org_id AND booking.booking_id = idempotency.subject
    )
    AND NOT EXISTS (
        SELECT FROM waiting_list_entry AS w
        WHERE w.org_id = idempotency.org_id AND w.entry_id = idempotency.subject
    )
    AND NOT EXISTS (
        SELECT FROM event
        WHERE event.org_id = idempotency.org_id AND event.subject = idempotency.subject
    )
ORDER BY org_id, key
LIMIT 10;

-- name: offers_not_held
-- Offers of the waiting list without a hold behind them, and such holds without an offer before them.
-- Scope: every organisation. The check is of the whole installation.
SELECT
    org_id,
    entry_id::text AS subject,
    format(
        'the entry in the waiting list is %s, the booking made for it is %s',
        coalesce(w.status, 'missing'), coalesce(booking.status, 'missing')
    ) AS message,
    count(*) OVER () AS total
FROM (SELECT * FROM waiting_list_entry WHERE status = 'offered') AS w
FULL JOIN (SELECT * FROM booking WHERE status = 'held' AND entry_id IS NOT NULL) AS booking
    USING (org_id, entry_id, booking_id)
WHERE w.entry_id IS NULL OR booking.booking_id IS NULL
ORDER BY org_id, entry_id
LIMIT 10;
