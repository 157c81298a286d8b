-- name: digest_readers
-- Who gets the overview of an organisation.
SELECT account_id FROM digest_reader WHERE org_id = :org_id ORDER BY account_id;

-- name: digest_members
-- Whom it can be sent to: members with a verified address, by name.
SELECT m.account_id, a.name, a.email
FROM membership m
JOIN account a ON a.account_id = m.account_id
WHERE m.org_id = :org_id AND m.role <> 'customer' AND a.email IS NOT NULL AND a.email_verified_at IS NOT NULL
    AND a.disabled_at IS NULL
ORDER BY a.name, m.account_id
LIMIT :count;

-- name: add_digest_reader
-- From the next morning on.
INSERT INTO digest_reader (org_id, account_id, sent_on) VALUES (:org_id, :account_id, :day)
ON CONFLICT DO NOTHING;

-- name: remove_digest_readers
-- All but these.
DELETE FROM digest_reader WHERE org_id = :org_id AND NOT account_id = ANY (:account_ids::uuid[]);

-- name: remove_digest_reader
-- One, by the link in the e-mail.
DELETE FROM digest_reader WHERE org_id = :org_id AND account_id = :account_id;

-- name: organisations_with_digests
-- Which have readers, the zone of their first venue, and since when a reader got no overview: null for never.
-- Whether it is morning there is not asked of PostgreSQL, which may not know a zone, and would stop at it.
-- Scope: every organisation. The worker works for all.
SELECT d.org_id, coalesce(v.zone, 'UTC') AS zone,
    CASE WHEN bool_and(d.sent_on IS NOT NULL) THEN min(d.sent_on) END AS sent_on
FROM digest_reader d
LEFT JOIN LATERAL (
    SELECT zone FROM venue v WHERE v.org_id = d.org_id ORDER BY v.venue_id LIMIT 1
) AS v ON true
GROUP BY d.org_id, v.zone;

-- name: take_digests
-- Whose overview of a day is asked for now, once.
UPDATE digest_reader SET sent_on = :day
WHERE org_id = :org_id AND (sent_on IS NULL OR sent_on < :day)
RETURNING account_id;

-- name: digest_member
-- Who gets it, with the role as it is now; no row for one who gets none any more.
SELECT a.name, a.email, a.locale, m.role
FROM digest_reader d
JOIN membership m ON m.org_id = d.org_id AND m.account_id = d.account_id
JOIN account a ON a.account_id = d.account_id
WHERE d.org_id = :org_id AND d.account_id = :account_id AND a.email IS NOT NULL
    AND a.email_verified_at IS NOT NULL AND a.disabled_at IS NULL AND m.role <> 'customer';

-- name: bookings_of_day
-- Who comes in a span of time: bookings and people, and when the first and the last of them start.
SELECT count(*)::integer AS bookings, coalesce(sum(party), 0)::integer AS people,
    min(starts_at) AS first_at, max(starts_at) AS last_at
FROM booking
WHERE org_id = :org_id AND status IN ('confirmed', 'checked_in') AND starts_at >= :since AND starts_at < :until;

-- name: places_of_day
-- The places of all offerings in a span of time: those there are, and those that are sold.
SELECT coalesce(sum(CASE WHEN slot.state = 'open' THEN slot.capacity ELSE slot.booked END), 0)::integer
        AS capacity,
    coalesce(sum(slot.booked), 0)::integer AS sold
FROM offering
JOIN slot ON slot.org_id = offering.org_id AND slot.offering_id = offering.offering_id
    AND slot.starts_at >= :since AND slot.starts_at < :until
WHERE offering.org_id = :org_id;
