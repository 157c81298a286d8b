-- name: database_activity
-- The sessions of clients that do something or hold something open, the longest transaction first.
-- Scope: installation. Sessions belong to no organisation.
SELECT
    pid, application_name AS program, coalesce(state, '') AS state,
    coalesce(wait_event_type || ': ' || wait_event, '') AS waits_for,
    coalesce(extract(epoch FROM clock_timestamp() - query_start), 0)::float8 AS query_seconds,
    coalesce(extract(epoch FROM clock_timestamp() - xact_start), 0)::float8 AS transaction_seconds,
    coalesce(extract(epoch FROM clock_timestamp() - state_change), 0)::float8 AS state_seconds,
    coalesce(query, '') AS query,
    CASE WHEN wait_event_type = 'Lock' THEN pg_blocking_pids(pid) ELSE '{}' END AS blocked_by
FROM pg_stat_activity
WHERE datname = current_database() AND backend_type = 'client backend'
    AND pid <> pg_backend_pid() AND (state <> 'idle' OR xact_start IS NOT NULL)
ORDER BY xact_start NULLS LAST, pid
LIMIT :rows_max;

-- name: connections_by_program
-- How many connections each program has, and how many of them do something.
-- Scope: installation. Sessions belong to no organisation.
SELECT
    coalesce(nullif(application_name, ''), backend_type) AS program,
    count(*)::integer AS connections,
    count(*) FILTER (WHERE state <> 'idle')::integer AS busy
FROM pg_stat_activity
WHERE backend_type IN ('client backend', 'walsender')
GROUP BY 1
ORDER BY 2 DESC, 1
LIMIT :rows_max;

-- name: database_figures
-- What the server says of this database as a whole. Shares are NULL where nothing was counted.
-- Scope: installation. The database is everybody's.
SELECT
    current_setting('server_version') AS version,
    current_setting('max_connections')::integer AS connections_max,
    pg_database_size(d.oid) AS size_bytes,
    s.blks_hit + s.blks_read AS blocks,
    (s.blks_hit::float8 / nullif(s.blks_hit + s.blks_read, 0)) AS cache_hit_share,
    s.deadlocks, s.temp_bytes,
    age(d.datfrozenxid)::bigint AS transaction_age,
    2000000000::bigint AS transaction_age_max,
    current_setting('autovacuum_freeze_max_age')::bigint AS freeze_age,
    pg_is_in_recovery() AS is_standby,
    current_setting('track_activity_query_size') AS query_size,
    EXISTS (SELECT FROM pg_extension WHERE extname = 'pg_stat_statements') AS counts_statements
FROM pg_database AS d INNER JOIN pg_stat_database AS s ON d.oid = s.datid
WHERE d.datname = current_database();

-- name: largest_tables
-- The largest tables, as large as at their last clean-up: to measure one waits for who locks it.
-- Scope: installation. Tables are everybody's.
WITH sized AS (
    SELECT
        c.oid AS relid,
        (c.relpages + coalesce(t.relpages, 0))::bigint AS pages,
        (SELECT coalesce(sum(x.relpages), 0) FROM pg_index AS i INNER JOIN pg_class AS x
            ON i.indexrelid = x.oid WHERE i.indrelid = c.oid)::bigint AS index_pages
    FROM pg_class AS c LEFT OUTER JOIN pg_class AS t ON c.reltoastrelid = t.oid
    WHERE c.relkind = 'r'
)
SELECT
    s.relname::text AS name,
    (sized.pages + sized.index_pages) * current_setting('block_size')::bigint AS total_bytes,
    sized.index_pages * current_setting('block_size')::bigint AS index_bytes,
    s.n_live_tup AS live_rows, s.n_dead_tup AS dead_rows,
    greatest(s.last_autovacuum, s.last_vacuum) AS vacuumed_at,
    greatest(s.last_autoanalyze, s.last_analyze) AS analyzed_at,
    s.seq_scan AS whole_reads, coalesce(s.idx_scan, 0) AS index_reads
FROM pg_stat_user_tables AS s INNER JOIN sized ON s.relid = sized.relid
ORDER BY total_bytes DESC, s.n_live_tup DESC, s.relname
LIMIT :rows_max;

-- name: indexes_to_look_at
-- Indexes that are not valid, and large ones that nothing has used in all the days that are counted.
-- Scope: installation. Indexes are everybody's.
SELECT
    s.indexrelname::text AS name, s.relname::text AS table_name,
    c.relpages * current_setting('block_size')::bigint AS bytes,
    s.idx_scan AS uses, i.indisvalid AS is_valid
FROM pg_stat_user_indexes AS s
INNER JOIN pg_index AS i ON s.indexrelid = i.indexrelid
INNER JOIN pg_class AS c ON s.indexrelid = c.oid
WHERE NOT i.indisvalid OR (
    s.idx_scan = 0 AND NOT i.indisunique
    AND c.relpages * current_setting('block_size')::bigint > :bytes_min::bigint
    AND coalesce(
        (SELECT d.stats_reset FROM pg_stat_database AS d WHERE d.datname = current_database()),
        pg_postmaster_start_time()
    ) < now() - make_interval(days => :days_min::integer)
)
ORDER BY i.indisvalid, c.relpages DESC, s.indexrelname
LIMIT :rows_max;

-- name: standbys
-- The servers that follow this one, and how far behind each is.
-- Scope: installation. The server is everybody's.
SELECT
    coalesce(nullif(application_name, ''), client_addr::text, 'standby') AS name,
    coalesce(state, '') AS state, coalesce(sync_state, '') AS kind,
    coalesce(pg_wal_lsn_diff(
        CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END,
        replay_lsn
    ), 0)::bigint AS behind_bytes,
    coalesce(extract(epoch FROM replay_lag), 0)::float8 AS behind_seconds
FROM pg_stat_replication
ORDER BY 1
LIMIT :rows_max;

-- name: replication_slots
-- What keeps the log of changes on this server, and how much of it.
-- Scope: installation. The server is everybody's.
SELECT
    slot_name::text AS name, active AS is_active,
    coalesce(pg_wal_lsn_diff(
        CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END,
        restart_lsn
    ), 0)::bigint AS kept_bytes
FROM pg_replication_slots
ORDER BY 1
LIMIT :rows_max;
