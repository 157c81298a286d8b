-- name: columns_of_tables
-- The columns of the tables with what statistics say of them, in their order.
-- Scope: installation. Statistics belong to no organisation.
SELECT
    c.relname::text AS table_name, greatest(c.reltuples, 0)::float8 AS rows,
    c.relpages::float8 AS pages, pg_relation_size(c.oid) AS bytes,
    a.attname::text AS column_name, s.n_distinct::float8 AS distinct,
    s.null_frac::float8 AS null_share, s.correlation::float8,
    s.most_common_vals::text::text [] AS common_values,
    s.most_common_freqs::float8 [] AS common_shares
FROM pg_class AS c
INNER JOIN pg_attribute AS a ON c.oid = a.attrelid
LEFT JOIN pg_stats AS s
    ON s.schemaname = current_schema() AND c.relname = s.tablename AND a.attname = s.attname
WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r'
    AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY c.relname, a.attnum;

-- name: indexes_of_tables
-- The indexes of the tables: their columns, with an empty name for an expression, and predicates.
-- Scope: installation. Indexes belong to no organisation.
SELECT
    t.relname::text AS table_name, c.relname::text AS name,
    array_agg(coalesce(a.attname, '')::text ORDER BY k.place) AS columns,
    coalesce(pg_get_expr(i.indpred, i.indrelid, true), '') AS predicate,
    i.indisunique AS is_unique
FROM pg_index AS i
INNER JOIN pg_class AS c ON i.indexrelid = c.oid
INNER JOIN pg_class AS t ON i.indrelid = t.oid
INNER JOIN pg_am AS m ON c.relam = m.oid AND m.amname = 'btree'
CROSS JOIN LATERAL unnest(i.indkey::smallint []) WITH ORDINALITY AS k (number, place)
LEFT JOIN pg_attribute AS a ON i.indrelid = a.attrelid AND k.number = a.attnum AND k.number > 0
WHERE t.relnamespace = current_schema()::regnamespace AND i.indisvalid
    AND k.place <= i.indnkeyatts
GROUP BY t.relname, c.relname, i.indpred, i.indrelid, i.indisunique;

-- name: page_cost
-- What the planner reckons for a page that is read out of order.
-- Scope: installation. A setting belongs to no organisation.
SELECT current_setting('random_page_cost')::float8;

-- name: has_hypothetical_indexes
-- Whether the planner can be asked about indexes that there are not.
-- Scope: installation. An extension belongs to no organisation.
SELECT EXISTS (SELECT FROM pg_extension WHERE extname = 'hypopg');

-- name: propose_optimisation
-- Proposes something, or renews the proposal; not what was undone lately.
-- Scope: installation. Optimisations belong to no organisation.
WITH proposed AS (
    INSERT INTO optimisation AS o (
        optimisation_id, kind, name, subject, reason, action, undo, queries, state, before,
        proposed_at, changed_at
    )
    SELECT
        :optimisation_id::uuid, :kind::text, :name::text, :subject::text, :reason::text,
        :action::text, :undo::text, :queries::text [], 'proposed', :before::jsonb,
        :now::timestamptz, :now::timestamptz
    WHERE NOT EXISTS (
        SELECT FROM optimisation
        WHERE kind = :kind AND name = :name AND ended_at > :ended_after::timestamptz
    )
    ON CONFLICT (kind, name) WHERE ended_at IS NULL DO UPDATE
    SET reason = excluded.reason, queries = excluded.queries, before = excluded.before
    WHERE o.state = 'proposed'
    RETURNING o.optimisation_id, o.state, o.changed_at
)
INSERT INTO optimisation_step (optimisation_id, at, state, done_by, note)
SELECT optimisation_id, changed_at, state, '', ''
FROM proposed
WHERE optimisation_id = :optimisation_id;

-- name: withdraw_proposals
-- Forgets proposals of a kind that are not made any more.
-- Scope: installation. Optimisations belong to no organisation.
DELETE FROM optimisation
WHERE kind = :kind AND ended_at IS NULL AND state = 'proposed' AND NOT name = ANY (:names::text []);

-- name: change_optimisation
-- Takes an optimisation on to another state, with the step; nothing when it is in none of these.
-- Scope: installation. Optimisations belong to no organisation.
WITH changed AS (
    UPDATE optimisation
    SET state = :state, note = :note, changed_by = :by, changed_at = :now,
        before = before || :before::jsonb, after = after || :after::jsonb,
        started_at = CASE WHEN :state = 'building' THEN :now::timestamptz ELSE started_at END,
        ended_at = CASE WHEN :state IN ('undone', 'failed') THEN :now::timestamptz END
    WHERE optimisation_id = :optimisation_id AND state = ANY (:from_states::text [])
        AND ended_at IS NULL
    RETURNING optimisation_id, changed_at, state, changed_by, note
)
INSERT INTO optimisation_step (optimisation_id, at, state, done_by, note)
SELECT optimisation_id, changed_at, state, changed_by, note
FROM changed;

-- name: optimisations
-- The latest optimisations, those changed last first.
-- Scope: installation. Optimisations belong to no organisation.
SELECT optimisation_id, kind, name, subject, reason, action, undo, queries, state, before, after,
    note, changed_by, proposed_at, started_at, changed_at, ended_at
FROM optimisation
ORDER BY changed_at DESC, name
LIMIT :rows_max;

-- name: open_optimisations
-- The optimisations that are proposed, on their way or in force, in the order of their proposal.
-- Scope: installation. Optimisations belong to no organisation.
SELECT optimisation_id, kind, name, subject, reason, action, undo, queries, state, before, after,
    note, changed_by, proposed_at, started_at, changed_at, ended_at
FROM optimisation
WHERE ended_at IS NULL
ORDER BY proposed_at, name
LIMIT :rows_max;

-- name: steps_of_optimisations
-- What was done, in its order.
-- Scope: installation. Optimisations belong to no organisation.
SELECT optimisation_id, at, state, done_by, note
FROM optimisation_step
WHERE optimisation_id = ANY (:optimisation_ids::uuid [])
ORDER BY optimisation_id, step_id;

-- name: prune_optimisations
-- Forgets what ended long ago.
-- Scope: installation. Optimisations belong to no organisation.
DELETE FROM optimisation WHERE changed_at < :before AND ended_at < :before;

-- name: end_pool_steps
-- Ends the steps of pools whose processes have ended, or will be judged anew.
-- Scope: installation. Optimisations belong to no organisation.
UPDATE optimisation
SET state = 'undone', note = 'It ended with its process.', changed_at = :now, ended_at = :now
WHERE kind = 'pool' AND ended_at IS NULL AND changed_at < :before;
