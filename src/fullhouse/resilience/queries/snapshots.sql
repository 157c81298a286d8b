-- name: current_snapshot
-- Transactions below xmin have ended, transactions from xmax on have not begun.
-- Scope: installation. It asks for no row.
SELECT
    CAST(CAST(pg_snapshot_xmin(s) AS text) AS bigint) AS xmin,
    CAST(CAST(pg_snapshot_xmax(s) AS text) AS bigint) AS xmax
FROM pg_current_snapshot() s;

-- name: database_identity
-- Distinguishes this database from a copy, and from itself before a recovery to an earlier time.
-- Scope: installation. It asks for no row.
SELECT format('%s-%s-%s', system_identifier, timeline_id, oid)
FROM pg_control_system(), pg_control_checkpoint(), pg_database
WHERE datname = current_database();
