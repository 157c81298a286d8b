-- name: enqueue
-- Effects, one statement for the whole set; a known key is left as it is. Workers are notified.
WITH added AS (
    INSERT INTO effect (
        org_id, key, kind, subject, payload, priority, status, due_at, correlation_id, created_at
    )
    SELECT request.org_id, request.key, request.kind, request.subject, request.payload,
        request.priority, 'due', coalesce(request.due_at, now()), request.correlation_id, now()
    FROM unnest(
        :org_ids::uuid[], :keys::text[], :kinds::text[], :subjects::uuid[], :payloads::jsonb[],
        :priorities::smallint[], :due::timestamptz[], :correlation_ids::uuid[]
    ) AS request (org_id, key, kind, subject, payload, priority, due_at, correlation_id)
    ON CONFLICT DO NOTHING
    RETURNING due_at
)
SELECT count(*) AS added,
    CASE WHEN bool_or(due_at <= now()) THEN pg_notify('fullhouse_effects', '') END
FROM added;

-- name: bring_forward
-- An effect that waits for its time is due now. Workers are notified.
WITH due AS (
    UPDATE effect SET due_at = now()
    WHERE org_id = :org_id AND key = :key AND status = 'due' AND due_at > now()
    RETURNING key
)
SELECT pg_notify('fullhouse_effects', '') FROM due;

-- name: serialise_leasing
-- One worker leases at a time, so that the count of leased effects is exact for limited kinds.
-- Scope: every organisation. The worker works for all.
SELECT pg_advisory_xact_lock(hashtext('fullhouse.jobs.lease'));

-- name: lease
-- Leases effects that are due, or whose lease has ended, by priority and then by due time. A kind
-- with a limit gets no more than it has room for over all workers, and an organisation no more than
-- its share of that: where one takes the last of it, others may wait behind those of its effects
-- that were passed over. Locked effects are skipped.
-- Scope: every organisation. The worker works for all.
WITH under_way AS (
    SELECT kind, org_id, count(*) AS effects FROM effect
    WHERE kind = ANY (:kinds) AND status = 'leased' AND due_at > now()
    GROUP BY kind, org_id
), open_kind AS (
    SELECT wanted.kind, wanted.lease, wanted.org_concurrency,
        least(:room, wanted.concurrency - coalesce(sum(u.effects), 0)) AS room,
        array_agg(u.org_id) FILTER (WHERE u.effects >= wanted.org_concurrency) AS full_orgs
    FROM unnest(:kinds::text[], :leases::interval[], :limits::integer[], :org_limits::integer[])
        AS wanted (kind, lease, concurrency, org_concurrency)
    LEFT JOIN under_way AS u ON u.kind = wanted.kind
    GROUP BY wanted.kind, wanted.lease, wanted.concurrency, wanted.org_concurrency
), ranked AS (
    SELECT found.org_id, found.key, found.due_at, level.priority, k.lease, k.room,
        row_number() OVER (PARTITION BY k.kind ORDER BY level.priority, found.due_at) AS place,
        k.org_concurrency,
        coalesce(u.effects, 0) + row_number() OVER (
            PARTITION BY k.kind, found.org_id ORDER BY level.priority, found.due_at
        ) AS place_of_org
    FROM open_kind AS k
    CROSS JOIN (VALUES (0), (1), (2)) AS level (priority)
    CROSS JOIN LATERAL (
        SELECT e.org_id, e.key, e.due_at FROM effect AS e
        WHERE e.kind = k.kind AND e.priority = level.priority
            AND e.status IN ('due', 'leased') AND e.due_at <= now()
            AND e.org_id <> ALL (coalesce(k.full_orgs, '{}'))
        ORDER BY e.due_at LIMIT greatest(k.room, 0) FOR UPDATE SKIP LOCKED
    ) AS found
    LEFT JOIN under_way AS u ON u.kind = k.kind AND u.org_id = found.org_id
), chosen AS (
    SELECT org_id, key, lease, coalesce(place_of_org = org_concurrency, FALSE) AS fills_share
    FROM ranked
    WHERE place <= room AND (org_concurrency IS NULL OR place_of_org <= org_concurrency)
    ORDER BY priority, due_at LIMIT :room
)
UPDATE effect
SET status = 'leased', attempts = effect.attempts + 1, due_at = now() + chosen.lease
FROM chosen
WHERE effect.org_id = chosen.org_id AND effect.key = chosen.key
RETURNING effect.org_id, effect.key, effect.kind, effect.subject, effect.payload,
    effect.correlation_id, effect.attempts AS attempt,
    effect.attempts - effect.attempts_forgiven AS tries, chosen.fills_share;

-- name: complete
-- Effects that came about, each by the attempt that holds its lease.
UPDATE effect
SET status = 'completed', ended_at = now(), last_error = ''
FROM unnest(:org_ids::uuid[], :keys::text[], :attempts::integer[]) AS done (org_id, key, attempt)
WHERE effect.org_id = done.org_id AND effect.key = done.key
    AND effect.status = 'leased' AND effect.attempts = done.attempt
RETURNING effect.org_id, effect.key, effect.attempts AS attempt;

-- name: record_failure
-- The attempt that holds the lease failed: the effect is due again after :delay, or dead without.
UPDATE effect
SET status = CASE WHEN :delay::interval IS NULL THEN 'dead' ELSE 'due' END,
    due_at = now() + coalesce(:delay::interval, '0'),
    last_error = :error,
    history = CASE WHEN jsonb_array_length(history) >= :history_max THEN history - 0 ELSE history END
        || jsonb_build_object('attempt', attempts, 'at', now(), 'error', left(:error, 300))
WHERE org_id = :org_id AND key = :key AND status = 'leased' AND attempts = :attempt;

-- name: postpone
-- The attempt that holds the lease could not begin: the effect is due again after :delay.
UPDATE effect
SET status = 'due', due_at = now() + :delay::interval, attempts_forgiven = attempts_forgiven + 1
WHERE org_id = :org_id AND key = :key AND status = 'leased' AND attempts = :attempt;

-- name: effects_by_kind
-- The backlog of each kind: effects due, seconds since the oldest was due, and dead letters.
-- Scope: every organisation. The worker works for all.
SELECT kind, sum(waiting)::bigint AS waiting, max(oldest_seconds)::float8 AS oldest_seconds,
    sum(dead)::bigint AS dead
FROM (
    SELECT kind, count(*) AS waiting, extract(epoch FROM now() - min(due_at)) AS oldest_seconds,
        0 AS dead
    FROM effect
    WHERE status IN ('due', 'leased') AND due_at <= now()
    GROUP BY kind
    UNION ALL
    SELECT kind, count(*), 0, 0
    FROM effect
    WHERE status = 'leased' AND due_at > now()
    GROUP BY kind
    UNION ALL
    SELECT kind, 0, 0, count(*)
    FROM effect
    WHERE status = 'dead'
    GROUP BY kind
) AS counted
GROUP BY kind;

-- name: prune_effects
-- Deletes effects that ended long ago, the oldest first; dead letters stay until they are handled.
-- Scope: every organisation. The worker works for all.
DELETE FROM effect
WHERE (org_id, key) IN (
    SELECT org_id, key FROM effect
    WHERE status IN ('completed', 'discarded') AND ended_at < now() - :age::interval
    ORDER BY ended_at
    LIMIT :rows_max);
