-- name: offerings_with_slots
-- Every offering of the installation that has a schedule, or slots left of one; for the nightly job.
-- Scope: every organisation. The worker works for all.
SELECT o.org_id, o.offering_id FROM offering o
WHERE EXISTS (
    SELECT FROM schedule s WHERE s.org_id = o.org_id AND s.offering_id = o.offering_id
) OR EXISTS (
    SELECT FROM slot s
    WHERE s.org_id = o.org_id AND s.offering_id = o.offering_id AND s.starts_at > :now
)
ORDER BY o.org_id, o.offering_id;

-- name: lock_schedules
-- One at a time works on an offering's schedules and slots; held until the transaction ends.
SELECT pg_advisory_xact_lock(
    hashtextextended('schedules/' || CAST(:org_id AS uuid) || '/' || CAST(:offering_id AS uuid), 0));

-- name: schedules_of_offering
-- When an offering takes place, the schedule added last at the end.
SELECT schedule_id, offering_id, starts_at, rule, duration_minutes, capacity, rdates, exdates,
    closed_on_holidays, version, next_starts_at
FROM schedule WHERE org_id = :org_id AND offering_id = :offering_id ORDER BY schedule_id;

-- name: lock_schedule
-- One schedule of an organisation, which nobody else changes until the transaction ends.
SELECT schedule_id, offering_id, starts_at, rule, duration_minutes, capacity, rdates, exdates,
    closed_on_holidays, version, next_starts_at
FROM schedule WHERE org_id = :org_id AND schedule_id = :schedule_id FOR UPDATE;

-- name: add_schedule
-- A new schedule of an offering.
INSERT INTO schedule (org_id, schedule_id, offering_id, starts_at, rule, duration_minutes, capacity,
    rdates, exdates, closed_on_holidays)
VALUES (:org_id, :schedule_id, :offering_id, :starts_at, :rule, :duration_minutes, :capacity,
    :rdates, :exdates, :closed_on_holidays);

-- name: write_next_times
-- The first time of each schedule after those that have slots. Whoever changes a schedule has locked it,
-- waits for the slots, and writes its next time then.
UPDATE schedule s SET next_starts_at = n.next_starts_at
FROM unnest(CAST(:schedule_ids AS uuid[]), CAST(:next_times AS timestamptz[]))
    AS n (schedule_id, next_starts_at)
WHERE s.org_id = :org_id AND s.schedule_id = n.schedule_id AND s.schedule_id IN (
    SELECT schedule_id FROM schedule
    WHERE org_id = :org_id AND schedule_id = ANY (CAST(:schedule_ids AS uuid[]))
    FOR UPDATE SKIP LOCKED
);

-- name: next_time
-- The first open time of an offering that cannot be booked yet: of a slot, or of a schedule without one.
SELECT least(
    (SELECT min(starts_at) FROM slot
        WHERE org_id = :org_id AND offering_id = :offering_id AND starts_at >= :after
            AND state = 'open'),
    (SELECT min(next_starts_at) FROM schedule
        WHERE org_id = :org_id AND offering_id = :offering_id AND next_starts_at >= :after)
);

-- name: change_schedule
-- A schedule takes another shape from now on.
UPDATE schedule SET starts_at = :starts_at, rule = :rule, duration_minutes = :duration_minutes,
    capacity = :capacity, rdates = :rdates, exdates = :exdates, closed_on_holidays = :closed_on_holidays,
    version = version + 1
WHERE org_id = :org_id AND schedule_id = :schedule_id;

-- name: end_schedule
-- A schedule ends; its slots that were are kept, and know it by its id.
DELETE FROM schedule WHERE org_id = :org_id AND schedule_id = :schedule_id
RETURNING schedule_id, offering_id, starts_at, rule, duration_minutes, capacity, rdates, exdates,
    closed_on_holidays, version, next_starts_at;

-- name: closures_of_venue
-- When a venue, or one offering of it, is shut, where that may touch a span of its wall time, in order.
SELECT closure_id, starts_at, ends_at, reason, source, uid, recurrence, offerings FROM closure
WHERE org_id = :org_id AND venue_id = :venue_id AND until > :first AND starts_at < :last
    AND (:offering_id::uuid IS NULL OR offerings = '{}' OR :offering_id = ANY (offerings))
ORDER BY starts_at, uid;

-- name: count_closures_ahead
-- How many closures of a venue are not over.
SELECT count(*) FROM closure
WHERE org_id = :org_id AND venue_id = :venue_id AND until > :first;

-- name: closures_of_calendar
-- What came of a calendar the last time, as far as it is not over; its name stands before each UID.
SELECT closure_id, starts_at, ends_at, reason, source, uid, recurrence, offerings FROM closure
WHERE org_id = :org_id AND venue_id = :venue_id AND source = 'calendar'
    AND until > :since AND starts_with(uid, :prefix)
ORDER BY starts_at, uid;

-- name: drop_closures
-- What has vanished from a calendar vanishes here.
DELETE FROM closure
WHERE org_id = :org_id AND closure_id = ANY (CAST(:closure_ids AS uuid[]));

-- name: write_closures
-- What a calendar says is added, or changed where its UID and start are known.
INSERT INTO closure (org_id, closure_id, venue_id, starts_at, ends_at, until, reason, source, uid,
    recurrence)
SELECT :org_id, n.closure_id, :venue_id, n.starts_at, n.ends_at, n.until, n.reason, 'calendar', n.uid,
    n.recurrence
FROM unnest(CAST(:closure_ids AS uuid[]), CAST(:starts AS timestamp[]), CAST(:ends AS timestamp[]),
    CAST(:untils AS timestamp[]), CAST(:reasons AS text[]), CAST(:uids AS text[]),
    CAST(:recurrences AS jsonb[]))
    AS n (closure_id, starts_at, ends_at, until, reason, uid, recurrence)
ON CONFLICT (org_id, venue_id, uid, starts_at, (recurrence IS NULL))
DO UPDATE SET ends_at = excluded.ends_at, until = excluded.until, reason = excluded.reason,
    recurrence = excluded.recurrence;

-- name: slots_with_bookings
-- Those of some slots that have places booked or held, the soonest first.
SELECT s.slot_id, s.offering_id, o.slug AS offering, o.name AS offering_name, v.zone, s.starts_at,
    s.ends_at, s.capacity, s.booked, s.held, s.state, s.reason, s.off_schedule_since
FROM slot s
JOIN offering o ON o.org_id = s.org_id AND o.offering_id = s.offering_id
JOIN venue v ON v.org_id = o.org_id AND v.venue_id = o.venue_id
WHERE s.org_id = :org_id AND s.slot_id = ANY (CAST(:slot_ids AS uuid[]))
    AND s.off_schedule_since IS NOT NULL AND s.booked + s.held > 0
ORDER BY s.starts_at, s.slot_id LIMIT :count;

-- name: slots_needing_review
-- Coming slots that somebody is in although they left the schedule or are shut, the soonest first.
SELECT s.slot_id, s.offering_id, o.slug AS offering, o.name AS offering_name, v.zone, s.starts_at,
    s.ends_at, s.capacity, s.booked, s.held, s.state, s.reason, s.off_schedule_since
FROM slot s
JOIN offering o ON o.org_id = s.org_id AND o.offering_id = s.offering_id
JOIN venue v ON v.org_id = o.org_id AND v.venue_id = o.venue_id
WHERE s.org_id = :org_id AND s.off_schedule_since IS NOT NULL AND s.starts_at > :now
ORDER BY s.starts_at, s.slot_id LIMIT :count;

-- name: schedules_listed
-- The schedules of an organisation, or of one offering, or one of them, with what they are schedules of.
SELECT s.schedule_id, s.offering_id, s.starts_at, s.rule, s.duration_minutes, s.capacity, s.rdates, s.exdates,
    s.closed_on_holidays, s.version, s.next_starts_at, o.slug AS offering, o.name AS offering_name,
    v.zone, v.country
FROM schedule s
JOIN offering o ON o.org_id = s.org_id AND o.offering_id = s.offering_id
JOIN venue v ON v.org_id = o.org_id AND v.venue_id = o.venue_id
WHERE s.org_id = :org_id AND (:slug::text IS NULL OR o.slug = :slug)
    AND (:schedule_id::uuid IS NULL OR s.schedule_id = :schedule_id)
ORDER BY o.position, o.name, s.schedule_id LIMIT :count;

-- name: slots_of_schedule
-- The coming slots of a schedule, in order of time.
SELECT starts_at, capacity, state FROM slot
WHERE org_id = :org_id AND offering_id = :offering_id AND schedule_id = :schedule_id AND starts_at > :now
ORDER BY starts_at LIMIT :count;
