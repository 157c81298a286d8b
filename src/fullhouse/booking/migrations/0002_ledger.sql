-- The ledger's types; its functions are the repeatable scripts in booking/ledger

-- Places taken in one slot. A take of no places only locks its slot
CREATE TYPE ledger_take AS (
    slot_id uuid,
    places integer
);

-- The client that a guest's hold, or entry of a waiting list, counts for, and how much it may have
CREATE TYPE ledger_client_limits AS (
    client uuid,
    holds_max integer,
    places_max integer,
    waits_max integer
);

-- One command. `kind` says which fields are set: see `booking.model.commands`
CREATE TYPE ledger_command AS (
    kind text,
    command_id uuid,
    org_id uuid,
    aggregate_id uuid,
    key uuid,
    fingerprint uuid,
    key_is_derived boolean,
    takes ledger_take[],
    releases_current boolean,
    ignore_closed boolean,
    expires_at timestamptz,
    client_limits ledger_client_limits,
    expected_version integer,
    expected_statuses text[],
    status text,
    duplicate_window_minutes integer,
    customer_bookings_max integer,
    capacity integer,
    expected_capacity integer,
    entry_id uuid,
    expected_entry_status text,
    entry_status text,
    -- The payload: written into the row as it comes, read only for the search for duplicates
    new_booking booking,
    booking_changes json,
    new_entry waiting_list_entry,
    event text,
    failure_event text,
    event_data jsonb,
    actor text,
    correlation_id uuid
);

-- A group under way, handed from phase to phase of `ledger_commit`: arrays with one element for each
-- locked slot, then arrays with one element for each command. `done` lists the commands to be written.
-- Statements for what the group lacks are skipped
CREATE TYPE ledger_group AS (
    has_creations boolean,
    has_changes boolean,
    has_entries boolean,
    has_limits boolean,
    slot_orgs uuid[],
    slot_ids uuid[],
    slot_states text[],
    slot_reasons text[],
    capacities integer[],
    free integer[],
    expired integer[],
    topics text[],
    has_holds boolean,
    verdicts text[],
    details jsonb[],
    outcomes text[],
    has_ended_keys boolean,
    done integer[]
);
