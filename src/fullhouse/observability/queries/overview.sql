-- name: backups
-- What the server knows of backups: archived logs and standbys; a dump leaves no trace.
-- Scope: installation. The server is everybody's.
SELECT
    current_setting('archive_mode') <> 'off' AS is_archiving,
    last_archived_time AS archived_at,
    last_failed_time AS failed_at,
    (SELECT count(*) FROM pg_stat_replication)::integer AS standbys
FROM pg_stat_archiver;

-- name: installation_changes
-- The latest events of some subjects of the installation, the newest first.
SELECT found.kind, found.data, found.at
FROM unnest(:subjects::uuid []) AS wanted (subject) CROSS JOIN LATERAL (
    SELECT kind, data, at, seq
    FROM event
    WHERE org_id = :org_id AND subject = wanted.subject
    ORDER BY seq DESC
    LIMIT :rows_max
) AS found
ORDER BY found.at DESC, found.seq DESC
LIMIT :rows_max;
