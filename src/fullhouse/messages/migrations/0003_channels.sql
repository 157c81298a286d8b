-- Channels of a business's own: e-mails go through Make.com first, and some also as SMS

CREATE TABLE message_channel (
    org_id uuid NOT NULL REFERENCES organisation,
    channel text NOT NULL CONSTRAINT message_channel_known CHECK (channel IN ('make', 'sms')),
    url text NOT NULL,
    -- Encrypted; null without one
    key bytea,
    is_enabled boolean NOT NULL,
    -- What is also told by SMS
    kinds text[] NOT NULL,
    -- 0: what is accepted counts as sent
    acknowledge_minutes integer NOT NULL CHECK (acknowledge_minutes >= 0),
    -- Before then all turns are taken
    next_at timestamptz NOT NULL DEFAULT '-infinity',
    -- Since then none was accepted; null when the latest was
    failing_since timestamptz,
    failure text NOT NULL DEFAULT '',
    test_id uuid,
    tested_at timestamptz,
    test_answer text NOT NULL DEFAULT '',
    test_acknowledged_at timestamptz,
    version integer NOT NULL DEFAULT 1,
    PRIMARY KEY (org_id, channel)
);

ALTER TABLE message
    ADD channel text NOT NULL DEFAULT 'email'
        CONSTRAINT message_channel_known CHECK (channel IN ('email', 'sms')),
    -- What took it last: make, smtp or sms
    ADD route text NOT NULL DEFAULT '',
    ADD acknowledged_at timestamptz,
    DROP CONSTRAINT message_status_known,
    ADD CONSTRAINT message_status_known CHECK (status IN ('due', 'handed_over', 'sent', 'stored',
        'failed', 'undeliverable', 'rate_limited', 'discarded'));
