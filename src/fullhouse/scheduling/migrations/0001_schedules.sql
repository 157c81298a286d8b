-- Schedules and closures

CREATE TABLE schedule (
    org_id uuid NOT NULL,
    schedule_id uuid NOT NULL,
    offering_id uuid NOT NULL,
    -- Wall time at the venue: its zone is applied to each occurrence on its own date
    starts_at timestamp NOT NULL,
    rule text NOT NULL,
    rdates timestamp[] NOT NULL DEFAULT '{}',
    exdates timestamp[] NOT NULL DEFAULT '{}',
    duration_minutes integer NOT NULL CONSTRAINT schedule_duration_positive CHECK (duration_minutes > 0),
    capacity integer NOT NULL CONSTRAINT schedule_capacity_positive CHECK (capacity > 0),
    closed_on_holidays boolean NOT NULL DEFAULT false,
    version integer NOT NULL DEFAULT 1,
    -- Of the times after those that have slots, the first
    next_starts_at timestamptz,
    PRIMARY KEY (org_id, schedule_id),
    FOREIGN KEY (org_id, offering_id) REFERENCES offering
);
CREATE INDEX schedule_offering ON schedule (org_id, offering_id);

CREATE TABLE closure (
    org_id uuid NOT NULL,
    closure_id uuid NOT NULL,
    venue_id uuid NOT NULL,
    -- Wall time at the venue, or of the zone in `recurrence`; closed at its start, open at its end
    starts_at timestamp NOT NULL,
    ends_at timestamp NOT NULL,
    -- When it is over for good: its end, that of its last repetition, or infinity
    until timestamp NOT NULL,
    -- How it repeats: rule, zone, exceptions; a closure of one time has none
    recurrence jsonb,
    reason text NOT NULL,
    -- Which offerings are closed: all of the venue when it is empty
    offerings uuid[] NOT NULL DEFAULT '{}',
    source text NOT NULL CONSTRAINT closure_source_known CHECK (source IN ('owner', 'calendar')),
    uid text NOT NULL,
    PRIMARY KEY (org_id, closure_id),
    FOREIGN KEY (org_id, venue_id) REFERENCES venue,
    CONSTRAINT closure_has_length CHECK (starts_at < ends_at),
    CONSTRAINT closure_ends_once CHECK (recurrence IS NOT NULL OR until = ends_at)
);
CREATE UNIQUE INDEX closure_uid ON closure (org_id, venue_id, uid, starts_at, (recurrence IS NULL));
CREATE INDEX closure_time ON closure (org_id, venue_id, until);

-- Whom a closure touches, and whether the guest was told. The rows are written with the closure, under the
-- locks of its slots, and go with it; an effect of the same key tells
CREATE TABLE closure_notice (
    org_id uuid NOT NULL,
    closure_id uuid NOT NULL,
    booking_id uuid NOT NULL,
    remedy text NOT NULL CONSTRAINT closure_notice_remedy_known
        CHECK (remedy IN ('move', 'cancel', 'cancel_with_fee')),
    -- Once it is claimed it is not taken back: the booking is being cancelled
    status text NOT NULL DEFAULT 'due' CONSTRAINT closure_notice_status_known
        CHECK (status IN ('due', 'claimed', 'told', 'over')),
    -- The time that was closed: a booking that has another by now is told nothing
    starts_at timestamptz NOT NULL,
    due_at timestamptz NOT NULL,
    PRIMARY KEY (org_id, closure_id, booking_id),
    FOREIGN KEY (org_id, closure_id) REFERENCES closure ON DELETE CASCADE
);
CREATE INDEX closure_notice_booking ON closure_notice (org_id, booking_id);
