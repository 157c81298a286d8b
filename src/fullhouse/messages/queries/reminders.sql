-- name: reminders_of
-- When an organisation reminds its guests.
SELECT org_id, reminder, swept_until FROM reminder_rule WHERE org_id = :org_id ORDER BY reminder;

-- name: lock_reminders
-- The same, locked: one sweep takes what became due.
SELECT org_id, reminder, swept_until FROM reminder_rule
WHERE org_id = :org_id
ORDER BY reminder
FOR UPDATE;

-- name: add_reminder
-- From now on; what would have been due before is not made up for.
INSERT INTO reminder_rule (org_id, reminder, swept_until)
VALUES (:org_id, :reminder, :at)
ON CONFLICT DO NOTHING;

-- name: remove_reminders
-- All but these.
DELETE FROM reminder_rule WHERE org_id = :org_id AND NOT reminder = ANY (:reminders::text[]);

-- name: organisations_that_remind
-- Those whose guests have not been reminded since an instant.
-- Scope: every organisation. The worker works for all.
SELECT DISTINCT org_id FROM reminder_rule WHERE swept_until < :before ORDER BY org_id;

-- name: reminders_due
-- Bookings of which guests are to be reminded, by the time of the venue: so many days before, at the same
-- hour but not at night, or so many hours before. Whoever booked later, or has come, is not.
SELECT b.booking_id, b.offering_id, b.starts_at
FROM booking b
JOIN offering o ON o.org_id = b.org_id AND o.offering_id = b.offering_id
JOIN venue v ON v.org_id = o.org_id AND v.venue_id = o.venue_id
CROSS JOIN LATERAL (SELECT b.starts_at AT TIME ZONE v.zone - :days::integer * interval '1 day' AS at) AS wall
CROSS JOIN LATERAL (
    SELECT CASE WHEN :days::integer = 0 THEN b.starts_at - :hours::integer * interval '1 hour'
        ELSE (wall.at::date + least(greatest(wall.at::time, time '08:00'), time '20:00')) AT TIME ZONE v.zone
        END AS at
) AS due
WHERE b.org_id = :org_id AND b.status = 'confirmed'
    AND b.starts_at BETWEEN :since::timestamptz + :days::integer * interval '1 day'
            + :hours::integer * interval '1 hour' - interval '14 hours'
        AND :until::timestamptz + :days::integer * interval '1 day' + :hours::integer * interval '1 hour'
            + interval '14 hours'
    AND b.starts_at > :until AND due.at > :since AND due.at <= :until AND b.created_at < due.at
ORDER BY b.starts_at, b.booking_id;

-- name: sweep_reminders
-- What was due until an instant is taken.
UPDATE reminder_rule SET swept_until = :until WHERE org_id = :org_id;
