-- name: existing_slots
-- The slots of an offering's schedules that start in a span, with how they are used, in order.
SELECT s.slot_id, s.schedule_id, s.starts_at, s.ends_at, s.capacity, s.booked + s.held AS taken,
    EXISTS (
        SELECT FROM waiting_list_entry w
        WHERE w.org_id = s.org_id AND w.slot_id = s.slot_id AND w.status = 'waiting'
    ) AS waiting,
    false AS is_referenced, s.state, s.reason, s.off_schedule_since
FROM slot s
WHERE s.org_id = :org_id AND s.offering_id = :offering_id AND s.schedule_id IS NOT NULL
    AND s.starts_at >= :first AND s.starts_at < :last
ORDER BY s.starts_at;

-- name: lock_slots
-- Slots are locked in the order of their ids, as the ledger does, so that no two wait in a ring.
SELECT slot_id FROM slot
WHERE org_id = :org_id AND slot_id = ANY (CAST(:slot_ids AS uuid[]))
ORDER BY org_id, slot_id FOR UPDATE;

-- name: referenced_slots
-- Which of these slots any booking or waiting entry names, ended ones too.
SELECT w.slot_id FROM waiting_list_entry w
WHERE w.org_id = :org_id AND w.slot_id = ANY (CAST(:slot_ids AS uuid[]))
UNION
SELECT o.slot_id FROM booking b, unnest(b.slots) AS o (slot_id)
WHERE b.org_id = :org_id AND b.starts_at BETWEEN :since AND :until
    AND o.slot_id = ANY (CAST(:slot_ids AS uuid[]));

-- name: drop_slots
-- Slots that nobody was ever in leave the schedule.
DELETE FROM slot WHERE org_id = :org_id AND slot_id = ANY (CAST(:slot_ids AS uuid[]));

-- name: change_slots
-- Slots follow their schedule in everything but their time; since when one is off it is kept.
UPDATE slot s SET schedule_id = n.schedule_id, capacity = n.capacity, state = n.state,
    reason = n.reason,
    off_schedule_since = CASE WHEN n.off_schedule THEN coalesce(s.off_schedule_since, :at) END
FROM unnest(CAST(:slot_ids AS uuid[]), CAST(:schedule_ids AS uuid[]), CAST(:capacities AS integer[]),
    CAST(:states AS text[]), CAST(:reasons AS text[]), CAST(:off_schedule AS boolean[]))
    AS n (slot_id, schedule_id, capacity, state, reason, off_schedule)
WHERE s.org_id = :org_id AND s.slot_id = n.slot_id;

-- name: create_slots
-- New slots of a schedule; a time that is taken already keeps the slot it has.
INSERT INTO slot (org_id, slot_id, offering_id, schedule_id, starts_at, ends_at, capacity, state,
    reason)
SELECT :org_id, n.slot_id, :offering_id, n.schedule_id, n.starts_at, n.ends_at, n.capacity, n.state,
    n.reason
FROM unnest(CAST(:slot_ids AS uuid[]), CAST(:schedule_ids AS uuid[]), CAST(:starts AS timestamptz[]),
    CAST(:ends AS timestamptz[]), CAST(:capacities AS integer[]), CAST(:states AS text[]),
    CAST(:reasons AS text[]))
    AS n (slot_id, schedule_id, starts_at, ends_at, capacity, state, reason)
ON CONFLICT DO NOTHING;
