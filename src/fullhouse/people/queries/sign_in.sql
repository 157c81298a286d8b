-- name: member_by_name
-- The account of this name among an organisation's members; the first when there are several.
SELECT membership.account_id
FROM membership JOIN account USING (account_id)
WHERE membership.org_id = :org_id AND account.name = :name
ORDER BY membership.account_id LIMIT 1;

-- name: add_account
-- A new account.
INSERT INTO account (account_id, name, created_at) VALUES (:account_id, :name, :created_at);

-- name: set_role
-- Gives an account a role in an organisation.
INSERT INTO membership (org_id, account_id, role) VALUES (:org_id, :account_id, :role)
ON CONFLICT (org_id, account_id) DO UPDATE SET role = excluded.role;

-- name: add_sign_in_link
-- A one-time link for a member, by the hash of its token.
INSERT INTO sign_in_link (org_id, token_hash, account_id, expires_at)
VALUES (:org_id, :token_hash, :account_id, :expires_at);

-- name: organisation_of_link
-- For which organisation a link signs in.
SELECT org_id FROM sign_in_link WHERE token_hash = :token_hash;

-- name: redeem_sign_in_link
-- Takes the link if it is neither used nor expired; of two that try, one gets it.
UPDATE sign_in_link SET used_at = :now
WHERE org_id = :org_id AND token_hash = :token_hash AND used_at IS NULL AND expires_at > :now
RETURNING account_id;

-- name: add_staff_session
-- A session of a member, by the hash of its token.
INSERT INTO staff_session (org_id, token_hash, account_id, expires_at)
VALUES (:org_id, :token_hash, :account_id, :expires_at);

-- name: staff_session_by_token
-- The session with this token, while it lasts, with the member and the member's role.
SELECT s.org_id, s.account_id, account.name, membership.role, s.expires_at
FROM staff_session s
JOIN account ON account.account_id = s.account_id
JOIN membership ON membership.org_id = s.org_id AND membership.account_id = s.account_id
WHERE s.token_hash = :token_hash AND s.expires_at > :now;

-- name: end_staff_session
-- Ends one session.
DELETE FROM staff_session WHERE org_id = :org_id AND token_hash = :token_hash;
