-- name: add_sign_in_link
-- A one-time link for a member of staff, by the hash of its token.
INSERT INTO sign_in_link (org_id, token_hash, person, expires_at)
VALUES (:org_id, :token_hash, :person, :expires_at);

-- name: spend_sign_in_link
-- Take the link if it is neither used nor past its time; of two that try, one gets it.
UPDATE sign_in_link SET used_at = :now
WHERE token_hash = :token_hash AND used_at IS NULL AND expires_at > :now
RETURNING org_id, person, expires_at;

-- name: add_staff_session
-- A session for a member of staff, by the hash of its token.
INSERT INTO staff_session (org_id, token_hash, person, expires_at)
VALUES (:org_id, :token_hash, :person, :expires_at);

-- name: staff_session_by_token
-- Whose session this is, while it lasts; the hash itself says of which organisation.
SELECT org_id, person, expires_at
FROM staff_session WHERE token_hash = :token_hash AND expires_at > :now;

-- name: end_staff_session
-- End one session.
DELETE FROM staff_session WHERE token_hash = :token_hash
RETURNING org_id, person, expires_at;
