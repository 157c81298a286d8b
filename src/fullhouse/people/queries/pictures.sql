-- name: add_picture
-- A picture in its two sizes; one that is kept already stays.
INSERT INTO picture (org_id, name, width, height, card, cover, created_at)
VALUES (:org_id, :name, :width, :height, :card, :cover, :created_at)
ON CONFLICT (org_id, name) DO NOTHING;

-- name: pictures_counted
-- How many pictures an organisation keeps.
SELECT count(*)::integer FROM picture WHERE org_id = :org_id;

-- name: picture_by_name
-- One picture, without its bytes.
SELECT org_id, name, width, height, created_at FROM picture
WHERE org_id = :org_id AND name = :name;

-- name: pictures
-- An organisation's pictures, the newest first.
SELECT org_id, name, width, height, created_at FROM picture
WHERE org_id = :org_id ORDER BY created_at DESC, name LIMIT :count;

-- name: picture_bytes
-- A picture in one of its sizes.
SELECT CASE WHEN :is_card::boolean THEN card ELSE cover END FROM picture
WHERE org_id = :org_id AND name = :name;

-- name: remove_picture
-- Deletes a picture.
DELETE FROM picture WHERE org_id = :org_id AND name = :name;
