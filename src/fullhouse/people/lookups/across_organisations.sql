-- The only look-ups of a request that cross row-level security, because the organisation is what they find: by the
-- hash of a secret of 256 random bits, or by the account of a person who is signed in.

CREATE OR REPLACE FUNCTION api_key_by_secret(hash bytea, used_at timestamptz, noted_before timestamptz)
RETURNS SETOF api_key LANGUAGE sql SECURITY DEFINER SET search_path FROM CURRENT AS $body$
    WITH found AS (
        SELECT * FROM api_key WHERE token_hash = hash AND revoked_at IS NULL
    ), noted AS (
        UPDATE api_key SET last_used_at = used_at FROM found
        WHERE api_key.org_id = found.org_id AND api_key.key_id = found.key_id
            AND coalesce(found.last_used_at, '-infinity') < noted_before
    )
    SELECT * FROM found;
$body$;

CREATE OR REPLACE FUNCTION organisation_of_sign_in_link(hash bytea)
RETURNS uuid LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $body$
    SELECT org_id FROM sign_in_link WHERE token_hash = hash;
$body$;

CREATE OR REPLACE FUNCTION memberships_of_account(account uuid)
RETURNS TABLE (org_id uuid, slug text, name text, role text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $body$
    SELECT organisation.org_id, organisation.slug, organisation.name, membership.role
    FROM membership JOIN organisation ON organisation.org_id = membership.org_id
    WHERE membership.account_id = account;
$body$;

CREATE OR REPLACE FUNCTION invitation_of_token(hash bytea)
RETURNS SETOF invitation LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $body$
    SELECT * FROM invitation WHERE token_hash = hash;
$body$;
