-- name: add_api_key
-- A new API key, by the hash of its secret.
INSERT INTO api_key (org_id, key_id, name, scope, token_hash, created_at)
VALUES (:org_id, :key_id, :name, :scope, :token_hash, :created_at);

-- name: revoke_api_key
-- Revokes a key from now on; a key that is revoked keeps its first time.
UPDATE api_key SET revoked_at = coalesce(revoked_at, :now)
WHERE org_id = :org_id AND key_id = :key_id
RETURNING org_id, key_id, name, scope, created_at, last_used_at, revoked_at;

-- name: use_api_key
-- The valid key with this secret; its last use is noted about once a minute.
-- Scope: installation. A key is found by its secret.
SELECT org_id, key_id, name, scope, created_at, last_used_at, revoked_at
FROM api_key_by_secret(:token_hash, :now, :noted_before);

-- name: api_keys
-- An organisation's keys, the valid ones first, and of each kind the newest.
SELECT org_id, key_id, name, scope, created_at, last_used_at, revoked_at
FROM api_key WHERE org_id = :org_id
ORDER BY revoked_at IS NOT NULL, key_id DESC LIMIT :count;

-- name: api_key_by_id
-- One key of an organisation.
SELECT org_id, key_id, name, scope, created_at, last_used_at, revoked_at
FROM api_key WHERE org_id = :org_id AND key_id = :key_id;

-- name: api_keys_valid
-- How many keys of an organisation are valid.
SELECT count(*)::integer FROM api_key WHERE org_id = :org_id AND revoked_at IS NULL;
