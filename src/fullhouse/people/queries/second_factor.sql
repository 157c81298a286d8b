-- name: second_factor
-- The second factor of an account, confirmed or not.
-- Scope: installation. Accounts belong to the installation.
SELECT secret_sealed, confirmed_at, last_step FROM second_factor WHERE account_id = :account_id;

-- name: begin_second_factor
-- A new second factor, which replaces one that was not confirmed.
-- Scope: installation. Accounts belong to the installation.
INSERT INTO second_factor (account_id, secret_sealed, created_at)
VALUES (:account_id, :secret_sealed, :now)
ON CONFLICT (account_id) DO UPDATE
SET secret_sealed = excluded.secret_sealed, created_at = excluded.created_at
WHERE second_factor.confirmed_at IS NULL;

-- name: confirm_second_factor
-- From now on the password alone opens nothing.
-- Scope: installation. Accounts belong to the installation.
UPDATE second_factor SET confirmed_at = :now
WHERE account_id = :account_id AND confirmed_at IS NULL;

-- name: remove_begun_second_factor
-- Forgets a second factor that was not confirmed: whoever began it knows its secret.
-- Scope: installation. Accounts belong to the installation.
DELETE FROM second_factor WHERE account_id = :account_id AND confirmed_at IS NULL;

-- name: remove_second_factor
-- Removes the second factor with its recovery codes.
-- Scope: installation. Accounts belong to the installation.
DELETE FROM second_factor WHERE account_id = :account_id;

-- name: use_time_step
-- Uses the code of a time step up; a step is never used again, nor one before it.
-- Scope: installation. Accounts belong to the installation.
UPDATE second_factor SET last_step = :step WHERE account_id = :account_id AND last_step < :step;

-- name: use_recovery_code
-- Uses a recovery code up.
-- Scope: installation. Accounts belong to the installation.
UPDATE recovery_code SET used_at = :now
WHERE account_id = :account_id AND code_hash = :code_hash AND used_at IS NULL;

-- name: delete_recovery_codes
-- Takes the recovery codes back.
-- Scope: installation. Accounts belong to the installation.
DELETE FROM recovery_code WHERE account_id = :account_id;

-- name: add_recovery_codes
-- New recovery codes, by their hashes.
-- Scope: installation. Accounts belong to the installation.
INSERT INTO recovery_code (account_id, code_hash)
SELECT :account_id, unnest(:code_hashes::bytea[]);

-- name: recovery_codes_left
-- How many recovery codes were not used yet.
-- Scope: installation. Accounts belong to the installation.
SELECT count(*)::integer FROM recovery_code WHERE account_id = :account_id AND used_at IS NULL;

-- name: sealed_secrets
-- What is sealed, one page after an account.
-- Scope: installation. Accounts belong to the installation.
SELECT account_id AS id, secret_sealed AS sealed FROM second_factor
WHERE account_id > :after_id ORDER BY account_id LIMIT :rows_max;

-- name: reseal_secret
-- The same secret sealed by another key, unless it was replaced meanwhile.
-- Scope: installation. Accounts belong to the installation.
UPDATE second_factor SET secret_sealed = :sealed
WHERE account_id = :id AND secret_sealed = :before;

-- name: sealed_national_ids
-- What is sealed, one page after an account.
-- Scope: installation. Accounts belong to the installation.
SELECT account_id AS id, national_id_sealed AS sealed FROM account
WHERE account_id > :after_id AND national_id_sealed IS NOT NULL
ORDER BY account_id LIMIT :rows_max;

-- name: reseal_national_id
-- The same national id sealed by another key, unless it was replaced meanwhile.
-- Scope: installation. Accounts belong to the installation.
UPDATE account SET national_id_sealed = :sealed
WHERE account_id = :id AND national_id_sealed = :before;
