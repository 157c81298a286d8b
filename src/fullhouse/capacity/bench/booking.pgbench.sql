-- The baseline: one booking in one statement and one transaction, with the same five rows that the
-- product writes. pgbench variables: first and last bound the range of random slots.
\set slot random(:first, :last)
WITH taken AS (
    UPDATE slot SET booked = booked + 2
    WHERE org_id = '01900000-0000-7000-8000-0000000000aa'
        AND slot_id = ('01900000-0000-7000-8000-' || lpad(to_hex(:slot::bigint), 12, '0'))::uuid
        AND state = 'open'
        AND booked + held + 2 <= capacity
    RETURNING org_id, slot_id, offering_id, starts_at, ends_at
), booked AS (
    INSERT INTO booking (
        org_id, booking_id, ref, status, offering_id, party, places, slots, starts_at, ends_at,
        customer_name, customer_email, customer_phone, locale, price_amount, currency, created_at
    )
    SELECT
        org_id, uuidv7(), upper(substr(md5(random()::text), 1, 12)), 'confirmed', offering_id, 2, 2,
        ARRAY[slot_id], starts_at, ends_at, 'Rosa Field',
        'rosa-' || :client_id::int || '-' || random() || '@example.org', '', 'en', 2400, 'USD', now()
    FROM taken
    RETURNING org_id, booking_id, ref, slots, offering_id, starts_at, ends_at
), claimed AS (
    INSERT INTO slot_allocation (org_id, slot_id, booking_id, places)
    SELECT org_id, slots[1], booking_id, 2
    FROM booked
), recorded AS (
    INSERT INTO event (org_id, kind, subject, data, actor, correlation_id, at)
    SELECT
        org_id, 'Booked', booking_id,
        jsonb_build_object(
            'offering_id', offering_id, 'slots', slots, 'party', 2, 'price', 2400, 'currency', 'USD'
        ),
        'guest', gen_random_uuid(), now()
    FROM booked
)
INSERT INTO idempotency (
    org_id, key, fingerprint, command_id, subject, derived, outcome, created_at
)
SELECT
    org_id, gen_random_uuid(), gen_random_uuid(), uuidv7(), booking_id, true,
    format(
        '{"type":"booking","org_id":"%s","booking_id":"%s","ref":"%s","status":"confirmed",'
        '"version": 1,"offering":"entry","zone":"America/Chicago","slots":[["%s","%s","%s"]],'
        '"party": 2,"price_amount": 2400,"fee_amount": 0,"currency":"USD","expires_at": null}',
        org_id, booking_id, ref, slots[1], starts_at, ends_at
    ),
    now()
FROM booked;
