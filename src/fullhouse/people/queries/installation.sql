-- name: installation_secret
-- The secret that links to bookings are derived from.
SELECT secret FROM installation WHERE singleton;

-- name: store_installation_secret
-- Stores a first secret; one that is there already stays.
INSERT INTO installation (secret) VALUES (:secret) ON CONFLICT (singleton) DO NOTHING;

-- name: ping
-- Whether the database answers, and knows this installation.
SELECT count(*)::integer FROM installation;
