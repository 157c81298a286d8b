-- name: add_api_key
-- A new API key, by the hash of its secret.
INSERT INTO api_key (org_id, key_id, name, secret_hash, created_at)
VALUES (:org_id, :key_id, :name, :secret_hash, :created_at);

-- name: revoke_api_key
-- End a key from now on; a key that has ended stays ended at its first time.
UPDATE api_key SET revoked_at = coalesce(revoked_at, :now)
WHERE org_id = :org_id AND key_id = :key_id
RETURNING org_id, key_id, name, created_at, revoked_at;

-- name: api_key_by_secret
-- Whose key this is, while it is valid; the hash itself says of which organisation.
SELECT org_id, key_id, name, created_at, revoked_at
FROM api_key WHERE secret_hash = :secret_hash AND revoked_at IS NULL;

-- name: api_keys
-- An organisation's keys, the newest first.
SELECT org_id, key_id, name, created_at, revoked_at
FROM api_key WHERE org_id = :org_id ORDER BY key_id DESC LIMIT :count;
