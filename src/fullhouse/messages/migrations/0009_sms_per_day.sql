-- How many SMS guests and the time may cause in a day, at the cost of the business

ALTER TABLE message_channel
    ADD sms_per_day_max integer NOT NULL DEFAULT 500 CHECK (sms_per_day_max >= 1),
    -- When it was last reached, and the owners were told
    ADD limited_at timestamptz;

CREATE INDEX message_sms_counted ON message (org_id, created_at)
    WHERE channel = 'sms' AND mailbox IS NOT NULL AND status NOT IN ('rate_limited', 'discarded');
