-- name: waiting_list_entry
-- One entry of a waiting list.
SELECT org_id, entry_id, slot_id, offering_id, status, party, customer_name, customer_email,
    customer_phone, locale, booking_id
FROM waiting_list_entry
WHERE org_id = :org_id AND entry_id = :entry_id;

-- name: entries_for_slot
-- Waiting entries of a slot whose party fits into the room, in order of arrival, each with the offers
-- that were left unanswered lately: by its address, and in the slot.
SELECT org_id, entry_id, slot_id, offering_id, status, party, customer_name, customer_email,
    customer_phone, locale, booking_id,
    (
        SELECT count(*)::integer FROM waiting_list_entry AS before
        WHERE before.org_id = w.org_id AND before.customer_email = w.customer_email
            AND before.status = 'lapsed' AND before.created_at > :since
    ) AS unanswered_by_customer,
    (
        SELECT count(*)::integer FROM waiting_list_entry AS before
        WHERE before.org_id = w.org_id AND before.slot_id = w.slot_id
            AND before.status = 'lapsed' AND before.created_at > :since
    ) AS unanswered_in_slot
FROM waiting_list_entry AS w
WHERE org_id = :org_id AND slot_id = :slot_id AND status = 'waiting' AND party <= :room
ORDER BY queue_number
LIMIT :limit;

-- name: waiting_list_position
-- The place of an entry in its line: those before it that wait for the same slot, and itself.
SELECT count(*)::integer FROM waiting_list_entry AS w
JOIN waiting_list_entry AS mine
    ON mine.org_id = w.org_id AND mine.slot_id = w.slot_id AND mine.queue_number >= w.queue_number
WHERE mine.org_id = :org_id AND mine.entry_id = :entry_id AND w.status = 'waiting';

-- name: slot_room
-- The free places of a slot at an instant; none while it is closed or has begun.
SELECT CASE WHEN state = 'open' AND starts_at > :now THEN capacity - booked - (
    SELECT coalesce(sum(places), 0)::integer FROM slot_allocation AS a
    WHERE a.org_id = slot.org_id AND a.slot_id = slot.slot_id AND a.expires_at > :now
) ELSE 0 END AS room
FROM slot
WHERE org_id = :org_id AND slot_id = :slot_id;

-- name: slots_with_waiting_list
-- The slots, of these of any organisation, with an entry that waits.
SELECT wanted.org_id, wanted.slot_id
FROM unnest(:org_ids::uuid[], :slot_ids::uuid[]) AS wanted (org_id, slot_id)
WHERE EXISTS (
    SELECT FROM waiting_list_entry AS w
    WHERE w.org_id = wanted.org_id AND w.slot_id = wanted.slot_id AND w.status = 'waiting');

-- name: waiting_list_slots_of_offering
-- The slots of an offering with an entry that waits.
SELECT DISTINCT org_id, slot_id
FROM waiting_list_entry
WHERE org_id = :org_id AND offering_id = :offering_id AND status = 'waiting';
