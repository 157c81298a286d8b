-- name: customers_recent
-- Customers of whom a name, address or number has a text, those with the latest booking first. Texts
-- are compared while the index of the order is read, which ends with the page.
SELECT org_id, customer_id, person_id, merged_into, name, email, phone, bookings, visits, no_shows,
    cancellations, spent, last_at, last_visit_at, tags, note, consent, consent_at, consent_by, version,
    created_at
FROM customer
WHERE org_id = :org_id AND merged_into IS NULL
    AND (last_at, customer_id) < (:after_at, :after_customer_id)
    AND position(:text IN search) > 0
    AND (:tag::text IS NULL OR :tag = ANY (tags))
    AND (:consent::text IS NULL OR consent = :consent)
ORDER BY last_at DESC, customer_id DESC
LIMIT :limit;

-- name: customers_named
-- Customers in order of their names, a page from a position on.
SELECT org_id, customer_id, person_id, merged_into, name, email, phone, bookings, visits, no_shows,
    cancellations, spent, last_at, last_visit_at, tags, note, consent, consent_at, consent_by, version,
    created_at
FROM customer
WHERE org_id = :org_id AND merged_into IS NULL
    AND (sort_name, customer_id) > (:after_name, :after_customer_id)
    AND position(:text IN search) > 0
    AND (:tag::text IS NULL OR :tag = ANY (tags))
    AND (:consent::text IS NULL OR consent = :consent)
ORDER BY sort_name, customer_id
LIMIT :limit;

-- name: customers_with_contact
-- Persons that are recognised by an address or a number, or have it in their latest booking.
SELECT org_id, customer_id, person_id, merged_into, name, email, phone, bookings, visits, no_shows,
    cancellations, spent, last_at, last_visit_at, tags, note, consent, consent_at, consent_by, version,
    created_at
FROM customer
WHERE org_id = :org_id AND customer_id IN (
    SELECT m.person_id FROM customer_contact c
    JOIN customer m ON m.org_id = c.org_id AND m.customer_id = c.customer_id
    WHERE c.org_id = :org_id AND c.contact = :contact
    UNION ALL
    SELECT person_id FROM customer s WHERE s.org_id = :org_id AND s.phone = :phone AND s.phone <> ''
)
ORDER BY last_at DESC, customer_id
LIMIT :limit;

-- name: customer_by_id
-- One customer.
SELECT org_id, customer_id, person_id, merged_into, name, email, phone, bookings, visits, no_shows,
    cancellations, spent, last_at, last_visit_at, tags, note, consent, consent_at, consent_by, version,
    created_at
FROM customer
WHERE org_id = :org_id AND customer_id = :customer_id;

-- name: lock_customers
-- Customers that nobody else changes until the transaction ends.
SELECT org_id, customer_id, person_id, merged_into, name, email, phone, bookings, visits, no_shows,
    cancellations, spent, last_at, last_visit_at, tags, note, consent, consent_at, consent_by, version,
    created_at
FROM customer
WHERE org_id = :org_id AND customer_id = ANY (:customer_ids::uuid[])
ORDER BY customer_id
FOR UPDATE;

-- name: parts_of_person
-- The customers that were merged into a person, the latest merge first.
SELECT org_id, customer_id, person_id, merged_into, name, email, phone, bookings, visits, no_shows,
    cancellations, spent, last_at, last_visit_at, tags, note, consent, consent_at, consent_by, version,
    created_at
FROM customer
WHERE org_id = :org_id AND person_id = :customer_id AND merged_into IS NOT NULL
ORDER BY merged_at DESC, customer_id;

-- name: person_with_parts
-- The person of whom a customer is, then those that were merged into it, the latest merge first.
SELECT org_id, customer_id, person_id, merged_into, name, email, phone, bookings, visits, no_shows,
    cancellations, spent, last_at, last_visit_at, tags, note, consent, consent_at, consent_by, version,
    created_at
FROM customer
WHERE org_id = :org_id AND person_id = (
    SELECT one.person_id FROM customer one WHERE one.org_id = :org_id AND one.customer_id = :customer_id
)
ORDER BY merged_into IS NOT NULL, merged_at DESC, customer_id;

-- name: customer_of_subject
-- Whose booking or waiting-list entry it is.
SELECT m.person_id
FROM customer_subject s
JOIN customer m ON m.org_id = s.org_id AND m.customer_id = s.customer_id
WHERE s.org_id = :org_id AND s.subject = :subject AND s.is_current;

-- name: bookings_of_person
-- The bookings of a person, the latest time first.
SELECT b.ref, b.status, b.starts_at, b.party, b.price_amount, b.fee_amount, b.currency, b.offering_id
FROM customer m
JOIN customer_subject s ON s.org_id = m.org_id AND s.customer_id = m.customer_id AND s.is_current
JOIN booking b ON b.org_id = s.org_id AND b.booking_id = s.subject
WHERE m.org_id = :org_id AND m.person_id = :customer_id
ORDER BY b.starts_at DESC, b.booking_id
LIMIT :limit;

-- name: bookings_of_account
-- The bookings that have the verified address of an account, the latest time first: those to attend as they
-- are, and what became of others as far as customers are projected. The name of the offering is in the
-- person's language, if the business translates it.
-- Scope: every organisation. A person sees her own at all businesses of the installation.
SELECT b.org_id, b.booking_id, b.ref, b.link_version, b.status, b.starts_at, b.ends_at, b.party,
    coalesce((
        SELECT texts ->> 'name' FROM jsonb_array_elements(offering.translations) AS texts
        WHERE texts ->> 'language' = :language AND :language = ANY (organisation.languages)
            AND texts ->> 'name' <> ''
    ), offering.name) AS offering, venue.zone, venue.country, organisation.slug, organisation.name AS business
FROM account
CROSS JOIN organisation
CROSS JOIN LATERAL (
    SELECT booking_id FROM booking
    WHERE booking.org_id = organisation.org_id AND customer_email = account.email
        AND status IN ('confirmed', 'checked_in')
    UNION
    SELECT s.subject FROM customer_contact c
    JOIN customer_subject s ON s.org_id = c.org_id AND s.customer_id = c.customer_id AND s.is_current
    WHERE c.org_id = organisation.org_id AND c.contact = 'email:' || account.email
) AS found
JOIN booking b ON b.org_id = organisation.org_id AND b.booking_id = found.booking_id
    AND b.customer_email = account.email AND b.status IN ('confirmed', 'checked_in', 'cancelled', 'no_show')
JOIN offering ON offering.org_id = b.org_id AND offering.offering_id = b.offering_id
JOIN venue ON venue.org_id = offering.org_id AND venue.venue_id = offering.venue_id
WHERE account.account_id = :account_id AND account.email_verified_at IS NOT NULL
ORDER BY b.starts_at DESC, b.booking_id
LIMIT :limit;

-- name: waiting_of_account
-- The waiting lists on which the verified address of an account is, the next time first, as far as customers are
-- projected. The name of the offering is in the person's language, if the business translates it. The entries are
-- found by themselves: to order the joins of all eight tables took a tenth of a second.
-- Scope: every organisation. A person sees her own at all businesses of the installation.
WITH entry AS MATERIALIZED (
    SELECT w.org_id, w.entry_id, w.slot_id, w.offering_id, w.status, w.party,
        w.day_starts_at IS NOT NULL AS any_time, organisation.slug, organisation.name AS business,
        :language = ANY (organisation.languages) AS is_offered
    FROM account
    CROSS JOIN organisation
    JOIN customer_contact c ON c.org_id = organisation.org_id AND c.contact = 'email:' || account.email
    JOIN customer_subject s ON s.org_id = c.org_id AND s.customer_id = c.customer_id AND s.is_current
    JOIN waiting_list_entry w ON w.org_id = s.org_id AND w.entry_id = s.subject
        AND w.customer_email = account.email AND w.status IN ('waiting', 'offered')
    WHERE account.account_id = :account_id AND account.email_verified_at IS NOT NULL
)
SELECT entry.org_id, entry.entry_id, entry.status, entry.party, entry.any_time, slot.starts_at,
    coalesce((
        SELECT texts ->> 'name' FROM jsonb_array_elements(offering.translations) AS texts
        WHERE texts ->> 'language' = :language AND entry.is_offered AND texts ->> 'name' <> ''
    ), offering.name) AS offering, venue.zone, venue.country, entry.slug, entry.business
FROM entry
JOIN slot ON slot.org_id = entry.org_id AND slot.slot_id = entry.slot_id AND slot.ends_at > :now
JOIN offering ON offering.org_id = entry.org_id AND offering.offering_id = entry.offering_id
JOIN venue ON venue.org_id = offering.org_id AND venue.venue_id = offering.venue_id
ORDER BY slot.starts_at, entry.entry_id
LIMIT :limit;

-- name: change_customer
-- Replaces what staff keep of a customer.
UPDATE customer SET note = :note, tags = :tags, version = version + 1
WHERE org_id = :org_id AND customer_id = :customer_id;

-- name: record_consent
-- Records that a customer gave consent, or withdrew it.
UPDATE customer SET consent = :consent, consent_at = :now, consent_by = :actor, version = version + 1
WHERE org_id = :org_id AND customer_id = :customer_id;

-- name: merge_customers
-- Makes persons parts of another one, with all that are parts of them.
UPDATE customer
SET person_id = :customer_id,
    merged_into = CASE WHEN customer_id = ANY (:customer_ids::uuid[]) THEN :customer_id ELSE merged_into END,
    merged_at = CASE WHEN customer_id = ANY (:customer_ids::uuid[]) THEN :now ELSE merged_at END,
    version = version + 1
WHERE org_id = :org_id AND person_id = ANY (:customer_ids::uuid[]);

-- name: separate_customer
-- Makes a customer that was merged a person again, with all that are parts of it.
WITH RECURSIVE part AS (
    SELECT customer_id FROM customer WHERE org_id = :org_id AND customer_id = :customer_id
    UNION ALL
    SELECT c.customer_id FROM part
    JOIN customer c ON c.org_id = :org_id AND c.person_id = :person_id AND c.merged_into = part.customer_id
)
UPDATE customer
SET person_id = :customer_id,
    merged_into = CASE WHEN customer.customer_id = :customer_id THEN NULL ELSE merged_into END,
    merged_at = CASE WHEN customer.customer_id = :customer_id THEN NULL ELSE merged_at END,
    version = version + 1
FROM part
WHERE customer.org_id = :org_id AND customer.customer_id = part.customer_id;

-- name: tags_of_customers
-- The words by which staff sort customers.
SELECT DISTINCT unnest(tags) AS tag FROM customer
WHERE org_id = :org_id AND tags <> '{}' ORDER BY tag;

-- name: subjects_with_text
-- Bookings and waiting-list entries of the persons whom a text names.
SELECT s.subject
FROM customer p
JOIN customer m ON m.org_id = p.org_id AND m.person_id = p.customer_id
JOIN customer_subject s ON s.org_id = m.org_id AND s.customer_id = m.customer_id AND s.is_current
WHERE p.org_id = :org_id AND p.merged_into IS NULL AND position(:text IN p.search) > 0
LIMIT :limit;
