-- name: slots_of_record
-- The slots that a booking is on, or has places on.
SELECT unnest(slots) AS slot_id FROM booking WHERE org_id = :org_id AND booking_id = :booking_id
UNION
SELECT slot_id FROM slot_allocation WHERE org_id = :org_id AND booking_id = :booking_id;

-- name: lock_slots_to_repair
-- Locks slots in the order of the ledger.
SELECT slot_id AS id, capacity, booked, held
FROM slot
WHERE org_id = :org_id AND slot_id = ANY (:slot_ids::uuid[])
ORDER BY slot_id
FOR UPDATE;

-- name: facts_of_slots
-- The times of slots, and what is allocated on them.
SELECT slot_id, offering_id, starts_at, ends_at, (
        SELECT coalesce(sum(places), 0)::integer FROM slot_allocation a
        WHERE a.org_id = slot.org_id AND a.slot_id = slot.slot_id AND a.expires_at IS NULL
    ) AS booked, (
        SELECT coalesce(sum(places), 0)::integer FROM slot_allocation a
        WHERE a.org_id = slot.org_id AND a.slot_id = slot.slot_id AND a.expires_at IS NOT NULL
    ) AS held
FROM slot
WHERE org_id = :org_id AND slot_id = ANY (:slot_ids::uuid[]);

-- name: lock_booking_to_repair
-- A booking without the person, locked after its slots.
SELECT booking_id AS id, status, version, offering_id, party, slots, starts_at, ends_at, expires_at,
    entry_id
FROM booking
WHERE org_id = :org_id AND booking_id = :booking_id
FOR UPDATE;

-- name: allocations_to_repair
-- The places of a booking.
SELECT slot_id, booking_id, places, expires_at, booking_id || ' ' || slot_id AS id
FROM slot_allocation
WHERE org_id = :org_id AND booking_id = :booking_id
ORDER BY slot_id;

-- name: lock_entry_to_repair
-- An entry of a waiting list.
SELECT entry_id AS id, status, booking_id
FROM waiting_list_entry
WHERE org_id = :org_id AND entry_id = :entry_id
FOR UPDATE;

-- name: booking_of_entry
-- The booking that was made for an entry of a waiting list, the latest.
SELECT booking_id FROM booking
WHERE org_id = :org_id AND booking_id = (
    SELECT w.booking_id FROM waiting_list_entry w
    WHERE w.org_id = :org_id AND w.entry_id = :entry_id);

-- name: lock_key_to_repair
-- An idempotency key.
SELECT key AS id, fingerprint, command_id, subject, derived, outcome, created_at
FROM idempotency
WHERE org_id = :org_id AND key = :key
FOR UPDATE;

-- name: told_status
-- The status that the last event of a booking which has one led to.
SELECT coalesce(data ->> 'to_status', CASE kind
    WHEN 'Booked' THEN 'confirmed' WHEN 'HoldExpired' THEN 'expired' ELSE 'held' END)
FROM event
WHERE org_id = :org_id AND subject = :booking_id
    AND (data ? 'to_status' OR kind IN ('BookingInitiated', 'PlaceOffered', 'Booked', 'HoldExpired'))
ORDER BY seq DESC
LIMIT 1;

-- name: quarantine_booking
-- Refuses changes of a booking from a time on, or without one no longer.
UPDATE booking SET quarantined_at = :at::timestamptz
WHERE org_id = :org_id AND booking_id = :booking_id;

-- name: repair_slots
-- Writes the counters of slots.
UPDATE slot SET capacity = r.capacity, booked = r.booked, held = r.held
FROM unnest(:slot_ids::uuid[], :capacities::integer[], :booked::integer[], :held::integer[])
    AS r (slot_id, capacity, booked, held)
WHERE slot.org_id = :org_id AND slot.slot_id = r.slot_id;

-- name: notify_slots
-- Tells caches and pages that slots have changed.
SELECT notify_events(array_agg(DISTINCT ledger_topic(org_id, offering_id, starts_at)))
FROM slot
WHERE org_id = :org_id AND slot_id = ANY (:slot_ids::uuid[]);

-- name: repair_booking
-- Writes what can be repaired of a booking. Who holds it goes with a hold.
UPDATE booking SET status = :status, version = :version, offering_id = :offering_id,
    starts_at = :starts_at, ends_at = :ends_at, expires_at = :expires_at,
    client = CASE :status::text WHEN 'held' THEN client END
WHERE org_id = :org_id AND booking_id = :booking_id;

-- name: remove_allocations
-- Releases all places of a booking.
DELETE FROM slot_allocation WHERE org_id = :org_id AND booking_id = :booking_id;

-- name: add_allocations
-- Gives a booking places.
INSERT INTO slot_allocation (org_id, slot_id, booking_id, places, expires_at)
SELECT :org_id, r.slot_id, r.booking_id, r.places, r.expires_at
FROM unnest(:slot_ids::uuid[], :booking_ids::uuid[], :places::integer[], :ends::timestamptz[])
    AS r (slot_id, booking_id, places, expires_at);

-- name: repair_entry
-- Writes the state of an entry of a waiting list.
UPDATE waiting_list_entry SET status = :status, booking_id = :booking_id,
    client = CASE WHEN :status::text IN ('waiting', 'offered') THEN client END
WHERE org_id = :org_id AND entry_id = :entry_id;

-- name: remove_key
-- Forgets an idempotency key.
DELETE FROM idempotency WHERE org_id = :org_id AND key = :key;

-- name: add_key
-- An idempotency key as it was.
INSERT INTO idempotency (org_id, key, fingerprint, command_id, subject, derived, outcome, created_at)
VALUES (:org_id, :key, :fingerprint, :command_id, :subject, :derived, :outcome, :created_at);
