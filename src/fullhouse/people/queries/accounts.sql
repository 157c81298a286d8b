-- name: has_account
-- Whether somebody has this e-mail address.
-- Scope: installation. Accounts belong to the installation.
SELECT EXISTS (SELECT FROM account WHERE email = :email);

-- name: set_national_id
-- Another national id to sign in with; none when another account has it.
-- Scope: installation. Accounts belong to the installation.
UPDATE account SET national_id_digest = :national_id_digest, national_id_sealed = :sealed,
    version = version + 1
WHERE account_id = :account_id AND NOT EXISTS (
    SELECT FROM account AS other
    WHERE other.national_id_digest = :national_id_digest AND other.account_id <> :account_id
);

-- name: remove_national_id
-- The person signs in without a national id.
-- Scope: installation. Accounts belong to the installation.
UPDATE account SET national_id_digest = NULL, national_id_sealed = NULL, version = version + 1
WHERE account_id = :account_id AND national_id_digest IS NOT NULL;

-- name: email_of_account
-- The e-mail address of an account.
-- Scope: installation. Accounts belong to the installation.
SELECT email FROM account WHERE account_id = :account_id;

-- name: verify_email
-- The address is known to be the person's, from now on; no row when it was before.
-- Scope: installation. Accounts belong to the installation.
UPDATE account SET email_verified_at = :now
WHERE account_id = :account_id AND email_verified_at IS NULL;

-- name: lock_account
-- Whether an account runs the installation; nobody else changes it until the transaction ends.
-- Scope: installation. Accounts belong to the installation.
SELECT is_operator FROM account WHERE account_id = :account_id FOR UPDATE;

-- name: businesses_of_account
-- The businesses that know an account, as whatever it is.
-- Scope: installation. A person finds her own.
SELECT org_id, slug, name, role FROM memberships_of_account(:account_id) ORDER BY name, org_id;

-- name: delete_account
-- Deletes an account with its sessions, second factor, links and a change of its address.
-- Scope: installation. Accounts belong to the installation.
DELETE FROM account WHERE account_id = :account_id;

-- name: change_account
-- Another name and language, unless the account was changed since it was read.
-- Scope: installation. Accounts belong to the installation.
UPDATE account SET name = :name, locale = :locale, version = version + 1
WHERE account_id = :account_id AND version = :version;

-- name: sessions_of
-- The sessions of a person, the latest seen first.
-- Scope: installation. Accounts belong to the installation.
SELECT session_id, kind, created_at, last_seen_at, network, user_agent,
    token_hash = :token_hash AS is_this
FROM account_session
WHERE account_id = :account_id AND expires_at > :now
ORDER BY last_seen_at DESC, session_id LIMIT :count;

-- name: end_other_sessions
-- Ends all sessions of a person but the one with this token.
-- Scope: installation. Accounts belong to the installation.
DELETE FROM account_session WHERE account_id = :account_id AND token_hash <> :token_hash;

-- name: add_account_link
-- A link that is sent by e-mail, by the hash of its token.
-- Scope: installation. Accounts belong to the installation.
INSERT INTO account_link (token_hash, account_id, purpose, email, expires_at)
VALUES (:token_hash, :account_id, :purpose, :email, :expires_at);

-- name: person_of_link
-- Whose link it is, if it was neither used nor has expired.
-- Scope: installation. Accounts belong to the installation.
SELECT account.name, account.email
FROM account_link JOIN account USING (account_id)
WHERE token_hash = :token_hash AND used_at IS NULL AND expires_at > :now;

-- name: use_account_link
-- Uses a link up; of two that try, one gets it.
-- Scope: installation. Accounts belong to the installation.
UPDATE account_link SET used_at = :now
WHERE token_hash = :token_hash AND purpose = :purpose AND used_at IS NULL AND expires_at > :now
RETURNING account_id;

-- name: email_of_sign_up_link
-- For which address a link makes an account, if it was neither used nor has expired.
-- Scope: installation. Accounts belong to the installation.
SELECT email FROM account_link
WHERE token_hash = :token_hash AND purpose = 'sign_up' AND used_at IS NULL AND expires_at > :now;

-- name: use_sign_up_link
-- Uses a link that makes an account up; of two that try, one gets it.
-- Scope: installation. Accounts belong to the installation.
UPDATE account_link SET used_at = :now
WHERE token_hash = :token_hash AND purpose = 'sign_up' AND used_at IS NULL AND expires_at > :now
RETURNING email;

-- name: use_email_link
-- Uses the link of one side of a change of address up; of two that try, one gets it.
-- Scope: installation. Accounts belong to the installation.
UPDATE account_link SET used_at = :now
WHERE token_hash = :token_hash AND purpose IN ('confirm_email', 'approve_email')
    AND used_at IS NULL AND expires_at > :now
RETURNING account_id, purpose, email;

-- name: disable_account
-- Nobody signs in to this account from now on.
-- Scope: installation. Accounts belong to the installation.
UPDATE account SET disabled_at = :now, version = version + 1
WHERE account_id = :account_id AND disabled_at IS NULL;

-- name: enable_account
-- The person can sign in again.
-- Scope: installation. Accounts belong to the installation.
UPDATE account SET disabled_at = NULL, version = version + 1
WHERE account_id = :account_id AND disabled_at IS NOT NULL;

-- name: lock_operators
-- The operators who can sign in, who stay as they are until the transaction ends.
-- Scope: installation. Accounts belong to the installation.
SELECT account_id FROM account
WHERE is_operator AND disabled_at IS NULL ORDER BY account_id FOR NO KEY UPDATE;

-- name: operator_addresses
-- Where operators who can sign in are written to.
-- Scope: installation. Accounts belong to the installation.
SELECT email FROM account
WHERE is_operator AND disabled_at IS NULL AND email_verified_at IS NOT NULL
ORDER BY account_id;

-- name: end_every_account_link
-- Ends all links that a person has.
-- Scope: installation. Accounts belong to the installation.
UPDATE account_link SET used_at = :now WHERE account_id = :account_id AND used_at IS NULL;

-- name: end_account_links
-- Ends all links of a purpose that a person has.
-- Scope: installation. Accounts belong to the installation.
UPDATE account_link SET used_at = :now
WHERE account_id = :account_id AND purpose = :purpose AND used_at IS NULL;

-- name: prune_account_links
-- Deletes links that have expired.
-- Scope: installation. Accounts belong to the installation.
DELETE FROM account_link WHERE token_hash IN (
    SELECT token_hash FROM account_link WHERE expires_at < :now LIMIT :rows_max
);

-- name: request_email_change
-- A change of address, in place of an earlier one.
-- Scope: installation. Accounts belong to the installation.
INSERT INTO email_change (account_id, email, requested_at, approved_at)
VALUES (:account_id, :email, :now, CASE WHEN :is_approved THEN :now::timestamptz END)
ON CONFLICT (account_id) DO UPDATE SET email = excluded.email, requested_at = excluded.requested_at,
    confirmed_at = NULL, approved_at = excluded.approved_at;

-- name: agree_to_email_change
-- One side agrees to a change of address.
-- Scope: installation. Accounts belong to the installation.
UPDATE email_change
SET confirmed_at = CASE WHEN :confirms THEN :now::timestamptz ELSE confirmed_at END,
    approved_at = CASE WHEN :confirms THEN approved_at ELSE :now::timestamptz END
WHERE account_id = :account_id AND email = :email
RETURNING email, confirmed_at IS NOT NULL AS is_confirmed, approved_at IS NOT NULL AS is_approved;

-- name: end_email_change
-- A change of address is done.
-- Scope: installation. Accounts belong to the installation.
DELETE FROM email_change WHERE account_id = :account_id;

-- name: waiting_email_change
-- The address that waits for both sides to agree.
-- Scope: installation. Accounts belong to the installation.
SELECT email FROM email_change WHERE account_id = :account_id AND requested_at > :since;
