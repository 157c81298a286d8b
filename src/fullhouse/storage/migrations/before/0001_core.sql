-- Organisations, offerings, slots, bookings, events and all that hangs on them
-- depends:

-- migrate: apply

CREATE TABLE installation (
    only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one),
    secret bytea NOT NULL CONSTRAINT installation_secret_is_long CHECK (length(secret) >= 32),
    created_at timestamptz NOT NULL DEFAULT now()
);

-- People: who

CREATE TABLE organisation (
    org_id uuid PRIMARY KEY,
    slug text NOT NULL CONSTRAINT organisation_slug_is_plain CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'),
    name text NOT NULL,
    sentence text NOT NULL DEFAULT '',
    email text NOT NULL DEFAULT '',
    phone text NOT NULL DEFAULT '',
    locale text NOT NULL DEFAULT 'en',
    currency text NOT NULL CONSTRAINT organisation_currency_is_iso_4217 CHECK (currency ~ '^[A-Z]{3}$'),
    accent text,
    cover text,
    created_at timestamptz NOT NULL
);
CREATE UNIQUE INDEX organisation_slug ON organisation (slug);

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
    PRIMARY KEY (org_id, venue_id)
);

CREATE TABLE api_key (
    org_id uuid NOT NULL REFERENCES organisation,
    key_id uuid NOT NULL,
    name text NOT NULL,
    secret_hash bytea NOT NULL,
    created_at timestamptz NOT NULL,
    revoked_at timestamptz,
    PRIMARY KEY (org_id, key_id)
);
CREATE UNIQUE INDEX api_key_secret ON api_key (secret_hash);

CREATE TABLE sign_in_link (
    org_id uuid NOT NULL REFERENCES organisation,
    token_hash bytea NOT NULL,
    person text NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at timestamptz,
    PRIMARY KEY (org_id, token_hash)
);
CREATE UNIQUE INDEX sign_in_link_token ON sign_in_link (token_hash);

CREATE TABLE staff_session (
    org_id uuid NOT NULL REFERENCES organisation,
    token_hash bytea NOT NULL,
    person text NOT NULL,
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (org_id, token_hash)
);
CREATE UNIQUE INDEX staff_session_token ON staff_session (token_hash);

-- Booking: what is offered, and when

CREATE TABLE offering (
    org_id uuid NOT NULL REFERENCES organisation,
    offering_id uuid NOT NULL,
    venue_id uuid NOT NULL,
    slug text NOT NULL CONSTRAINT offering_slug_is_plain CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'),
    kind text NOT NULL CONSTRAINT offering_kind_known
        CHECK (kind IN ('timed_entry', 'appointment', 'package')),
    name text NOT NULL,
    summary text NOT NULL DEFAULT '',
    description text NOT NULL DEFAULT '',
    picture text,
    price_amount bigint NOT NULL CONSTRAINT offering_price_not_negative CHECK (price_amount >= 0),
    price_unit text NOT NULL CONSTRAINT offering_price_unit_known CHECK (price_unit IN ('person', 'group')),
    currency text NOT NULL CONSTRAINT offering_currency_is_iso_4217 CHECK (currency ~ '^[A-Z]{3}$'),
    party_min integer NOT NULL DEFAULT 1,
    party_max integer NOT NULL DEFAULT 10,
    hold_seconds integer NOT NULL DEFAULT 600,
    book_until_minutes integer NOT NULL DEFAULT 0,
    -- Free until the first, at the fee until the second, refused after it; before the start
    cancel_free_until_minutes integer NOT NULL DEFAULT 1440,
    cancel_until_minutes integer NOT NULL DEFAULT 120,
    cancel_fee_percent integer NOT NULL DEFAULT 0,
    move_until_minutes integer NOT NULL DEFAULT 1440,
    waiting_offer_minutes integer NOT NULL DEFAULT 30,
    published boolean NOT NULL DEFAULT true,
    position integer NOT NULL DEFAULT 0,
    PRIMARY KEY (org_id, offering_id),
    FOREIGN KEY (org_id, venue_id) REFERENCES venue,
    CONSTRAINT offering_party_range CHECK (1 <= party_min AND party_min <= party_max),
    CONSTRAINT offering_hold_range CHECK (hold_seconds BETWEEN 30 AND 3600),
    CONSTRAINT offering_fee_is_percent CHECK (cancel_fee_percent BETWEEN 0 AND 100),
    CONSTRAINT offering_policy_not_negative CHECK (
        book_until_minutes >= 0 AND 0 <= cancel_until_minutes
        AND cancel_until_minutes <= cancel_free_until_minutes AND move_until_minutes >= 0 AND waiting_offer_minutes > 0)
);
CREATE UNIQUE INDEX offering_slug ON offering (org_id, slug);

CREATE TABLE schedule (
    org_id uuid NOT NULL,
    schedule_id uuid NOT NULL,
    offering_id uuid NOT NULL,
    -- Wall time at the venue: its zone is applied to each occurrence on its own date
    starts_at timestamp NOT NULL,
    rule text NOT NULL,
    extra timestamp[] NOT NULL DEFAULT '{}',
    except_at timestamp[] NOT NULL DEFAULT '{}',
    duration_minutes integer NOT NULL CONSTRAINT schedule_duration_positive CHECK (duration_minutes > 0),
    capacity integer NOT NULL CONSTRAINT schedule_capacity_positive CHECK (capacity > 0),
    keeps_holidays boolean NOT NULL DEFAULT false,
    PRIMARY KEY (org_id, schedule_id),
    FOREIGN KEY (org_id, offering_id) REFERENCES offering
);
CREATE INDEX schedule_offering ON schedule (org_id, offering_id);

CREATE TABLE closure (
    org_id uuid NOT NULL,
    closure_id uuid NOT NULL,
    venue_id uuid NOT NULL,
    -- Wall time at the venue, closed at its start and open at its end
    starts_at timestamp NOT NULL,
    ends_at timestamp NOT NULL,
    reason text NOT NULL,
    source text NOT NULL CONSTRAINT closure_source_known CHECK (source IN ('owner', 'calendar')),
    uid text NOT NULL,
    PRIMARY KEY (org_id, closure_id),
    FOREIGN KEY (org_id, venue_id) REFERENCES venue,
    CONSTRAINT closure_has_length CHECK (starts_at < ends_at)
);
CREATE UNIQUE INDEX closure_uid ON closure (org_id, venue_id, uid, starts_at);
CREATE INDEX closure_time ON closure (org_id, venue_id, ends_at);

CREATE TABLE slot (
    org_id uuid NOT NULL,
    slot_id uuid NOT NULL,
    offering_id uuid NOT NULL,
    schedule_id uuid,
    starts_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    capacity integer NOT NULL,
    booked integer NOT NULL DEFAULT 0,
    held integer NOT NULL DEFAULT 0,
    state text NOT NULL DEFAULT 'open' CONSTRAINT slot_state_known CHECK (state IN ('open', 'closed')),
    reason text NOT NULL DEFAULT '',
    off_schedule_since timestamptz,
    PRIMARY KEY (org_id, slot_id),
    FOREIGN KEY (org_id, offering_id) REFERENCES offering,
    CONSTRAINT slot_has_length CHECK (starts_at < ends_at),
    CONSTRAINT slot_counts_not_negative CHECK (booked >= 0 AND held >= 0 AND capacity >= 0),
    CONSTRAINT slot_never_oversold CHECK (booked + held <= capacity)
) WITH (fillfactor = 50);
CREATE UNIQUE INDEX slot_time ON slot (org_id, offering_id, starts_at);
CREATE INDEX slot_off_schedule ON slot (org_id, offering_id, starts_at)
    WHERE off_schedule_since IS NOT NULL;

-- Booking: who has which place. A claim row exists exactly while its places are taken

CREATE TABLE booking (
    org_id uuid NOT NULL,
    booking_id uuid NOT NULL,
    ref text NOT NULL,
    status text NOT NULL CONSTRAINT booking_status_known CHECK (status IN (
        'held', 'confirmed', 'checked_in', 'cancelled', 'no_show', 'released', 'expired')),
    version integer NOT NULL DEFAULT 1,
    offering_id uuid NOT NULL,
    waiting_id uuid,
    party integer NOT NULL CONSTRAINT booking_party_positive CHECK (party > 0),
    -- The slots it has, or had last: claims are gone once it has ended, these stay
    slots uuid[] NOT NULL CONSTRAINT booking_has_slots CHECK (cardinality(slots) > 0),
    starts_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    customer_name text NOT NULL,
    customer_email text NOT NULL,
    customer_phone text NOT NULL,
    locale text NOT NULL,
    source jsonb,
    price_amount bigint NOT NULL CONSTRAINT booking_price_not_negative CHECK (price_amount >= 0),
    fee_amount bigint NOT NULL DEFAULT 0 CONSTRAINT booking_fee_not_negative CHECK (fee_amount >= 0),
    currency text NOT NULL,
    expires_at timestamptz,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (org_id, booking_id),
    CONSTRAINT booking_hold_expires CHECK ((status = 'held') <= (expires_at IS NOT NULL))
) WITH (fillfactor = 85);
CREATE UNIQUE INDEX booking_ref ON booking (org_id, ref);
CREATE INDEX booking_time ON booking (org_id, starts_at);
CREATE INDEX booking_customer ON booking (org_id, customer_email)
    WHERE status IN ('confirmed', 'checked_in');

CREATE TABLE claim (
    org_id uuid NOT NULL,
    slot_id uuid NOT NULL,
    booking_id uuid NOT NULL,
    places integer NOT NULL CONSTRAINT claim_places_positive CHECK (places > 0),
    -- Set while the places are only held; past it they are free for whoever asks next
    expires_at timestamptz,
    PRIMARY KEY (org_id, slot_id, booking_id)
);
CREATE INDEX claim_booking ON claim (org_id, booking_id);
CREATE INDEX claim_expiry ON claim (expires_at) WHERE expires_at IS NOT NULL;
CREATE INDEX claim_held ON claim (org_id, slot_id, expires_at) WHERE expires_at IS NOT NULL;

CREATE TABLE waiting (
    org_id uuid NOT NULL,
    waiting_id uuid NOT NULL,
    slot_id uuid NOT NULL,
    offering_id uuid NOT NULL,
    queue_number bigint GENERATED ALWAYS AS IDENTITY,
    status text NOT NULL CONSTRAINT waiting_status_known CHECK (status IN (
        'waiting', 'offered', 'booked', 'lapsed', 'left')),
    party integer NOT NULL CONSTRAINT waiting_party_positive CHECK (party > 0),
    customer_name text NOT NULL,
    customer_email text NOT NULL,
    customer_phone text NOT NULL,
    locale text NOT NULL,
    booking_id uuid,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (org_id, waiting_id),
    FOREIGN KEY (org_id, slot_id) REFERENCES slot
);
CREATE INDEX waiting_queue ON waiting (org_id, slot_id, queue_number) WHERE status = 'waiting';
-- Also for the foreign key, when a slot that nobody was ever in leaves the schedule
CREATE INDEX waiting_slot ON waiting (org_id, slot_id);
CREATE INDEX waiting_booking ON waiting (org_id, booking_id) WHERE booking_id IS NOT NULL;

CREATE TABLE idempotency (
    org_id uuid NOT NULL,
    key uuid NOT NULL,
    fingerprint uuid NOT NULL,
    command_id uuid NOT NULL,
    subject uuid NOT NULL,
    -- Derived from the meaning of the request, not sent by the client
    derived boolean NOT NULL,
    outcome text NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (org_id, key)
);

-- Facts: audit trail, outbox and feed in one, append-only

CREATE TABLE event (
    seq bigint GENERATED ALWAYS AS IDENTITY,
    xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
    org_id uuid NOT NULL,
    kind text NOT NULL,
    subject uuid NOT NULL,
    data jsonb NOT NULL,
    actor text NOT NULL,
    correlation_id uuid NOT NULL,
    at timestamptz NOT NULL,
    -- By the database's own clock; `at` is the clock of the application, which may replay the past
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (org_id, subject, seq)
);
CREATE UNIQUE INDEX event_order ON event (xid, seq);

CREATE FUNCTION refuse_rewriting_history() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    RAISE EXCEPTION 'events are append-only' USING ERRCODE = 'restrict_violation';
END;
$body$;
CREATE TRIGGER event_append_only BEFORE UPDATE OR DELETE ON event
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting_history();
CREATE TRIGGER event_never_truncated BEFORE TRUNCATE ON event
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting_history();

CREATE TABLE relay_cursor (
    subscriber text PRIMARY KEY,
    xid xid8 NOT NULL DEFAULT '0',
    seq bigint NOT NULL DEFAULT 0,
    moved_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE effect (
    org_id uuid NOT NULL,
    key text NOT NULL,
    kind text NOT NULL,
    subject uuid NOT NULL,
    status text NOT NULL CONSTRAINT effect_status_known CHECK (status IN ('due', 'claimed', 'settled', 'failed')),
    attempts integer NOT NULL DEFAULT 0,
    due_at timestamptz NOT NULL,
    claimed_until timestamptz,
    correlation_id uuid NOT NULL,
    last_error text NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL,
    settled_at timestamptz,
    PRIMARY KEY (org_id, key)
);
CREATE INDEX effect_due ON effect (due_at) WHERE status IN ('due', 'claimed');

CREATE TABLE message (
    org_id uuid NOT NULL,
    message_id uuid NOT NULL,
    kind text NOT NULL,
    subject_id uuid NOT NULL,
    recipient text NOT NULL,
    subject text NOT NULL,
    body_text text NOT NULL,
    body_html text NOT NULL,
    calendar text,
    status text NOT NULL CONSTRAINT message_status_known CHECK (status IN ('due', 'sent', 'kept', 'failed')),
    created_at timestamptz NOT NULL,
    sent_at timestamptz,
    last_error text NOT NULL DEFAULT '',
    PRIMARY KEY (org_id, message_id)
);
CREATE INDEX message_recent ON message (org_id, created_at DESC, message_id);
CREATE INDEX message_subject ON message (org_id, subject_id);

-- migrate: rollback

DROP TABLE message, effect, relay_cursor, event, idempotency, waiting, claim, booking, slot, closure,
    schedule, offering, staff_session, sign_in_link, api_key, venue, organisation, installation;
DROP FUNCTION refuse_rewriting_history;
