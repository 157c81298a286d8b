-- name: saved_views
-- The saved views of one list, by name.
SELECT name, query
FROM saved_view
WHERE org_id = :org_id AND list = :list
ORDER BY name;

-- name: save_view
-- Saves a view under its name, instead of the one that has it; no row when there are too many.
INSERT INTO saved_view (org_id, list, name, query, created_at)
SELECT :org_id, :list, :name, :query, :created_at
WHERE (
    SELECT count(*) FROM saved_view
    WHERE org_id = :org_id AND list = :list AND name <> :name
) < :views_max
ON CONFLICT (org_id, list, name) DO UPDATE SET query = excluded.query
RETURNING name;

-- name: remove_view
-- Removes a saved view.
DELETE FROM saved_view
WHERE org_id = :org_id AND list = :list AND name = :name;
