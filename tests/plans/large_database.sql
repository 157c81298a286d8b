-- A book of fifty farms: 100,000 slots and 1,000,000 bookings, all in order. Ids are counted: the
-- kind of thing in their first digits, the number in their last, in the order of time as UUIDv7 are.
SET session_replication_role = replica;
SET synchronous_commit = off;
SET statement_timeout = 0;
SET maintenance_work_mem = '256MB';
SET work_mem = '128MB';
SET wal_compression = off;

CREATE FUNCTION id(kind text, number bigint) RETURNS uuid IMMUTABLE PARALLEL SAFE LANGUAGE sql
RETURN (rpad(kind, 8, '0') || '-0000-7000-8000-' || lpad(to_hex(number), 12, '0'))::uuid;

INSERT INTO organisation (org_id, slug, name, currency, created_at)
SELECT id('a', n), 'farm-' || n, 'Farm ' || n, 'USD', '2027-01-01' FROM generate_series(1, 50) AS n;

INSERT INTO venue (org_id, venue_id, name, zone, country)
SELECT id('a', n), id('b', n), 'Field', 'America/Chicago', 'US' FROM generate_series(1, 50) AS n;

INSERT INTO offering (
    org_id, offering_id, venue_id, slug, kind, name, price_amount, price_unit, currency
)
SELECT
    id('a', 1 + n / 4), id('c', n), id('b', 1 + n / 4), 'entry-' || n % 4, 'timed_entry', 'Entry',
    1200, 'person', 'USD'
FROM generate_series(0, 199) AS n;

INSERT INTO schedule (
    org_id, schedule_id, offering_id, starts_at, rule, duration_minutes, capacity
)
SELECT id('a', 1 + n / 4), id('d', n), id('c', n), '2027-05-01 09:00', 'FREQ=DAILY', 30, 50
FROM generate_series(0, 199) AS n;

INSERT INTO closure (
    org_id, closure_id, venue_id, starts_at, ends_at, until, reason, source, uid
)
SELECT
    id('a', 1 + n % 50), id('e', n), id('b', 1 + n % 50),
    '2026-01-01'::timestamp + n / 50 * interval '1 day',
    '2026-01-02'::timestamp + n / 50 * interval '1 day',
    '2026-01-02'::timestamp + n / 50 * interval '1 day', 'Rain', 'calendar', 'uid-' || n
FROM generate_series(0, 19999) AS n;

-- Booking n is of farm n % 50 and on slot n % 100000: ten bookings a slot
CREATE UNLOGGED TABLE made AS
SELECT
    n,
    id('a', 1 + n % 50) AS org_id,
    id('b0', n) AS booking_id,
    id('51', n % 100000) AS slot_id,
    id('c', n % 50 * 4 + n % 100000 / 25000) AS offering_id,
    '2027-05-01 14:00Z'::timestamptz + n % 25000 / 50 * interval '3 hours' AS starts_at,
    (1 + n % 4)::integer AS party,
    (CASE
        WHEN n % 100 < 85 THEN 'confirmed' WHEN n % 100 < 90 THEN 'checked_in'
        WHEN n % 100 < 95 THEN 'cancelled' WHEN n % 100 < 99 THEN 'expired' ELSE 'held'
    END) AS status,
    '2027-04-01'::timestamptz + n * interval '6 seconds' AS created_at
FROM generate_series(0::bigint, 999999) AS n;

INSERT INTO slot (
    org_id, slot_id, offering_id, schedule_id, starts_at, ends_at, capacity, booked, held
)
SELECT
    org_id, slot_id, min(offering_id::text)::uuid, id('d', 1), min(starts_at),
    min(starts_at) + interval '30 minutes', 50,
    coalesce(sum(party) FILTER (WHERE status IN ('confirmed', 'checked_in')), 0),
    coalesce(sum(party) FILTER (WHERE status = 'held'), 0)
FROM made
GROUP BY org_id, slot_id;

INSERT INTO booking (
    org_id, booking_id, ref, status, offering_id, party, places, slots, starts_at, ends_at,
    customer_name, customer_email, customer_phone, locale, price_amount, currency, expires_at, created_at
)
SELECT
    org_id, booking_id, 'R' || n, status, offering_id, party, party, ARRAY[slot_id], starts_at,
    starts_at + interval '30 minutes', 'Guest ' || n % 300000, 'guest-' || n % 300000 || '@example.org',
    '', 'en', 1200 * party, 'USD',
    CASE WHEN status IN ('held', 'expired') THEN '2027-06-12 08:10Z'::timestamptz END, created_at
FROM made;

INSERT INTO sales_day (org_id, day, offering_id, booked_on, bookings, places, amount, fees)
SELECT
    org_id, (starts_at AT TIME ZONE 'America/Chicago')::date, offering_id,
    (created_at AT TIME ZONE 'America/Chicago')::date, count(*), sum(party), sum(1200 * party), 0
FROM made
GROUP BY 1, 2, 3, 4;

INSERT INTO sales_day_due (org_id, offering_id, day)
SELECT org_id, offering_id, min(day) FROM sales_day GROUP BY 1, 2;

INSERT INTO slot_allocation (org_id, slot_id, booking_id, places, expires_at)
SELECT
    org_id, slot_id, booking_id, party,
    CASE WHEN status = 'held' THEN '2027-06-12 08:10Z'::timestamptz END
FROM made
WHERE status IN ('confirmed', 'checked_in', 'held');

INSERT INTO event (org_id, kind, subject, data, actor, correlation_id, at)
SELECT
    org_id,
    (CASE status
        WHEN 'confirmed' THEN 'Booked' WHEN 'checked_in' THEN 'CheckedIn'
        WHEN 'cancelled' THEN 'Cancelled' WHEN 'expired' THEN 'HoldExpired'
        ELSE 'BookingInitiated'
    END),
    booking_id, '{"party": 2}', 'guest', id('f', n), created_at
FROM made;

INSERT INTO idempotency (
    org_id, key, fingerprint, command_id, subject, derived, outcome, created_at
)
SELECT
    org_id, id('f3', n), id('f1', n), id('f2', n), booking_id, true, '{}', created_at
FROM made;

INSERT INTO effect (
    org_id, key, kind, subject, status, due_at, correlation_id, created_at, ended_at
)
SELECT
    org_id, 'mail/' || n, 'mail', booking_id, CASE n % 10000 WHEN 0 THEN 'due' ELSE 'completed' END,
    created_at + interval '90 days', id('f', n), created_at,
    CASE n % 10000 WHEN 0 THEN NULL ELSE created_at END
FROM made
WHERE n % 4 = 0;

INSERT INTO message (
    org_id, message_id, kind, subject_id, event_seq, recipient, mailbox, subject, body_text, body_html, qr,
    status, created_at
)
SELECT
    org_id, id('77', n), 'confirmation', booking_id, n, 'guest@example.org', 'guest@example.org',
    'Booked', 'Come', 'Come', '',
    CASE n % 10000 WHEN 0 THEN 'undeliverable' ELSE 'sent' END, created_at
FROM made
WHERE n % 4 = 0;

INSERT INTO message_channel (org_id, channel, url, is_enabled, kinds, acknowledge_minutes)
SELECT id('a', n), 'make', 'https://example.org/hook', true, '{}', 10
FROM generate_series(1, 50) AS n;

INSERT INTO webhook_endpoint (org_id, endpoint_id, url, kinds, secret, created_at)
SELECT id('a', 1 + n % 50), id('e1', n), 'https://example.org/hooks', '{}', 's', '2027-01-01'
FROM generate_series(0, 199) AS n;

INSERT INTO webhook_delivery (
    org_id, endpoint_id, event_seq, kind, subject, status, attempts, created_at, ended_at
)
SELECT
    org_id, id('e1', n % 50), n, 'Booked', booking_id,
    CASE n % 1000 WHEN 0 THEN 'waiting' ELSE 'delivered' END, 1, created_at,
    CASE WHEN n % 1000 > 0 THEN created_at END
FROM made
WHERE n % 40 = 0;

INSERT INTO webhook_attempt (org_id, endpoint_id, event_seq, at, seconds, status_code, answer)
SELECT org_id, endpoint_id, event_seq, created_at, 0.1, 204, '' FROM webhook_delivery;

INSERT INTO waiting_list_entry (
    org_id, entry_id, slot_id, offering_id, status, party, customer_name, customer_email,
    customer_phone, locale, created_at
)
SELECT
    org_id, id('3a', n), slot_id, offering_id, 'waiting', 2, 'Guest', 'guest@example.org', '', 'en',
    created_at
FROM made
-- For the last slots of the farms nobody waits, so that they may be dropped
WHERE n % 50 < 2 AND n % 100000 < 99900;

INSERT INTO relay_cursor (subscriber, xid, seq)
SELECT 'mail', xid, seq FROM event ORDER BY seq DESC LIMIT 1;

INSERT INTO account (account_id, name, email, national_id_digest, created_at)
SELECT id('ac', n), 'Rosa ' || n, 'rosa' || n || '@example.org', sha256(n::text::bytea), '2027-01-01'
FROM generate_series(1, 100000) AS n;

INSERT INTO membership (org_id, account_id, role)
SELECT id('a', 1 + n % 50), id('ac', n), 'owner' FROM generate_series(1, 20000) AS n;

INSERT INTO api_key (org_id, key_id, name, scope, token_hash, created_at)
SELECT id('a', 1 + n % 50), id('88', n), 'key', 'manage', sha256(n::text::bytea), '2027-01-01'
FROM generate_series(1, 20000) AS n;

INSERT INTO account_session (
    session_id, account_id, kind, token_hash, created_at, last_seen_at, expires_at, network,
    user_agent
)
SELECT
    id('5e', n), id('ac', n), 'pages', sha256(n::text::bytea), '2027-06-12', '2027-06-12',
    '2027-07-01'::timestamptz + n * interval '1 minute', '192.0.2.7', 'Firefox'
FROM generate_series(1, 20000) AS n;

INSERT INTO refresh_token (token_hash, session_id)
SELECT sha256(n::text::bytea), id('5e', 1 + n % 20000) FROM generate_series(1, 60000) AS n;

INSERT INTO second_factor (account_id, secret_sealed, created_at)
SELECT id('ac', n), 'sealed', '2027-06-12' FROM generate_series(1, 20000) AS n;

INSERT INTO recovery_code (account_id, code_hash)
SELECT id('ac', n), sha256(n::text::bytea) FROM generate_series(1, 20000) AS n;

INSERT INTO email_change (account_id, email, requested_at)
SELECT id('ac', n), 'rosa' || n || '@example.com', '2027-06-12' FROM generate_series(1, 20000) AS n;

INSERT INTO account_link (token_hash, account_id, purpose, email, expires_at)
SELECT sha256(n::text::bytea), id('ac', n), 'reset', 'rosa@example.org',
    '2027-06-12 08:00Z'::timestamptz + n * interval '1 minute'
FROM generate_series(1, 20000) AS n;

INSERT INTO invitation (org_id, invitation_id, email, role, token_hash, created_at, expires_at)
SELECT id('a', 1 + n % 50), id('19', n), 'new' || n || '@example.org', 'staff',
    sha256(n::text::bytea), '2027-06-12', '2027-06-19'
FROM generate_series(1, 20000) AS n;

INSERT INTO sign_in_failure (kind, subject, failures, last_failed_at)
SELECT 'pair', substr(sha256(n::text::bytea), 1, 16), 3, '2027-06-12'::timestamptz + n * interval '1 second'
FROM generate_series(1, 20000) AS n;

INSERT INTO sign_in_link (org_id, token_hash, account_id, expires_at)
SELECT id('a', 1 + n % 50), sha256(n::text::bytea), id('ac', n), '2027-07-01'
-- The last members have none, so that they may be removed
FROM generate_series(1, 19900) AS n;

INSERT INTO customer (
    org_id, customer_id, person_id, name, email, phone, search, bookings, last_at, last_ends_at,
    created_at
)
SELECT
    org_id, id('cc', n), id('cc', n), 'Guest ' || n, 'guest-' || n || '@example.org',
    '+1312555' || lpad((n % 10000)::text, 4, '0'), 'guest ' || n || ' lopez', 3, starts_at, starts_at, created_at
FROM made
WHERE n < 300000;

INSERT INTO customer_contact (org_id, contact, customer_id)
SELECT org_id, 'email:guest-' || n || '@example.org', id('cc', n) FROM made WHERE n < 300000;

INSERT INTO customer_subject (org_id, customer_id, subject)
SELECT org_id, id('cc', n % 300000), booking_id FROM made;

INSERT INTO measured_series (metric, labels)
SELECT 'metric_' || n % 5, '["' || n || '"]' FROM generate_series(1, 500) AS n;

INSERT INTO measurement (series_id, period_seconds, starts_at, seconds, buckets, counts, is_merged)
SELECT
    s.series_id, p.period, '2027-06-12 08:00Z'::timestamptz - n * make_interval(secs => p.period),
    1, '{-120,-119,-110}', '{9,8,2}', p.period < 86400 AND n > 2
FROM measured_series AS s
CROSS JOIN (VALUES (10), (60), (3600), (86400)) AS p (period)
CROSS JOIN generate_series(1, 60) AS n
-- Most of what is kept are the shorter periods
WHERE p.period < 86400 OR n <= 3;

INSERT INTO alert (
    alert_id, rule, subject, severity, summary, fired_at, notified_at, resolved_at,
    ended_notified_at
)
SELECT
    id('a1', n), 'rule_' || n % 10, n::text, 'warning', 'Something was wrong.',
    '2027-06-12 08:00Z'::timestamptz - n * interval '1 hour', '2027-06-12', '2027-06-12', '2027-06-12'
FROM generate_series(1, 20000) AS n;

INSERT INTO slow_query (query, at, seconds, outcome, plan)
SELECT 'part.query_' || n % 100, '2027-06-12 08:00Z'::timestamptz - n * interval '1 minute', 0.7, 'ok', 'Seq Scan'
FROM generate_series(1, 5000) AS n;

DROP TABLE made;

INSERT INTO gauge (name, subject, period_seconds, starts_at, observed, total, least, most)
SELECT
    'gauge_' || g % 5, (g / 5)::text, p.period,
    '2027-06-12 08:00Z'::timestamptz - n * make_interval(secs => p.period), 1, n, n, n
FROM generate_series(0, 9) AS g
CROSS JOIN (VALUES (60), (3600)) AS p (period)
CROSS JOIN generate_series(1, 5000) AS n;

INSERT INTO memory_growth (found_at, process, used, bytes_an_hour, grown, is_replaced)
SELECT '2027-06-12 08:00Z'::timestamptz - n * interval '1 hour', 'web ' || n, 500000000, 1e8, '[]', true
FROM generate_series(1, 5000) AS n;
