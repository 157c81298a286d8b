-- name: members
-- Who works for the business, by name, and when they were last seen.
SELECT membership.account_id, account.name, account.email, membership.role,
    account.disabled_at IS NOT NULL AS is_disabled,
    (SELECT max(s.last_seen_at) FROM account_session s WHERE s.account_id = account.account_id)
        AS last_seen_at
FROM membership JOIN account ON account.account_id = membership.account_id
WHERE membership.org_id = :org_id AND membership.role <> 'customer'
ORDER BY account.name, membership.account_id LIMIT :count;

-- name: lock_owners
-- The owners who can sign in, who stay as they are until the transaction ends.
SELECT membership.account_id
FROM membership JOIN account ON account.account_id = membership.account_id
WHERE membership.org_id = :org_id AND membership.role = 'owner' AND account.disabled_at IS NULL
ORDER BY membership.account_id FOR UPDATE OF membership FOR NO KEY UPDATE OF account;

-- name: role_of_member
-- The role of a member.
SELECT role FROM membership WHERE org_id = :org_id AND account_id = :account_id;

-- name: remove_member
-- A person works for the business no longer.
DELETE FROM membership WHERE org_id = :org_id AND account_id = :account_id;

-- name: end_member_sessions
-- The sessions that a member has until now have no effect here any more.
UPDATE membership SET sessions_ended_at = :now WHERE org_id = :org_id AND account_id = :account_id;

-- name: end_sign_in_links
-- The one-time links of a member end.
DELETE FROM sign_in_link WHERE org_id = :org_id AND account_id = :account_id;

-- name: is_member_email
-- Whether somebody with this address works for the business.
SELECT EXISTS (
    SELECT FROM account JOIN membership ON membership.account_id = account.account_id
    WHERE account.email = :email AND membership.org_id = :org_id AND membership.role <> 'customer'
);

-- name: add_invitation
-- A new invitation, without a link yet.
INSERT INTO invitation (org_id, invitation_id, email, role, created_at, expires_at)
VALUES (:org_id, :invitation_id, :email, :role, :now, :expires_at);

-- name: open_invitations
-- Invitations that were not answered yet, the newest first.
SELECT org_id, invitation_id, email, role, created_at, expires_at
FROM invitation
WHERE org_id = :org_id AND accepted_at IS NULL AND revoked_at IS NULL AND expires_at > :now
ORDER BY invitation_id DESC LIMIT :count;

-- name: invitations_open
-- How many invitations were not answered yet.
SELECT count(*)::integer FROM invitation
WHERE org_id = :org_id AND accepted_at IS NULL AND revoked_at IS NULL AND expires_at > :now;

-- name: invitations_since
-- How many invitations a business has made since then, and how many of them to one address.
SELECT count(*)::integer AS made, count(*) FILTER (WHERE email = :email)::integer AS made_to_address
FROM invitation WHERE org_id = :org_id AND created_at > :since;

-- name: invitation_by_id
-- An invitation that was not answered yet.
SELECT org_id, invitation_id, email, role, created_at, expires_at
FROM invitation
WHERE org_id = :org_id AND invitation_id = :invitation_id
    AND accepted_at IS NULL AND revoked_at IS NULL AND expires_at > :now;

-- name: invitation_by_token
-- The invitation of a link, that was not answered yet.
-- Scope: installation. Accounts belong to the installation.
SELECT org_id, invitation_id, email, role, created_at, expires_at
FROM invitation_of_token(:token_hash)
WHERE accepted_at IS NULL AND revoked_at IS NULL AND expires_at > :now;

-- name: set_invitation_token
-- The link of an invitation, in place of an earlier one.
UPDATE invitation SET token_hash = :token_hash, is_handed_over = :is_handed_over
WHERE org_id = :org_id AND invitation_id = :invitation_id
    AND accepted_at IS NULL AND revoked_at IS NULL AND expires_at > :now;

-- name: accept_invitation
-- Uses an invitation up; of two that try, one gets it.
UPDATE invitation SET accepted_at = :now
WHERE org_id = :org_id AND token_hash = :token_hash
    AND accepted_at IS NULL AND revoked_at IS NULL AND expires_at > :now
RETURNING org_id, invitation_id, email, role, is_handed_over;

-- name: revoke_invitation
-- Takes an invitation back.
UPDATE invitation SET revoked_at = :now
WHERE org_id = :org_id AND invitation_id = :invitation_id
    AND accepted_at IS NULL AND revoked_at IS NULL;

-- name: revoke_invitation_of
-- Takes the invitation of an address back.
UPDATE invitation SET revoked_at = :now
WHERE org_id = :org_id AND email = :email AND accepted_at IS NULL AND revoked_at IS NULL;
