-- Offerings, slots, bookings and the waiting list

CREATE TABLE offering (
    org_id uuid NOT NULL REFERENCES organisation,
    offering_id uuid NOT NULL,
    venue_id uuid NOT NULL,
    slug text NOT NULL CONSTRAINT offering_slug_is_plain CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'),
    kind text NOT NULL CONSTRAINT offering_kind_known
        CHECK (kind = 'timed_entry'),
    name text NOT NULL,
    summary text NOT NULL DEFAULT '',
    description text NOT NULL DEFAULT '',
    how_to_pay text NOT NULL DEFAULT '',
    what_to_bring text NOT NULL DEFAULT '',
    questions jsonb NOT NULL DEFAULT '[]',
    -- Guests who pay prices of their own; `price_amount` is that of the first
    price_categories jsonb NOT NULL DEFAULT '[]',
    -- Its texts in the further languages of the organisation
    translations jsonb NOT NULL DEFAULT '[]',
    picture text,
    -- What the picture shows, for those who cannot see it
    picture_alt text NOT NULL DEFAULT '',
    -- Those beside the first, in order
    more_pictures jsonb NOT NULL DEFAULT '[]',
    price_amount bigint NOT NULL CONSTRAINT offering_price_not_negative CHECK (price_amount >= 0),
    price_unit text NOT NULL CONSTRAINT offering_price_unit_known CHECK (price_unit IN ('person', 'group')),
    currency text NOT NULL CONSTRAINT offering_currency_is_iso_4217 CHECK (currency ~ '^[A-Z]{3}$'),
    party_min integer NOT NULL DEFAULT 1,
    party_max integer NOT NULL DEFAULT 10,
    hold_seconds integer NOT NULL DEFAULT 600,
    book_ahead_days integer NOT NULL DEFAULT 90,
    book_until_minutes integer NOT NULL DEFAULT 0,
    -- Free until the first, at the fee until the second, refused after it; before the start
    cancel_free_until_minutes integer NOT NULL DEFAULT 1440,
    cancel_until_minutes integer NOT NULL DEFAULT 120,
    cancel_fee_percent integer NOT NULL DEFAULT 0,
    move_until_minutes integer NOT NULL DEFAULT 1440,
    waiting_offer_minutes integer NOT NULL DEFAULT 30,
    published boolean NOT NULL DEFAULT true,
    position integer NOT NULL DEFAULT 0,
    version integer NOT NULL DEFAULT 1,
    PRIMARY KEY (org_id, offering_id),
    FOREIGN KEY (org_id, venue_id) REFERENCES venue,
    CONSTRAINT offering_party_range CHECK (1 <= party_min AND party_min <= party_max),
    CONSTRAINT offering_hold_range CHECK (hold_seconds BETWEEN 30 AND 3600),
    CONSTRAINT offering_book_ahead_range CHECK (book_ahead_days BETWEEN 1 AND 1095),
    CONSTRAINT offering_fee_is_percent CHECK (cancel_fee_percent BETWEEN 0 AND 100),
    CONSTRAINT offering_policy_not_negative CHECK (
        book_until_minutes >= 0 AND 0 <= cancel_until_minutes
        AND cancel_until_minutes <= cancel_free_until_minutes AND move_until_minutes >= 0 AND waiting_offer_minutes > 0)
);
CREATE UNIQUE INDEX offering_slug ON offering (org_id, slug);

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

CREATE TABLE booking (
    org_id uuid NOT NULL,
    booking_id uuid NOT NULL,
    ref text NOT NULL,
    status text NOT NULL CONSTRAINT booking_status_known CHECK (status IN (
        'held', 'confirmed', 'checked_in', 'cancelled', 'no_show', 'released', 'expired')),
    version integer NOT NULL DEFAULT 1,
    offering_id uuid NOT NULL,
    entry_id uuid,
    party integer NOT NULL CONSTRAINT booking_party_positive CHECK (party > 0),
    -- The places that it takes in each of its slots: not every guest needs one
    places integer NOT NULL CONSTRAINT booking_places_not_negative CHECK (places >= 0),
    -- The slots of the booking, or its last ones: allocations are deleted when it ends
    slots uuid[] NOT NULL CONSTRAINT booking_has_slots CHECK (cardinality(slots) > 0),
    starts_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    customer_name text NOT NULL,
    customer_email text NOT NULL,
    customer_phone text NOT NULL,
    locale text NOT NULL,
    source jsonb,
    -- To the questions of the offering, each with the question as it was asked
    answers jsonb,
    -- By price category, with names and prices as they were sold; together they are `party`
    guests jsonb,
    price_amount bigint NOT NULL CONSTRAINT booking_price_not_negative CHECK (price_amount >= 0),
    fee_amount bigint NOT NULL DEFAULT 0 CONSTRAINT booking_fee_not_negative CHECK (fee_amount >= 0),
    currency text NOT NULL,
    expires_at timestamptz,
    created_at timestamptz NOT NULL,
    -- Part of the tokens of its links: those of an earlier version open nothing
    link_version integer NOT NULL DEFAULT 1,
    -- Until when it is cancelled free, where that is another time than the offering's
    free_until timestamptz,
    -- Until when it may be moved, where that is another time than the offering's: the business closed its own
    move_until timestamptz,
    -- Who holds it, as a fingerprint of a network address: only of a guest's hold, and only while it is one
    client uuid,
    -- Since when a consistency rule finds it broken: the ledger refuses its changes
    quarantined_at timestamptz,
    PRIMARY KEY (org_id, booking_id),
    CONSTRAINT booking_client_holds CHECK ((client IS NOT NULL) <= (status = 'held')),
    CONSTRAINT booking_hold_expires CHECK ((status = 'held') <= (expires_at IS NOT NULL))
) WITH (fillfactor = 85);
CREATE UNIQUE INDEX booking_ref ON booking (org_id, ref);
CREATE INDEX booking_time ON booking (org_id, starts_at);
CREATE INDEX booking_customer ON booking (org_id, customer_email)
    WHERE status IN ('confirmed', 'checked_in');
CREATE INDEX booking_client ON booking (org_id, client) WHERE client IS NOT NULL;

-- What staff note about a booking; guests never see it
CREATE TABLE booking_note (
    org_id uuid NOT NULL,
    booking_id uuid NOT NULL,
    note text NOT NULL,
    version integer NOT NULL DEFAULT 1,
    PRIMARY KEY (org_id, booking_id),
    FOREIGN KEY (org_id, booking_id) REFERENCES booking
);

-- A row exists exactly while its places are taken
CREATE TABLE slot_allocation (
    org_id uuid NOT NULL,
    slot_id uuid NOT NULL,
    booking_id uuid NOT NULL,
    places integer NOT NULL CONSTRAINT slot_allocation_places_positive CHECK (places > 0),
    -- Set while the places are only held; past it the next command may take them
    expires_at timestamptz,
    PRIMARY KEY (org_id, slot_id, booking_id)
);
CREATE INDEX slot_allocation_booking ON slot_allocation (org_id, booking_id);
CREATE INDEX slot_allocation_expiry ON slot_allocation (expires_at) WHERE expires_at IS NOT NULL;
CREATE INDEX slot_allocation_held ON slot_allocation (org_id, slot_id, expires_at)
    WHERE expires_at IS NOT NULL;

CREATE TABLE waiting_list_entry (
    org_id uuid NOT NULL,
    entry_id uuid NOT NULL,
    slot_id uuid NOT NULL,
    offering_id uuid NOT NULL,
    queue_number bigint GENERATED ALWAYS AS IDENTITY,
    status text NOT NULL CONSTRAINT waiting_list_entry_status_known CHECK (status IN (
        'waiting', 'offered', 'booked', 'lapsed', 'left')),
    party integer NOT NULL CONSTRAINT waiting_list_entry_party_positive CHECK (party > 0),
    customer_name text NOT NULL,
    customer_email text NOT NULL,
    customer_phone text NOT NULL,
    locale text NOT NULL,
    booking_id uuid,
    created_at timestamptz NOT NULL,
    -- As of a booking: only while the guest waits, or is offered places
    client uuid,
    -- The day, where any time of it will do; the slot is the one that was chosen, then the one offered
    day_starts_at timestamptz,
    day_ends_at timestamptz,
    PRIMARY KEY (org_id, entry_id),
    CONSTRAINT waiting_list_entry_day_has_both CHECK ((day_starts_at IS NULL) = (day_ends_at IS NULL)),
    FOREIGN KEY (org_id, slot_id) REFERENCES slot,
    CONSTRAINT waiting_list_entry_client_waits
        CHECK ((client IS NOT NULL) <= (status IN ('waiting', 'offered')))
);
CREATE INDEX waiting_list_entry_client ON waiting_list_entry (org_id, client) WHERE client IS NOT NULL;
CREATE INDEX waiting_list_entry_queue ON waiting_list_entry (org_id, slot_id, queue_number)
    WHERE status = 'waiting';
CREATE INDEX waiting_list_entry_day ON waiting_list_entry (org_id, offering_id, day_starts_at)
    WHERE status = 'waiting' AND day_starts_at IS NOT NULL;
-- Also for the foreign key, when a slot that nobody was ever in leaves the schedule
CREATE INDEX waiting_list_entry_slot ON waiting_list_entry (org_id, slot_id);
-- Offers that an address has left unanswered
CREATE INDEX waiting_list_entry_lapsed ON waiting_list_entry (org_id, customer_email, created_at)
    WHERE status = 'lapsed';
CREATE INDEX waiting_list_entry_open ON waiting_list_entry (org_id, entry_id)
    WHERE status IN ('waiting', 'offered');
CREATE INDEX waiting_list_entry_booking ON waiting_list_entry (org_id, booking_id)
    WHERE booking_id IS NOT NULL;

-- No statistics of columns that no query filters by: autovacuum would sort them during a rush
ALTER TABLE booking
    ALTER slots SET STATISTICS 0, ALTER customer_name SET STATISTICS 0,
    ALTER customer_phone SET STATISTICS 0, ALTER locale SET STATISTICS 0,
    ALTER source SET STATISTICS 0, ALTER answers SET STATISTICS 0, ALTER guests SET STATISTICS 0,
    ALTER free_until SET STATISTICS 0, ALTER move_until SET STATISTICS 0,
    ALTER quarantined_at SET STATISTICS 0;

-- What was sold for each day at the venue, by the day it was booked on: counted from the bookings,
-- anew for each day in `sales_day_due`
CREATE TABLE sales_day (
    org_id uuid NOT NULL,
    day date NOT NULL,
    offering_id uuid NOT NULL,
    booked_on date NOT NULL,
    bookings integer NOT NULL CONSTRAINT sales_day_bookings_not_negative CHECK (bookings >= 0),
    places integer NOT NULL CONSTRAINT sales_day_places_not_negative CHECK (places >= 0),
    amount bigint NOT NULL CONSTRAINT sales_day_amount_not_negative CHECK (amount >= 0),
    fees bigint NOT NULL CONSTRAINT sales_day_fees_not_negative CHECK (fees >= 0),
    PRIMARY KEY (org_id, day, offering_id, booked_on)
);
CREATE INDEX sales_day_booked_on ON sales_day (org_id, booked_on);

CREATE TABLE sales_day_due (
    org_id uuid NOT NULL,
    offering_id uuid NOT NULL,
    day date NOT NULL,
    PRIMARY KEY (org_id, offering_id, day)
);
