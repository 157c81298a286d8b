-- name: events_of_organisation
-- An organisation's events of these kinds behind one position, up to another, in commit order; with
-- the reference where the subject is a booking.
SELECT seq, xid, kind, subject, data AS payload, actor, correlation_id, at, (
        SELECT ref FROM booking
        WHERE booking.org_id = event.org_id AND booking.booking_id = event.subject
    ) AS ref
FROM event
WHERE (xid, seq) > (:xid::xid8, :seq::bigint)
    AND (xid, seq) <= (:to_xid::xid8, :to_seq::bigint)
    AND org_id = :org_id AND kind = ANY (:kinds)
ORDER BY xid, seq
LIMIT :limit;

-- name: audit_events
-- An organisation's events, the latest first, a page behind a position: who, what and when, with the
-- names of who acted and of what it is about, which the event itself does not hold.
SELECT seq, xid, kind, actor, at, (
        SELECT name FROM actor_names(event.org_id, event.actor)
    ) AS actor_name, coalesce(
        (SELECT ref FROM booking
            WHERE booking.org_id = event.org_id AND booking.booking_id = event.subject),
        (SELECT name FROM offering
            WHERE offering.org_id = event.org_id AND offering.offering_id = event.subject),
        (SELECT name FROM venue
            WHERE venue.org_id = event.org_id AND venue.venue_id = event.subject),
        (SELECT name FROM api_key
            WHERE api_key.org_id = event.org_id AND api_key.key_id = event.subject),
        (SELECT coalesce(nullif(name, ''), email) FROM account WHERE account.account_id = event.subject),
        ''
    ) AS about
FROM event
WHERE (xid, seq) < (:xid::xid8, :seq::bigint) AND org_id = :org_id
    AND (:kind::text IS NULL OR kind = :kind) AND (:actor::text IS NULL OR actor = :actor)
    AND at >= :first AND at < :last
ORDER BY xid DESC, seq DESC
LIMIT :limit;

-- name: audit_actors
-- The people who work for the organisation, and its API keys, as its events name them.
SELECT 'account:' || membership.account_id AS actor,
    coalesce(nullif(account.name, ''), account.email, '') AS name
FROM membership
JOIN account ON account.account_id = membership.account_id
WHERE membership.org_id = :org_id
UNION ALL
SELECT 'key:' || key_id, name FROM api_key WHERE org_id = :org_id
ORDER BY 2, 1
LIMIT :limit;
