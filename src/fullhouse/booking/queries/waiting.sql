-- name: waiting_list_entry
-- One entry of a waiting list.
SELECT org_id, entry_id, slot_id, offering_id, status, party, customer_name, customer_email,
    customer_phone, locale, booking_id, day_starts_at, day_ends_at
FROM waiting_list_entry
WHERE org_id = :org_id AND entry_id = :entry_id;

-- name: entries_for_slot
-- Entries that wait for a slot, or for any time of its day, whose party fits into the room, in order of
-- arrival, each with the offers that were left unanswered lately: by its address, and in the slot.
SELECT org_id, entry_id, slot_id, offering_id, status, party, customer_name, customer_email,
    customer_phone, locale, booking_id, day_starts_at, day_ends_at,
    (
        SELECT count(*)::integer FROM waiting_list_entry AS before
        WHERE before.org_id = w.org_id AND before.customer_email = w.customer_email
            AND before.status = 'lapsed' AND before.created_at > :since
    ) AS unanswered_by_customer,
    (
        SELECT count(*)::integer FROM waiting_list_entry AS before
        WHERE before.org_id = :org_id AND before.slot_id = :slot_id
            AND before.status = 'lapsed' AND before.created_at > :since
    ) AS unanswered_in_slot
FROM (
    SELECT w.* FROM waiting_list_entry AS w
    WHERE w.org_id = :org_id AND w.slot_id = :slot_id AND w.status = 'waiting'
        AND w.day_starts_at IS NULL
    UNION ALL
    SELECT w.* FROM slot AS s
    JOIN waiting_list_entry AS w ON w.org_id = s.org_id AND w.offering_id = s.offering_id
        AND w.day_starts_at BETWEEN s.starts_at - interval '26 hours' AND s.starts_at
        AND w.day_ends_at > s.starts_at
    WHERE s.org_id = :org_id AND s.slot_id = :slot_id AND w.status = 'waiting'
) AS w
WHERE party <= :room
ORDER BY queue_number
LIMIT :limit;

-- name: earlier_slots_with_room
-- The slots before this one on its day with room for somebody who waits for any time of the day: the
-- first that fits is offered.
SELECT DISTINCT e.org_id, e.slot_id, e.starts_at FROM slot AS s
JOIN waiting_list_entry AS w ON w.org_id = s.org_id AND w.offering_id = s.offering_id
    AND w.day_starts_at BETWEEN s.starts_at - interval '26 hours' AND s.starts_at
        AND w.day_ends_at > s.starts_at AND w.status = 'waiting'
JOIN slot AS e ON e.org_id = s.org_id AND e.offering_id = s.offering_id
    AND e.starts_at >= w.day_starts_at AND e.starts_at < s.starts_at
WHERE s.org_id = :org_id AND s.slot_id = :slot_id
    AND e.state = 'open' AND e.starts_at > :now AND e.capacity - e.booked - e.held >= w.party
ORDER BY e.starts_at
LIMIT :limit;

-- name: waiting_list_position
-- The place of an entry in its line: those before it that wait for one of its times, and itself.
SELECT count(*)::integer FROM waiting_list_entry AS mine
JOIN slot AS my_slot ON my_slot.org_id = mine.org_id AND my_slot.slot_id = mine.slot_id
JOIN waiting_list_entry AS w ON w.org_id = mine.org_id AND w.offering_id = mine.offering_id
    AND w.status = 'waiting' AND w.queue_number <= mine.queue_number
JOIN slot AS s ON s.org_id = w.org_id AND s.slot_id = w.slot_id
WHERE mine.org_id = :org_id AND mine.entry_id = :entry_id
    AND coalesce(w.day_starts_at, s.starts_at)
        < coalesce(mine.day_ends_at, my_slot.starts_at + interval '1 microsecond')
    AND coalesce(mine.day_starts_at, my_slot.starts_at)
        < coalesce(w.day_ends_at, s.starts_at + interval '1 microsecond');

-- name: slot_room
-- The free places of a slot at an instant; none while it is closed or has begun.
SELECT CASE WHEN state = 'open' AND starts_at > :now THEN capacity - booked - (
    SELECT coalesce(sum(places), 0)::integer FROM slot_allocation AS a
    WHERE a.org_id = slot.org_id AND a.slot_id = slot.slot_id AND a.expires_at > :now
) ELSE 0 END AS room
FROM slot
WHERE org_id = :org_id AND slot_id = :slot_id;

-- name: slots_with_waiting_list
-- The slots, of these of any organisation, that an entry waits for.
SELECT wanted.org_id, wanted.slot_id
FROM unnest(:org_ids::uuid[], :slot_ids::uuid[]) AS wanted (org_id, slot_id)
WHERE EXISTS (
    SELECT FROM waiting_list_entry AS w
    WHERE w.org_id = wanted.org_id AND w.slot_id = wanted.slot_id AND w.status = 'waiting'
) OR EXISTS (
    SELECT FROM slot AS s
    JOIN waiting_list_entry AS w ON w.org_id = s.org_id AND w.offering_id = s.offering_id
        AND w.day_starts_at BETWEEN s.starts_at - interval '26 hours' AND s.starts_at
        AND w.day_ends_at > s.starts_at AND w.status = 'waiting'
    WHERE s.org_id = wanted.org_id AND s.slot_id = wanted.slot_id);

-- name: waiting_list_slots_of_offering
-- The slots of an offering that an entry waits for.
SELECT org_id, slot_id
FROM waiting_list_entry
WHERE org_id = :org_id AND offering_id = :offering_id AND status = 'waiting'
UNION
SELECT s.org_id, s.slot_id
FROM waiting_list_entry AS w
JOIN slot AS s ON s.org_id = w.org_id AND s.offering_id = w.offering_id
    AND s.starts_at >= w.day_starts_at AND s.starts_at < w.day_ends_at
WHERE w.org_id = :org_id AND w.offering_id = :offering_id AND w.status = 'waiting';

-- name: slots_of_waited_days
-- The slots of an offering with room for an entry that waits for any time of their day.
SELECT DISTINCT s.org_id, s.slot_id
FROM waiting_list_entry AS w
JOIN slot AS s ON s.org_id = w.org_id AND s.offering_id = w.offering_id
    AND s.starts_at >= w.day_starts_at AND s.starts_at < w.day_ends_at
WHERE w.org_id = :org_id AND w.offering_id = :offering_id AND w.status = 'waiting'
    AND s.state = 'open' AND s.capacity - s.booked - s.held >= w.party;

-- name: open_entries
-- Who waits or was offered places for a coming time, in order of arrival, a page after a position. The
-- place in line counts those before that wait for one of the entry's times, as `waiting_list_position`.
SELECT w.org_id, w.entry_id, w.slot_id, w.offering_id, w.status, w.party, w.customer_name,
    w.customer_email, w.customer_phone, w.created_at, w.day_starts_at, s.starts_at,
    o.name AS offering_name, v.zone, v.country, b.expires_at,
    (
        SELECT count(*) FROM waiting_list_entry AS q
        WHERE w.day_starts_at IS NULL AND q.org_id = w.org_id AND q.slot_id = w.slot_id
            AND q.status = 'waiting' AND q.day_starts_at IS NULL
            AND q.queue_number <= w.queue_number
    )::integer + (
        SELECT count(*) FROM slot AS t
        JOIN waiting_list_entry AS q ON q.org_id = t.org_id AND q.slot_id = t.slot_id
            AND q.status = 'waiting' AND q.day_starts_at IS NULL
        WHERE w.day_starts_at IS NOT NULL AND t.org_id = w.org_id
            AND t.offering_id = w.offering_id AND t.starts_at >= w.day_starts_at
            AND t.starts_at < w.day_ends_at AND q.queue_number <= w.queue_number
    )::integer + (
        SELECT count(*) FROM waiting_list_entry AS q
        WHERE q.org_id = w.org_id AND q.offering_id = w.offering_id AND q.status = 'waiting'
            AND q.day_starts_at BETWEEN s.starts_at - interval '26 hours' AND s.starts_at
            AND q.day_ends_at > s.starts_at AND q.queue_number <= w.queue_number
    )::integer AS place
FROM waiting_list_entry AS w
JOIN slot AS s ON s.org_id = w.org_id AND s.slot_id = w.slot_id
JOIN offering AS o ON o.org_id = w.org_id AND o.offering_id = w.offering_id
JOIN venue AS v ON v.org_id = o.org_id AND v.venue_id = o.venue_id
LEFT JOIN booking AS b ON b.org_id = w.org_id AND b.booking_id = w.booking_id
WHERE w.org_id = :org_id AND w.status IN ('waiting', 'offered') AND w.status = ANY (:statuses)
    AND w.entry_id > :after_entry_id AND s.starts_at > :now
    AND (:offering_id::uuid IS NULL OR w.offering_id = :offering_id)
    AND position(:text IN lower(concat_ws(
        ' ', w.customer_name, w.customer_email, spellings(w.customer_name)
    ))) > 0
    AND (:entry_id::uuid IS NULL OR w.entry_id = :entry_id)
ORDER BY w.entry_id
LIMIT :limit;
