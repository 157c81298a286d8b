-- The data set of the benchmark: one offering, :slots half-hourly slots from the day after tomorrow on, and one hot
-- slot. Ids are consecutive, so that load programs compute them instead of querying.
-- psql variables: org, offering, slots. Capacity is ample everywhere: the benchmark measures speed, not refusals.

INSERT INTO organisation (org_id, slug, name, currency, created_at)
VALUES (:'org', 'bench', 'Bench', 'USD', now());

INSERT INTO venue (org_id, venue_id, name, zone, country)
VALUES (:'org', :'org', 'Bench field', 'America/Chicago', 'US');

INSERT INTO offering (
    org_id, offering_id, venue_id, slug, kind, name,
    price_amount, price_unit, currency, party_min, party_max, book_ahead_days
)
VALUES (:'org', :'offering', :'org', 'entry', 'timed_entry', 'Entry', 1200, 'person', 'USD', 1, 10,
    2 + :slots / 48 + 1);

INSERT INTO slot (org_id, slot_id, offering_id, starts_at, ends_at, capacity)
SELECT
    :'org',
    ('01900000-0000-7000-8000-' || lpad(to_hex(number), 12, '0'))::uuid,
    :'offering',
    date_trunc('day', now()) + interval '2 days' + number * interval '30 minutes',
    date_trunc('day', now()) + interval '2 days' + (number + 1) * interval '30 minutes',
    1000000000
FROM generate_series(0, :slots) AS number;

VACUUM ANALYZE slot;
