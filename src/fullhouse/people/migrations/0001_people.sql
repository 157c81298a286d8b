-- Organisations, venues, API keys, accounts and their sessions
--
-- What belongs to a business has `org_id`. `installation`, `account`, `account_session` and
-- `sign_in_failure` belong to the installation: a person may work for several businesses and signs
-- in once. No policy by organisation can guard them; their queries ask by account or by token.

CREATE TABLE installation (
    singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
    secret bytea NOT NULL CONSTRAINT installation_secret_is_long CHECK (length(secret) >= 32),
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE organisation (
    org_id uuid PRIMARY KEY,
    slug text NOT NULL CONSTRAINT organisation_slug_is_plain CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'),
    name text NOT NULL,
    tagline text NOT NULL DEFAULT '',
    email text NOT NULL DEFAULT '',
    phone text NOT NULL DEFAULT '',
    locale text NOT NULL DEFAULT 'en',
    currency text NOT NULL CONSTRAINT organisation_currency_is_iso_4217 CHECK (currency ~ '^[A-Z]{3}$'),
    accent text,
    cover text,
    -- What the cover shows, for those who cannot see it
    cover_alt text NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL,
    logo text,
    -- Each a text, or the link to one
    terms text NOT NULL DEFAULT '',
    privacy text NOT NULL DEFAULT '',
    imprint text NOT NULL DEFAULT '',
    -- A sentence above the button that books
    consent text NOT NULL DEFAULT '',
    -- Beside that of the locale: those into which it translates what guests read
    languages text[] NOT NULL DEFAULT '{}',
    -- Its texts in these
    translations jsonb NOT NULL DEFAULT '[]',
    -- In its e-mails, where they are not its name and its address
    sender_name text NOT NULL DEFAULT '',
    reply_to text NOT NULL DEFAULT '',
    -- Of its own, where it is served once the operator has confirmed it: until then anybody may name it
    domain text NOT NULL DEFAULT '' CONSTRAINT organisation_domain_is_lower_case CHECK (domain = lower(domain)),
    domain_confirmed_at timestamptz
        CONSTRAINT organisation_confirmed_domain_is_named CHECK (domain_confirmed_at IS NULL OR domain <> ''),
    version integer NOT NULL DEFAULT 1
);
CREATE UNIQUE INDEX organisation_slug ON organisation (slug);
CREATE INDEX organisation_domain ON organisation (domain, slug) WHERE domain <> '';
CREATE UNIQUE INDEX organisation_domain_confirmed ON organisation (domain) WHERE domain_confirmed_at IS NOT NULL;

CREATE TABLE venue (
    org_id uuid NOT NULL REFERENCES organisation,
    venue_id uuid NOT NULL,
    name text NOT NULL,
    zone text NOT NULL,
    address text NOT NULL DEFAULT '',
    country text NOT NULL CONSTRAINT venue_country_is_iso_3166 CHECK (country ~ '^[A-Z]{2}$'),
    subdivision text,
    latitude double precision CONSTRAINT venue_latitude_on_earth CHECK (latitude BETWEEN -90 AND 90),
    longitude double precision CONSTRAINT venue_longitude_on_earth CHECK (longitude BETWEEN -180 AND 180),
    directions text NOT NULL DEFAULT '',
    -- In the further languages of the organisation
    translations jsonb NOT NULL DEFAULT '[]',
    version integer NOT NULL DEFAULT 1,
    PRIMARY KEY (org_id, venue_id)
);

-- A picture that the organisation sent, as WebP in two sizes; its name is made of its bytes
CREATE TABLE picture (
    org_id uuid NOT NULL REFERENCES organisation,
    name text NOT NULL CONSTRAINT picture_name_is_a_hash CHECK (name ~ '^[0-9a-f]{32}$'),
    width integer NOT NULL CONSTRAINT picture_width_positive CHECK (width > 0),
    height integer NOT NULL CONSTRAINT picture_height_positive CHECK (height > 0),
    card bytea NOT NULL,
    cover bytea NOT NULL,
    created_at timestamptz NOT NULL,
    removed_at timestamptz,
    PRIMARY KEY (org_id, name)
);
CREATE INDEX picture_removed ON picture (removed_at) WHERE removed_at IS NOT NULL;
ALTER TABLE picture ALTER card SET STORAGE EXTERNAL, ALTER cover SET STORAGE EXTERNAL;

-- Of the installation. A person with or without a password: somebody who always comes in by a link
-- of the operator needs neither a password nor an e-mail address
CREATE TABLE account (
    account_id uuid PRIMARY KEY,
    name text NOT NULL,
    email text CONSTRAINT account_email_is_lower_case CHECK (email = lower(email)),
    email_verified_at timestamptz,
    -- A national id is found by its keyed hash, and shown to its owner from the sealed text
    national_id_digest bytea CONSTRAINT account_national_id_digest_is_a_hash
        CHECK (length(national_id_digest) = 32),
    national_id_sealed bytea,
    password_hash text CONSTRAINT account_password_is_argon2 CHECK (password_hash LIKE '$argon2id$%'),
    locale text,
    is_operator boolean NOT NULL DEFAULT false,
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    disabled_at timestamptz
);
CREATE UNIQUE INDEX account_email ON account (email);
CREATE UNIQUE INDEX account_national_id ON account (national_id_digest);
CREATE INDEX account_sealed ON account (account_id) WHERE national_id_sealed IS NOT NULL;
CREATE INDEX account_operator ON account (account_id) WHERE is_operator;

-- What an account may do for an organisation; the permissions of a role stand in people/model/roles.py
CREATE TABLE membership (
    org_id uuid NOT NULL REFERENCES organisation,
    account_id uuid NOT NULL REFERENCES account,
    role text NOT NULL CONSTRAINT membership_role_known
        CHECK (role IN ('customer', 'staff', 'admin', 'owner')),
    -- Sessions that began until then have no effect here
    sessions_ended_at timestamptz,
    PRIMARY KEY (org_id, account_id)
);
CREATE INDEX membership_account ON membership (account_id);

CREATE TABLE api_key (
    org_id uuid NOT NULL REFERENCES organisation,
    key_id uuid NOT NULL,
    name text NOT NULL,
    scope text NOT NULL CONSTRAINT api_key_scope_known CHECK (scope IN ('read', 'book', 'manage')),
    token_hash bytea NOT NULL,
    created_at timestamptz NOT NULL,
    last_used_at timestamptz,
    revoked_at timestamptz,
    PRIMARY KEY (org_id, key_id)
);
CREATE UNIQUE INDEX api_key_token ON api_key (token_hash);

CREATE TABLE saved_view (
    org_id uuid NOT NULL REFERENCES organisation,
    list text NOT NULL,
    name text NOT NULL,
    query text NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (org_id, list, name)
);

CREATE TABLE sign_in_link (
    org_id uuid NOT NULL,
    token_hash bytea NOT NULL,
    account_id uuid NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at timestamptz,
    PRIMARY KEY (org_id, token_hash),
    FOREIGN KEY (org_id, account_id) REFERENCES membership
);
CREATE UNIQUE INDEX sign_in_link_token ON sign_in_link (token_hash);

-- Of the installation: a session is a person's, whose role at a business is looked up in each request
CREATE TABLE account_session (
    session_id uuid PRIMARY KEY,
    account_id uuid NOT NULL REFERENCES account ON DELETE CASCADE,
    kind text NOT NULL CONSTRAINT account_session_kind_known CHECK (kind IN ('pages', 'api')),
    token_hash bytea NOT NULL,
    created_at timestamptz NOT NULL,
    last_seen_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    -- Where it began: for the person, who recognises sessions by it
    network text NOT NULL,
    user_agent text NOT NULL,
    second_factor_at timestamptz,
    -- Of a program, whose access token ends long before its session
    token_expires_at timestamptz
        CONSTRAINT account_session_token_expires CHECK (token_expires_at IS NULL = (kind = 'pages'))
);
CREATE UNIQUE INDEX account_session_token ON account_session (token_hash);
CREATE INDEX account_session_account ON account_session (account_id, created_at);
CREATE INDEX account_session_expiry ON account_session (expires_at);

-- Of the installation: the refresh tokens of a session of a program, each of which is used once
CREATE TABLE refresh_token (
    token_hash bytea PRIMARY KEY,
    session_id uuid NOT NULL REFERENCES account_session ON DELETE CASCADE,
    used_at timestamptz,
    -- By whom it was used: the same client may repeat a call whose answer was lost
    client_hash bytea,
    CONSTRAINT refresh_token_used_by_a_client CHECK (used_at IS NULL = (client_hash IS NULL))
);
CREATE INDEX refresh_token_session ON refresh_token (session_id);

-- Of the installation: the second factor of a person, sealed, and the last time step that was used
CREATE TABLE second_factor (
    account_id uuid PRIMARY KEY REFERENCES account ON DELETE CASCADE,
    secret_sealed bytea NOT NULL,
    created_at timestamptz NOT NULL,
    confirmed_at timestamptz,
    last_step bigint NOT NULL DEFAULT 0
);

CREATE TABLE recovery_code (
    account_id uuid NOT NULL REFERENCES second_factor ON DELETE CASCADE,
    code_hash bytea NOT NULL,
    used_at timestamptz,
    PRIMARY KEY (account_id, code_hash)
);

-- Of the installation: a new e-mail address that the person confirms there, and at the one before
CREATE TABLE email_change (
    account_id uuid PRIMARY KEY REFERENCES account ON DELETE CASCADE,
    email text NOT NULL CONSTRAINT email_change_is_lower_case CHECK (email = lower(email)),
    requested_at timestamptz NOT NULL,
    confirmed_at timestamptz,
    approved_at timestamptz
);

-- Of the installation: links that were sent by e-mail, by the hash of the token
CREATE TABLE account_link (
    token_hash bytea PRIMARY KEY,
    -- Of nobody yet for an address that has no account
    account_id uuid REFERENCES account ON DELETE CASCADE,
    purpose text NOT NULL CONSTRAINT account_link_purpose_known
        CHECK (purpose IN ('reset', 'confirm_email', 'approve_email', 'sign_up')),
    -- The address whose change the link is about; of all others the one that it was sent to
    email text NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at timestamptz,
    CONSTRAINT account_link_has_account CHECK ((account_id IS NULL) = (purpose = 'sign_up'))
);
CREATE INDEX account_link_account ON account_link (account_id, purpose);
CREATE INDEX account_link_expiry ON account_link (expires_at);

-- Of the business: who was invited to work for it
CREATE TABLE invitation (
    org_id uuid NOT NULL REFERENCES organisation,
    invitation_id uuid NOT NULL,
    email text NOT NULL CONSTRAINT invitation_email_is_lower_case CHECK (email = lower(email)),
    role text NOT NULL CONSTRAINT invitation_role_known CHECK (role IN ('staff', 'admin', 'owner')),
    token_hash bytea,
    -- The link went to who invited, not to the address: that it is the person's is not proven
    is_handed_over boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    accepted_at timestamptz,
    revoked_at timestamptz,
    PRIMARY KEY (org_id, invitation_id)
);
CREATE UNIQUE INDEX invitation_token ON invitation (token_hash);
CREATE UNIQUE INDEX invitation_open ON invitation (org_id, email)
    WHERE accepted_at IS NULL AND revoked_at IS NULL;

-- Of the installation: failed attempts to sign in, counted for the pair of login and network, for
-- the network, for the login and for a device that signed in before; and attempts to make an account,
-- for the network. `subject` is a keyed hash
CREATE TABLE sign_in_failure (
    kind text NOT NULL CONSTRAINT sign_in_failure_kind_known
        CHECK (kind IN ('pair', 'network', 'account', 'device', 'sign_up')),
    subject bytea NOT NULL CONSTRAINT sign_in_failure_subject_is_a_hash CHECK (length(subject) = 16),
    failures integer NOT NULL CONSTRAINT sign_in_failure_counted CHECK (failures > 0),
    last_failed_at timestamptz NOT NULL,
    locked_until timestamptz,
    PRIMARY KEY (kind, subject)
);
CREATE INDEX sign_in_failure_age ON sign_in_failure (last_failed_at);
