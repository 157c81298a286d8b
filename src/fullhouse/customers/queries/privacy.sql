-- name: subjects_of_person
-- Bookings and waiting-list entries of a person; a former one is somebody else's by now.
SELECT s.subject, s.is_current
FROM customer m
JOIN customer_subject s ON s.org_id = m.org_id AND s.customer_id = m.customer_id
WHERE m.org_id = :org_id AND m.person_id = :customer_id;

-- name: lock_contacts_of_person
-- By what a person is recognised; no booking is assigned to it until the transaction ends.
SELECT c.contact
FROM customer m
JOIN customer_contact c ON c.org_id = m.org_id AND c.customer_id = m.customer_id
WHERE m.org_id = :org_id AND m.person_id = :customer_id
ORDER BY c.contact
FOR UPDATE OF c;

-- name: delete_person
-- Deletes a person with its parts, contacts and assignments.
DELETE FROM customer WHERE org_id = :org_id AND person_id = :customer_id;

-- name: lock_person
-- Every part of a person, which nobody else changes until the transaction ends.
SELECT org_id, customer_id, person_id, merged_into, name, email, phone, bookings, visits, no_shows,
    cancellations, spent, last_at, last_visit_at, tags, note, consent, consent_at, consent_by, version,
    created_at
FROM customer
WHERE org_id = :org_id AND person_id = :customer_id
ORDER BY customer_id
FOR UPDATE;

-- name: retention_rule
-- After how many months without a booking a person is erased.
SELECT org_id, months, version FROM retention_rule WHERE org_id = :org_id;

-- name: retention_rules
-- The rule of every organisation that has one.
-- Scope: every organisation. The worker works for all.
SELECT org_id, months, version FROM retention_rule ORDER BY org_id;

-- name: write_retention_rule
-- Replaces the rule as it was opened; no row when somebody else has changed it since.
INSERT INTO retention_rule (org_id, months) VALUES (:org_id, :months)
ON CONFLICT (org_id) DO UPDATE SET months = EXCLUDED.months, version = retention_rule.version + 1
WHERE retention_rule.version = :version
RETURNING version;

-- name: delete_retention_rule
-- Nobody is erased by time any more.
DELETE FROM retention_rule WHERE org_id = :org_id AND version = :version RETURNING version;

-- name: customers_to_erase
-- Persons whose last booking ended before a time and who have not agreed to get news, the oldest first.
SELECT org_id, customer_id, person_id, merged_into, name, email, phone, bookings, visits, no_shows,
    cancellations, spent, last_at, last_visit_at, tags, note, consent, consent_at, consent_by, version,
    created_at
FROM customer
WHERE org_id = :org_id AND merged_into IS NULL AND last_ends_at < :before
    AND consent IS DISTINCT FROM 'given'
ORDER BY last_ends_at
LIMIT :limit;

-- name: count_customers_to_erase
-- How many persons the rule touches.
SELECT count(*)::integer FROM customer
WHERE org_id = :org_id AND merged_into IS NULL AND last_ends_at < :before
    AND consent IS DISTINCT FROM 'given';

-- name: add_accesses
-- Records who looked at whom.
INSERT INTO person_access (org_id, access_id, at, actor, subject, kind)
SELECT org_id, access_id, at, actor, subject, kind
FROM unnest(
    :org_ids::uuid[], :access_ids::uuid[], :ats::timestamptz[], :actors::text[], :subjects::uuid[],
    :kinds::text[]
) AS new (org_id, access_id, at, actor, subject, kind)
ON CONFLICT DO NOTHING;

-- name: accesses
-- Who looked at whom in an organisation, the latest first, a page from a position on, with the name
-- of the customer or the reference of the booking, as long as there is one.
SELECT access_id, at, actor, subject, kind, (
        SELECT name FROM actor_names(person_access.org_id, person_access.actor)
    ) AS actor_name, coalesce(
        (SELECT ref FROM booking
            WHERE booking.org_id = person_access.org_id AND booking.booking_id = person_access.subject),
        (SELECT coalesce(nullif(name, ''), email) FROM customer
            WHERE customer.org_id = person_access.org_id
                AND customer.customer_id = person_access.subject),
        ''
    ) AS about
FROM person_access
WHERE org_id = :org_id AND access_id < :after_access_id
    AND (:actor::text IS NULL OR actor = :actor) AND at >= :first AND at < :last
ORDER BY access_id DESC
LIMIT :limit;

-- name: accesses_to
-- Who looked at these subjects, the latest first.
SELECT access_id, at, actor, subject, kind, (
        SELECT name FROM actor_names(person_access.org_id, person_access.actor)
    ) AS actor_name
FROM person_access
WHERE org_id = :org_id AND subject = ANY (:subjects::uuid[])
ORDER BY access_id DESC
LIMIT :limit;

-- name: bookings_held
-- Everything that bookings hold of a person.
SELECT b.booking_id, b.ref, b.status, b.party, b.starts_at, b.ends_at, b.customer_name AS name,
    b.customer_email AS email, b.customer_phone AS phone, b.locale, b.source, b.answers, b.guests, b.price_amount,
    b.fee_amount, b.currency, b.created_at, o.name AS offering, n.note, r.stars, r.words AS rating
FROM booking b
JOIN offering o ON o.org_id = b.org_id AND o.offering_id = b.offering_id
LEFT JOIN booking_note n ON n.org_id = b.org_id AND n.booking_id = b.booking_id
LEFT JOIN rating r ON r.org_id = b.org_id AND r.booking_id = b.booking_id
WHERE b.org_id = :org_id AND b.booking_id = ANY (:subjects::uuid[])
ORDER BY b.starts_at, b.booking_id;

-- name: waiting_held
-- Everything that waiting lists hold of a person.
SELECT w.entry_id, w.status, w.party, w.customer_name AS name, w.customer_email AS email,
    w.customer_phone AS phone, w.locale, w.created_at, o.name AS offering
FROM waiting_list_entry w
JOIN offering o ON o.org_id = w.org_id AND o.offering_id = w.offering_id
WHERE w.org_id = :org_id AND w.entry_id = ANY (:subjects::uuid[])
ORDER BY w.created_at, w.entry_id;

-- name: messages_held
-- The e-mails about these subjects; of former ones those that went to the person.
SELECT message_id, kind, recipient, subject, body_text AS text, status, created_at, sent_at
FROM message
WHERE org_id = :org_id
    AND (subject_id = ANY (:subjects::uuid[])
        OR subject_id = ANY (:former::uuid[]) AND recipient = ANY (:recipients::text[]))
ORDER BY created_at, message_id;

-- name: held_of_person
-- Bookings and waiting-list entries of a person, those that are somebody else's by now, and by what the person is
-- recognised.
SELECT array_agg(DISTINCT s.subject) FILTER (WHERE s.is_current) AS current,
    array_agg(DISTINCT s.subject) FILTER (WHERE NOT s.is_current) AS former,
    array_agg(DISTINCT c.contact ORDER BY c.contact) FILTER (WHERE c.contact IS NOT NULL) AS contacts
FROM customer m
LEFT JOIN customer_subject s ON s.org_id = m.org_id AND s.customer_id = m.customer_id
LEFT JOIN customer_contact c ON c.org_id = m.org_id AND c.customer_id = m.customer_id
WHERE m.org_id = :org_id AND m.person_id = :customer_id;
