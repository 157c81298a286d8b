-- name: reminders_of
-- When an organisation reminds its guests.
SELECT org_id, reminder, swept_until FROM reminder_rule WHERE org_id = :org_id ORDER BY reminder;

-- name: contact_rule_of
-- When it writes to its guests by itself; no row while it never said so.
SELECT org_id, quiet_from, quiet_until, thanks_hours, swept_until, version FROM contact_rule WHERE org_id = :org_id;

-- name: lock_reminders
-- The same, locked: one sweep takes what became due.
SELECT org_id, reminder, swept_until FROM reminder_rule
WHERE org_id = :org_id
ORDER BY reminder
FOR UPDATE;

-- name: lock_contact_rule
-- Whether and when it thanks its guests, locked: one sweep takes what became due.
SELECT org_id, quiet_from, quiet_until, thanks_hours, swept_until, version FROM contact_rule
WHERE org_id = :org_id AND thanks_hours > 0
FOR UPDATE;

-- name: set_contact_rule
-- From now on: who was to be thanked before is not, where nobody was until now.
INSERT INTO contact_rule AS stored (org_id, quiet_from, quiet_until, thanks_hours, swept_until, version)
VALUES (:org_id, :quiet_from, :quiet_until, :thanks_hours, :at, 2)
ON CONFLICT (org_id) DO UPDATE
SET quiet_from = excluded.quiet_from, quiet_until = excluded.quiet_until,
    thanks_hours = excluded.thanks_hours, version = stored.version + 1,
    swept_until = CASE WHEN stored.thanks_hours = 0 THEN excluded.swept_until ELSE stored.swept_until END;

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

-- name: organisations_that_thank
-- Those whose guests have not been thanked since an instant.
-- Scope: every organisation. The worker works for all.
SELECT org_id FROM contact_rule WHERE thanks_hours > 0 AND swept_until < :before ORDER BY org_id;

-- name: reminders_due
-- Bookings of which guests are to be reminded, by the time of the venue: so many days before at the same
-- hour, or so many hours before. What would come in the quiet hours comes when they begin, in the evening, or
-- when they end, in the morning, unless the visit is within the hour. Whoever booked later, or has come, is not
-- reminded, and nobody twice by one rule of one time.
SELECT b.booking_id, b.offering_id, b.starts_at
FROM booking b
JOIN offering o ON o.org_id = b.org_id AND o.offering_id = b.offering_id
JOIN venue v ON v.org_id = o.org_id AND v.venue_id = o.venue_id
LEFT JOIN contact_rule r ON r.org_id = b.org_id
CROSS JOIN LATERAL (
    SELECT (b.starts_at - :hours::integer * interval '1 hour') AT TIME ZONE v.zone
            - :days::integer * interval '1 day' AS at,
        coalesce(r.quiet_from, time '20:00') AS quiet_from, coalesce(r.quiet_until, time '08:00') AS quiet_until
) AS wall
CROSS JOIN LATERAL (
    SELECT CASE
        WHEN NOT CASE WHEN wall.quiet_from <= wall.quiet_until
                THEN wall.at::time >= wall.quiet_from AND wall.at::time < wall.quiet_until
                ELSE wall.at::time >= wall.quiet_from OR wall.at::time < wall.quiet_until END
            THEN CASE WHEN :days::integer = 0 THEN b.starts_at - :hours::integer * interval '1 hour'
                ELSE wall.at AT TIME ZONE v.zone END
        WHEN wall.quiet_from > wall.quiet_until AND wall.at::time >= wall.quiet_from
            THEN (wall.at::date + wall.quiet_from) AT TIME ZONE v.zone
        WHEN (wall.at::date + wall.quiet_until) AT TIME ZONE v.zone <= b.starts_at - interval '1 hour'
            THEN (wall.at::date + wall.quiet_until) AT TIME ZONE v.zone
        ELSE (wall.at::date - (wall.quiet_from > wall.quiet_until)::integer + wall.quiet_from) AT TIME ZONE v.zone
        END AS at
) AS due
WHERE b.org_id = :org_id AND b.status = 'confirmed'
    AND b.starts_at BETWEEN :since::timestamptz + :days::integer * interval '1 day'
            + :hours::integer * interval '1 hour' - interval '26 hours'
        AND :until::timestamptz + :days::integer * interval '1 day' + :hours::integer * interval '1 hour'
            + interval '26 hours'
    AND b.starts_at > :until AND due.at > :since AND due.at <= :until AND b.created_at < due.at
    AND NOT EXISTS (
        SELECT FROM event e
        WHERE e.org_id = b.org_id AND e.subject = b.booking_id AND e.kind = 'ReminderDue'
            AND e.data->>'reminder' = :reminder AND (e.data->>'starts_at')::timestamptz = b.starts_at)
ORDER BY b.starts_at, b.booking_id;

-- name: thanks_due
-- Visits that ended so many hours ago, or in the quiet hours after that, by the time of the venue. Where guests
-- of the same time were checked in, those alone came. Nobody is thanked twice.
WITH due AS MATERIALIZED (
    SELECT b.booking_id, b.offering_id, b.starts_at, b.status
    FROM booking b
    JOIN offering o ON o.org_id = b.org_id AND o.offering_id = b.offering_id
    JOIN venue v ON v.org_id = o.org_id AND v.venue_id = o.venue_id
    JOIN contact_rule r ON r.org_id = b.org_id
    CROSS JOIN LATERAL (SELECT (b.ends_at + r.thanks_hours * interval '1 hour') AT TIME ZONE v.zone AS at) AS wall
    CROSS JOIN LATERAL (
        SELECT CASE
            WHEN r.quiet_from <= r.quiet_until
                    AND NOT (wall.at::time >= r.quiet_from AND wall.at::time < r.quiet_until)
                OR r.quiet_from > r.quiet_until AND wall.at::time < r.quiet_from AND wall.at::time >= r.quiet_until
                THEN b.ends_at + r.thanks_hours * interval '1 hour'
            ELSE (wall.at::date + (wall.at::time >= r.quiet_until)::integer + r.quiet_until) AT TIME ZONE v.zone
            END AS at
    ) AS due
    WHERE b.org_id = :org_id AND b.status IN ('confirmed', 'checked_in')
        AND b.starts_at BETWEEN :since::timestamptz - :reach::interval AND :until
        AND due.at > :since AND due.at <= :until
)
SELECT due.booking_id, due.offering_id
FROM due
WHERE (due.status = 'checked_in' OR NOT EXISTS (
        SELECT FROM booking other
        WHERE other.org_id = :org_id AND other.starts_at = due.starts_at
            AND other.offering_id = due.offering_id AND other.status = 'checked_in'))
    AND NOT EXISTS (
        SELECT FROM event e
        WHERE e.org_id = :org_id AND e.subject = due.booking_id AND e.kind = 'ThanksDue')
ORDER BY due.starts_at, due.booking_id;

-- name: sweep_reminders
-- What was due until an instant is taken.
UPDATE reminder_rule SET swept_until = :until WHERE org_id = :org_id;

-- name: sweep_thanks
-- The same, of the thanks.
UPDATE contact_rule SET swept_until = :until WHERE org_id = :org_id;

-- name: quiet_ends
-- Until when the reminders and thanks that events ask for must wait, where they were recorded in the quiet hours
-- of their venue: no worker ran when they were due. What is due as these begin is not half an hour late.
SELECT event.seq, (wall.at::date + (wall.at::time >= wall.quiet_until)::integer + wall.quiet_until) AT TIME ZONE v.zone AS due_at
FROM unnest(:org_ids::uuid[], :subjects::uuid[], :seqs::bigint[], :ats::timestamptz[])
    AS event (org_id, subject, seq, at)
JOIN booking b ON b.org_id = event.org_id AND b.booking_id = event.subject
JOIN offering o ON o.org_id = b.org_id AND o.offering_id = b.offering_id
JOIN venue v ON v.org_id = o.org_id AND v.venue_id = o.venue_id
LEFT JOIN contact_rule r ON r.org_id = b.org_id
CROSS JOIN LATERAL (
    SELECT event.at AT TIME ZONE v.zone AS at,
        (event.at AT TIME ZONE v.zone)::time AS clock,
        ((event.at - interval '30 minutes') AT TIME ZONE v.zone)::time AS before,
        coalesce(r.quiet_from, time '20:00') AS quiet_from, coalesce(r.quiet_until, time '08:00') AS quiet_until
) AS wall
WHERE CASE WHEN wall.quiet_from <= wall.quiet_until
    THEN wall.before >= wall.quiet_from AND wall.clock < wall.quiet_until AND wall.before < wall.clock
    ELSE (wall.before >= wall.quiet_from OR wall.before < wall.quiet_until)
        AND (wall.clock >= wall.quiet_from OR wall.clock < wall.quiet_until) END;
