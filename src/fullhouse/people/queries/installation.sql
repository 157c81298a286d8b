-- name: installation_secret
-- The secret that links to bookings are derived from.
-- Scope: installation. The installation has one.
SELECT secret FROM installation WHERE singleton;

-- name: store_installation_secret
-- Stores a first secret; one that is there already stays.
-- Scope: every organisation. Only the first start writes it.
INSERT INTO installation (secret) VALUES (:secret) ON CONFLICT (singleton) DO NOTHING;

-- name: ping
-- Whether the database answers, and knows this installation.
-- Scope: installation. It asks for no row.
SELECT count(*)::integer FROM installation;
