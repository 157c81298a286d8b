-- name: record
-- A fact about people, in the transaction of the change it tells of.
INSERT INTO event (org_id, kind, subject, data, actor, correlation_id, at)
VALUES (:org_id, :kind, :subject, :data, :actor, :correlation_id, :at);

-- name: installation_secret
-- The secret that links to bookings are derived from.
SELECT secret FROM installation WHERE only_one;

-- name: keep_installation_secret
-- Keep a first secret; one that is there already stays.
INSERT INTO installation (secret) VALUES (:secret) ON CONFLICT (only_one) DO NOTHING;

-- name: is_there
-- Whether the database answers, and knows this installation.
SELECT count(*)::integer FROM installation;
