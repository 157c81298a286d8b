-- name: contacts_of_subjects
-- Who is meant by bookings and waiting-list entries, as they are now; holds are nobody's.
SELECT b.org_id, b.booking_id AS subject, b.customer_name AS name, b.customer_email AS email,
    b.customer_phone AS phone, b.starts_at, b.ends_at
FROM unnest(:org_ids::uuid[], :subjects::uuid[]) AS wanted (org_id, subject)
JOIN booking b ON b.org_id = wanted.org_id AND b.booking_id = wanted.subject
WHERE b.status NOT IN ('held', 'released', 'expired')
UNION ALL
SELECT w.org_id, w.entry_id, w.customer_name, w.customer_email, w.customer_phone, w.created_at, w.created_at
FROM unnest(:org_ids::uuid[], :subjects::uuid[]) AS wanted (org_id, subject)
JOIN waiting_list_entry w ON w.org_id = wanted.org_id AND w.entry_id = wanted.subject;

-- name: lock_contacts
-- Whose contacts these are; nobody erases them until the transaction ends.
SELECT c.org_id, c.contact, c.customer_id, EXISTS (
        SELECT FROM customer_contact e
        WHERE e.org_id = c.org_id AND e.customer_id = c.customer_id AND e.contact LIKE 'email:%'
    ) AS has_email
FROM customer_contact c
JOIN unnest(:org_ids::uuid[], :contacts::text[]) AS wanted (org_id, contact)
    ON c.org_id = wanted.org_id AND c.contact = wanted.contact
ORDER BY c.org_id, c.contact
FOR UPDATE OF c;

-- name: add_customers
-- Customers that were met for the first time.
INSERT INTO customer (org_id, customer_id, person_id, name, email, phone, last_at, last_ends_at, created_at)
SELECT org_id, customer_id, customer_id, name, email, phone, last_at, last_ends_at, now()
FROM unnest(
    :org_ids::uuid[], :customer_ids::uuid[], :names::text[], :emails::text[], :phones::text[],
    :starts::timestamptz[], :ends::timestamptz[]
) AS new (org_id, customer_id, name, email, phone, last_at, last_ends_at)
ON CONFLICT DO NOTHING;

-- name: add_contacts
-- What customers are recognised by from now on.
INSERT INTO customer_contact (org_id, contact, customer_id)
SELECT org_id, contact, customer_id
FROM unnest(:org_ids::uuid[], :contacts::text[], :customer_ids::uuid[]) AS new (org_id, contact, customer_id)
ON CONFLICT DO NOTHING;

-- name: leave_subjects
-- Whose bookings these were, where they are somebody else's by now.
UPDATE customer_subject SET is_current = false
FROM unnest(:org_ids::uuid[], :subjects::uuid[], :customer_ids::uuid[]) AS linked (org_id, subject, customer_id)
WHERE customer_subject.org_id = linked.org_id AND customer_subject.subject = linked.subject
    AND customer_subject.customer_id <> linked.customer_id AND customer_subject.is_current
RETURNING customer_subject.org_id, customer_subject.customer_id;

-- name: take_subjects
-- Whose bookings and waiting-list entries these are.
INSERT INTO customer_subject (org_id, customer_id, subject)
SELECT org_id, customer_id, subject
FROM unnest(:org_ids::uuid[], :subjects::uuid[], :customer_ids::uuid[]) AS linked (org_id, subject, customer_id)
ON CONFLICT (org_id, customer_id, subject) DO UPDATE SET is_current = true
WHERE NOT customer_subject.is_current;

-- name: drop_strangers
-- Customers without anything any more: an address that was misspelt and is corrected.
DELETE FROM customer
USING unnest(:org_ids::uuid[], :customer_ids::uuid[]) AS left_by (org_id, customer_id)
WHERE customer.org_id = left_by.org_id AND customer.customer_id = left_by.customer_id
    AND customer.version = 1
    AND NOT EXISTS (
        SELECT FROM customer_subject s
        WHERE s.org_id = left_by.org_id AND s.customer_id = left_by.customer_id AND s.is_current)
    AND NOT EXISTS (
        SELECT FROM customer m
        WHERE m.org_id = left_by.org_id AND m.person_id = customer.person_id
            AND m.customer_id <> left_by.customer_id);

-- name: count_customers
-- Counts anew what the persons did of whom these customers are, and takes the details of their
-- latest booking.
WITH person AS (
    SELECT DISTINCT customer.org_id, customer.person_id
    FROM unnest(:org_ids::uuid[], :customer_ids::uuid[]) AS touched (org_id, customer_id)
    JOIN customer ON customer.org_id = touched.org_id AND customer.customer_id = touched.customer_id
)
UPDATE customer
SET bookings = counted.bookings, visits = counted.visits, no_shows = counted.no_shows,
    cancellations = counted.cancellations, last_visit_at = counted.last_visit_at,
    last_at = coalesce(counted.last_at, customer.last_at),
    last_ends_at = greatest(counted.last_ends_at, customer.last_ends_at),
    name = coalesce(counted.name, customer.name), email = coalesce(counted.email, customer.email),
    phone = coalesce(counted.phone, customer.phone)
FROM person
CROSS JOIN LATERAL (
    SELECT
        count(*) FILTER (WHERE b.status IN ('confirmed', 'checked_in', 'no_show'))::integer AS bookings,
        count(*) FILTER (WHERE b.status = 'checked_in')::integer AS visits,
        count(*) FILTER (WHERE b.status = 'no_show')::integer AS no_shows,
        count(*) FILTER (WHERE b.status = 'cancelled')::integer AS cancellations,
        max(b.starts_at) FILTER (WHERE b.status = 'checked_in') AS last_visit_at,
        max(b.starts_at) AS last_at, max(b.ends_at) AS last_ends_at,
        (array_agg(b.customer_name ORDER BY b.booking_id DESC))[1] AS name,
        (array_agg(b.customer_email ORDER BY b.booking_id DESC) FILTER (WHERE b.customer_email <> ''))[1]
            AS email,
        (array_agg(b.customer_phone ORDER BY b.booking_id DESC) FILTER (WHERE b.customer_phone <> ''))[1]
            AS phone
    FROM customer m
    JOIN customer_subject s ON s.org_id = m.org_id AND s.customer_id = m.customer_id AND s.is_current
    JOIN booking b ON b.org_id = s.org_id AND b.booking_id = s.subject
    WHERE m.org_id = person.org_id AND m.person_id = person.person_id
) AS counted
WHERE customer.org_id = person.org_id AND customer.customer_id = person.person_id;

-- name: describe_customers
-- What the persons have spent of whom these customers are, and the texts that find them: all contacts,
-- and the names and numbers of each customer's latest bookings.
WITH person AS (
    SELECT DISTINCT customer.org_id, customer.person_id
    FROM unnest(:org_ids::uuid[], :customer_ids::uuid[]) AS touched (org_id, customer_id)
    JOIN customer ON customer.org_id = touched.org_id AND customer.customer_id = touched.customer_id
)
UPDATE customer
SET described = :rules, spent = paid.spent, search = lower(concat_ws(
    ' ', customer.name, spellings(customer.name), named.names, known.contacts))
FROM person
CROSS JOIN LATERAL (
    SELECT coalesce(jsonb_object_agg(currency, amount), '{}') AS spent
    FROM (
        SELECT b.currency,
            sum(CASE b.status WHEN 'checked_in' THEN b.price_amount ELSE b.fee_amount END) AS amount
        FROM customer m
        JOIN customer_subject s ON s.org_id = m.org_id AND s.customer_id = m.customer_id AND s.is_current
        JOIN booking b ON b.org_id = s.org_id AND b.booking_id = s.subject
        WHERE m.org_id = person.org_id AND m.person_id = person.person_id
            AND b.status IN ('checked_in', 'cancelled')
        GROUP BY b.currency
    ) AS sums
    WHERE amount > 0
) AS paid
CROSS JOIN LATERAL (
    SELECT string_agg(
        concat_ws(' ', text.name, spellings(text.name), text.phone), ' ' ORDER BY text.name, text.phone
    ) AS names
    FROM (
        SELECT DISTINCT b.customer_name AS name, translate(b.customer_phone, '+ ()./-', '') AS phone
        FROM customer m
        CROSS JOIN LATERAL (
            SELECT s.org_id, s.subject FROM customer_subject s
            WHERE s.org_id = m.org_id AND s.customer_id = m.customer_id AND s.is_current
            ORDER BY s.subject DESC LIMIT :bookings_max
        ) AS latest
        JOIN booking b ON b.org_id = latest.org_id AND b.booking_id = latest.subject
        WHERE m.org_id = person.org_id AND m.person_id = person.person_id
    ) AS text
) AS named
CROSS JOIN LATERAL (
    SELECT string_agg(translate(c.contact, '+', ''), ' ') AS contacts
    FROM customer m
    JOIN customer_contact c ON c.org_id = m.org_id AND c.customer_id = m.customer_id
    WHERE m.org_id = person.org_id AND m.person_id = person.person_id
) AS known
WHERE customer.org_id = person.org_id AND customer.customer_id = person.person_id;

-- name: customers_to_describe
-- Persons whose texts were written by earlier rules; those that are being changed come later.
-- Scope: every organisation. A job of the installation brings their texts up to date.
SELECT org_id, customer_id FROM customer
WHERE described < :rules AND merged_into IS NULL
ORDER BY described
LIMIT :rows_max
FOR UPDATE SKIP LOCKED;

-- name: phones_of_persons
-- The numbers by which the persons are found of whom these customers are.
WITH member AS (
    SELECT m.org_id, m.customer_id, m.phone
    FROM unnest(:org_ids::uuid[], :customer_ids::uuid[]) AS touched (org_id, customer_id)
    JOIN customer t ON t.org_id = touched.org_id AND t.customer_id = touched.customer_id
    JOIN customer m ON m.org_id = t.org_id AND m.person_id = t.person_id
)
SELECT org_id, phone FROM member WHERE phone LIKE '+%'
UNION
SELECT c.org_id, substr(c.contact, 7)
FROM member
JOIN customer_contact c ON c.org_id = member.org_id AND c.customer_id = member.customer_id
WHERE c.contact LIKE 'phone:%';

-- name: notify_customers
-- Tells caches which customers by phone to look at again, once this commits.
-- Scope: installation. A notification reads no rows.
SELECT notify_events(:topics::text[]);

-- name: not_projected_since
-- When the first event happened that a subscriber has not received; null when it has all.
-- Scope: every organisation. The cursor is one for all.
SELECT missed.at
FROM (VALUES (:subscriber)) AS asked (subscriber)
LEFT JOIN relay_cursor USING (subscriber)
CROSS JOIN LATERAL (
    SELECT at FROM event
    WHERE (event.xid, event.seq) > (coalesce(relay_cursor.xid, '0'), coalesce(relay_cursor.seq, 0))
    ORDER BY event.xid, event.seq
    LIMIT 1
) AS missed;
