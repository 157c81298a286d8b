-- name: member_by_name
-- The account of this name among an organisation's members; the first when there are several.
SELECT membership.account_id
FROM membership JOIN account USING (account_id)
WHERE membership.org_id = :org_id AND account.name = :name
ORDER BY membership.account_id LIMIT 1;

-- name: add_account
-- A new account.
-- Scope: installation. An account belongs to the installation.
INSERT INTO account (account_id, name, created_at) VALUES (:account_id, :name, :created_at);

-- name: add_account_with_email
-- A new account with an e-mail address; none when another account has it.
-- Scope: installation. Accounts belong to the installation.
INSERT INTO account (account_id, name, email, email_verified_at, locale, created_at)
VALUES (:account_id, :name, :email, CASE WHEN :is_verified THEN :now::timestamptz END, :locale, :now)
ON CONFLICT (email) DO NOTHING;

-- name: account_id_of_email
-- Whose e-mail address this is.
-- Scope: installation. Accounts belong to the installation.
SELECT account_id FROM account WHERE email = :email;

-- name: set_operator
-- Lets an account run the installation, or no longer.
-- Scope: installation. Accounts belong to the installation.
UPDATE account SET is_operator = :is_operator, version = version + 1
WHERE account_id = :account_id AND is_operator <> :is_operator;

-- name: set_role
-- Gives an account a role in an organisation; no row when it has that role.
INSERT INTO membership (org_id, account_id, role) VALUES (:org_id, :account_id, :role)
ON CONFLICT (org_id, account_id) DO UPDATE SET role = excluded.role
WHERE membership.role <> excluded.role
RETURNING role;

-- name: add_sign_in_link
-- A one-time link for a member, by the hash of its token; none for an account that is disabled.
INSERT INTO sign_in_link (org_id, token_hash, account_id, expires_at)
SELECT :org_id, :token_hash, account_id, :expires_at
FROM account WHERE account_id = :account_id AND disabled_at IS NULL;

-- name: organisation_of_link
-- For which organisation a link signs in.
-- Scope: installation. A link is found by its secret.
SELECT organisation_of_sign_in_link(:token_hash);

-- name: redeem_sign_in_link
-- Takes the link if it is neither used nor expired; of two that try, one gets it.
UPDATE sign_in_link SET used_at = :now
WHERE org_id = :org_id AND token_hash = :token_hash AND used_at IS NULL AND expires_at > :now
RETURNING account_id;

-- name: add_account_session
-- A session of a person, by the hash of its token; none of an account that is disabled.
-- Scope: installation. Accounts belong to the installation.
INSERT INTO account_session (session_id, account_id, kind, token_hash, created_at, last_seen_at,
    expires_at, network, user_agent, token_expires_at, second_factor_at)
SELECT :session_id, account_id, :kind, :token_hash, :now, :now, :expires_at, :network, :user_agent,
    :token_expires_at, :second_factor_at
FROM account WHERE account_id = :account_id AND disabled_at IS NULL;

-- name: account_session_by_token
-- The session with this token, while it lasts, with the person's role at an organisation, if any;
-- that it was used is noted every few minutes.
WITH found AS (
    SELECT s.session_id, s.account_id, account.name, account.is_operator, s.kind, s.expires_at,
        s.last_seen_at, s.created_at
    FROM account_session s
    JOIN account ON account.account_id = s.account_id
    WHERE s.token_hash = :token_hash AND s.kind = :kind AND s.expires_at > :now
        AND coalesce(s.token_expires_at > :now, true) AND account.disabled_at IS NULL
), noted AS (
    UPDATE account_session SET last_seen_at = :now FROM found
    WHERE account_session.session_id = found.session_id AND found.last_seen_at < :noted_before
)
SELECT found.session_id, found.account_id, found.name, membership.role, found.is_operator,
    found.kind, found.expires_at
FROM found
LEFT JOIN membership ON membership.org_id = :org_id AND membership.account_id = found.account_id
    AND coalesce(found.created_at > membership.sessions_ended_at, true);

-- name: end_account_session
-- Ends one session.
-- Scope: installation. Accounts belong to the installation.
DELETE FROM account_session WHERE token_hash = :token_hash RETURNING account_id;

-- name: prune_account_sessions
-- Deletes sessions that have expired.
-- Scope: installation. Accounts belong to the installation.
DELETE FROM account_session WHERE session_id IN (
    SELECT session_id FROM account_session WHERE expires_at < :now LIMIT :rows_max
);

-- name: add_refresh_token
-- A refresh token of a session, by its hash.
-- Scope: installation. Accounts belong to the installation.
INSERT INTO refresh_token (token_hash, session_id) VALUES (:token_hash, :session_id);

-- name: lock_refresh_token
-- A refresh token with its session, while that lasts; of two that use it one waits for the other.
-- Scope: installation. Accounts belong to the installation.
SELECT r.session_id, r.used_at, r.client_hash, s.account_id, s.created_at
FROM refresh_token r
JOIN account_session s ON s.session_id = r.session_id
JOIN account ON account.account_id = s.account_id
WHERE r.token_hash = :token_hash AND s.expires_at > :now AND account.disabled_at IS NULL
FOR UPDATE OF s, r;

-- name: is_refresh_token_used
-- Whether a refresh token was used.
-- Scope: installation. Accounts belong to the installation.
SELECT used_at IS NOT NULL FROM refresh_token WHERE token_hash = :token_hash;

-- name: use_refresh_token
-- Uses a refresh token up.
-- Scope: installation. Accounts belong to the installation.
UPDATE refresh_token SET used_at = :now, client_hash = :client_hash
WHERE token_hash = :token_hash;

-- name: renew_api_session
-- Gives a session of a program another access token.
-- Scope: installation. Accounts belong to the installation.
UPDATE account_session
SET token_hash = :token_hash, token_expires_at = :token_expires_at, expires_at = :expires_at,
    last_seen_at = :now
WHERE session_id = :session_id;

-- name: end_session_of_account
-- Ends a session of a person by its id.
-- Scope: installation. Accounts belong to the installation.
DELETE FROM account_session WHERE session_id = :session_id AND account_id = :account_id;

-- name: account_profiles
-- Accounts as their owners see them.
-- Scope: installation. Accounts belong to the installation.
SELECT account_id, name, email, email_verified_at, locale, is_operator, version,
    password_hash IS NOT NULL AS has_password, disabled_at IS NOT NULL AS is_disabled,
    national_id_digest IS NOT NULL AS has_national_id
FROM account WHERE account_id = ANY(:account_ids::uuid[]);

-- name: account_of_email
-- The person with this verified or unverified e-mail address, for signing in.
-- Scope: installation. Accounts belong to the installation.
SELECT account_id, name, password_hash, disabled_at
FROM account WHERE email = :email;

-- name: account_of_national_id
-- The person with this national id, for signing in.
-- Scope: installation. Accounts belong to the installation.
SELECT account_id, name, password_hash, disabled_at
FROM account WHERE national_id_digest = :national_id_digest;

-- name: set_password
-- Gives an account another password.
-- Scope: installation. Accounts belong to the installation.
UPDATE account SET password_hash = :password_hash, version = version + 1
WHERE account_id = :account_id;

-- name: store_rehashed_password
-- The hash of the same password by the parameters of now.
-- Scope: installation. Accounts belong to the installation.
UPDATE account SET password_hash = :password_hash WHERE account_id = :account_id;

-- name: set_email
-- Gives an account an e-mail address that is the person's.
-- Scope: installation. Accounts belong to the installation.
UPDATE account SET email = :email, email_verified_at = :now, version = version + 1
WHERE account_id = :account_id;

-- name: memberships_of
-- The businesses that a person works for.
-- Scope: installation. A person finds her own.
SELECT org_id, slug, name, role FROM memberships_of_account(:account_id)
WHERE role <> 'customer'
ORDER BY name, org_id LIMIT :count;

-- name: sign_in_locked_until
-- Until when an attempt to sign in is refused; null when it is not.
-- Scope: installation. Accounts belong to the installation.
SELECT max(locked_until)
FROM sign_in_failure
JOIN unnest(:failure_kinds::text[], :failure_subjects::bytea[]) AS asked (kind, subject)
    USING (kind, subject)
WHERE locked_until > :now;

-- name: record_sign_in_failure
-- Counts a failed attempt; past the free ones each failure locks for twice as long as that before.
-- Scope: installation. Accounts belong to the installation.
INSERT INTO sign_in_failure AS f (kind, subject, failures, last_failed_at)
SELECT kind, subject, 1, :now
FROM unnest(:failure_kinds::text[], :failure_subjects::bytea[]) AS failed (kind, subject)
ORDER BY kind, subject
ON CONFLICT (kind, subject) DO UPDATE SET
    failures = CASE WHEN f.last_failed_at < :forgotten_before THEN 1 ELSE f.failures + 1 END,
    last_failed_at = :now;

-- name: lock_sign_in
-- Locks what has failed too often.
-- Scope: installation. Accounts belong to the installation.
UPDATE sign_in_failure f
SET locked_until = :now::timestamptz + make_interval(
    secs => least(:seconds_max, :seconds_first * 2.0 ^ least(f.failures - rule.free, 20)))
FROM unnest(:failure_kinds::text[], :failure_subjects::bytea[], :frees::integer[])
    AS rule (kind, subject, free)
WHERE f.kind = rule.kind AND f.subject = rule.subject AND f.failures >= rule.free;

-- name: forget_sign_in_failures
-- Forgets the failures of somebody who got in.
-- Scope: installation. Accounts belong to the installation.
DELETE FROM sign_in_failure f
USING unnest(:failure_kinds::text[], :failure_subjects::bytea[]) AS succeeded (kind, subject)
WHERE f.kind = succeeded.kind AND f.subject = succeeded.subject;

-- name: prune_sign_in_failures
-- Deletes counts that lock nobody any more.
-- Scope: installation. Accounts belong to the installation.
DELETE FROM sign_in_failure WHERE (kind, subject) IN (
    SELECT kind, subject FROM sign_in_failure WHERE last_failed_at < :forgotten_before LIMIT :rows_max
);
