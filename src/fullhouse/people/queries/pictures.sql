-- name: add_picture
-- A picture in its two sizes; one that is kept already stays, and one that was deleted is back.
INSERT INTO picture (org_id, name, width, height, card, cover, created_at)
VALUES (:org_id, :name, :width, :height, :card, :cover, :created_at)
ON CONFLICT (org_id, name) DO UPDATE SET removed_at = NULL WHERE picture.removed_at IS NOT NULL;

-- name: pictures_counted
-- How many pictures an organisation keeps, deleted ones included, and their bytes.
SELECT count(*)::integer AS pictures, coalesce(sum(octet_length(card) + octet_length(cover)), 0)::bigint AS bytes
FROM picture WHERE org_id = :org_id;

-- name: free_deleted_pictures
-- Frees the bytes of the pictures that an organisation has deleted, at once.
DELETE FROM picture WHERE org_id = :org_id AND removed_at IS NOT NULL;

-- name: picture_by_name
-- One picture, without its bytes.
SELECT org_id, name, width, height, created_at FROM picture
WHERE org_id = :org_id AND name = :name AND removed_at IS NULL;

-- name: pictures
-- An organisation's pictures, the newest first.
SELECT org_id, name, width, height, created_at FROM picture
WHERE org_id = :org_id AND removed_at IS NULL ORDER BY created_at DESC, name LIMIT :count;

-- name: picture_bytes
-- A picture in one of its sizes.
SELECT CASE WHEN :is_card::boolean THEN card ELSE cover END FROM picture
WHERE org_id = :org_id AND name = :name AND removed_at IS NULL;

-- name: remove_picture
-- Deletes a picture, which can be undone until it is pruned.
UPDATE picture SET removed_at = :now
WHERE org_id = :org_id AND name = :name AND removed_at IS NULL;

-- name: restore_picture
-- Takes the deletion of a picture back.
UPDATE picture SET removed_at = NULL
WHERE org_id = :org_id AND name = :name AND removed_at >= :since;

-- name: prune_pictures
-- Frees the bytes of pictures that were deleted, a number at a time.
-- Scope: every organisation. The worker works for all.
DELETE FROM picture WHERE ctid = ANY (ARRAY (
    SELECT ctid FROM picture WHERE removed_at < :removed_before LIMIT :rows_max));
