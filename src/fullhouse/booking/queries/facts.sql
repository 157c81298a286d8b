-- name: venue_of_offering
-- Where an offering takes place.
SELECT venue_id FROM offering WHERE org_id = :org_id AND offering_id = :offering_id;

-- name: offerings_of_venue
-- What takes place at a venue, in the order in which their schedules are locked.
SELECT offering_id FROM offering WHERE org_id = :org_id AND venue_id = :venue_id
ORDER BY offering_id;

-- name: record_facts
-- Facts about schedules and slots, in the transaction of the change they tell of.
INSERT INTO event (org_id, kind, subject, data, actor, correlation_id, at)
SELECT :org_id, n.kind, n.subject, n.data, :actor, :correlation_id, :at
FROM unnest(CAST(:kinds AS text[]), CAST(:subjects AS uuid[]), CAST(:data AS jsonb[]))
    AS n (kind, subject, data);

-- name: wake
-- Wakes the relay and tells every process which days have changed.
SELECT pg_notify('fullhouse_events',
    (to_jsonb('#' || pg_current_xact_id()) || CAST(:topics AS jsonb))::text);
