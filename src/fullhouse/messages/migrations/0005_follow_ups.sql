-- When guests may be written to, whether they are thanked, how they rate their visit, and who wants no more

CREATE TABLE contact_rule (
    org_id uuid PRIMARY KEY REFERENCES organisation,
    -- By the clock of the venue; none when both are equal
    quiet_from time NOT NULL,
    quiet_until time NOT NULL,
    -- So long after the end of a visit; 0 for none
    thanks_hours integer NOT NULL CONSTRAINT contact_rule_thanks_hours CHECK (thanks_hours BETWEEN 0 AND 336),
    -- Everybody who was to be thanked until then is, or is not any more
    swept_until timestamptz NOT NULL,
    version integer NOT NULL
);

CREATE TABLE rating (
    org_id uuid NOT NULL,
    booking_id uuid NOT NULL,
    offering_id uuid NOT NULL,
    stars smallint NOT NULL CONSTRAINT rating_stars_known CHECK (stars BETWEEN 1 AND 5),
    words text NOT NULL,
    created_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL,
    PRIMARY KEY (org_id, booking_id)
);
CREATE INDEX rating_recent ON rating (org_id, created_at DESC, booking_id DESC);

-- Addresses as ids derived from them: whom it is about, it does not say
CREATE TABLE suppression (
    org_id uuid NOT NULL REFERENCES organisation,
    address_id uuid NOT NULL,
    reason text NOT NULL CONSTRAINT suppression_reason_known CHECK (reason IN ('unsubscribed', 'bounced')),
    at timestamptz NOT NULL,
    PRIMARY KEY (org_id, address_id, reason)
);

ALTER TABLE message
    DROP CONSTRAINT message_status_known,
    ADD CONSTRAINT message_status_known CHECK (status IN ('due', 'handed_over', 'sent', 'stored',
        'failed', 'undeliverable', 'bounced', 'rate_limited', 'suppressed', 'discarded'));
