-- name: message_channels
-- The channels of an organisation.
SELECT org_id, channel, url, key IS NOT NULL AS has_key, is_enabled, kinds, acknowledge_minutes,
    failing_since, failure, tested_at, test_answer, test_acknowledged_at, version, sms_per_day_max,
    limited_at
FROM message_channel
WHERE org_id = :org_id
ORDER BY channel;

-- name: open_channel
-- A channel as it is called, if it is enabled.
SELECT org_id, channel, url, key, acknowledge_minutes, failing_since, test_id
FROM message_channel
WHERE org_id = :org_id AND channel = :channel AND is_enabled;

-- name: gateways
-- The channels that are on, some of very many.
-- Scope: every organisation. The operator keeps their circuits.
SELECT org_id, channel FROM message_channel
WHERE is_enabled
ORDER BY org_id, channel LIMIT :rows_max;

-- name: lock_channel
-- A channel as it is stored, locked.
SELECT org_id, channel, url, key, is_enabled, kinds, acknowledge_minutes, failing_since, version,
    sms_per_day_max
FROM message_channel
WHERE org_id = :org_id AND channel = :channel
FOR NO KEY UPDATE;

-- name: set_channel
-- Sets a channel up, or changes it; what has changed is not known to fail.
INSERT INTO message_channel AS stored (
    org_id, channel, url, key, is_enabled, kinds, acknowledge_minutes, sms_per_day_max
)
VALUES (
    :org_id, :channel, :url, :key, :is_enabled, :kinds::text[], :acknowledge_minutes, :sms_per_day_max
)
ON CONFLICT (org_id, channel) DO UPDATE
SET url = excluded.url, key = excluded.key, is_enabled = excluded.is_enabled,
    kinds = excluded.kinds, acknowledge_minutes = excluded.acknowledge_minutes,
    sms_per_day_max = excluded.sms_per_day_max, limited_at = NULL,
    failing_since = NULL, failure = '', version = stored.version + 1;

-- name: remove_channel
-- What was not handed over goes by the mail server.
DELETE FROM message_channel WHERE org_id = :org_id AND channel = :channel;

-- name: record_channel_health
-- Since when a channel fails; null when it works, and then nothing is wrong with it.
UPDATE message_channel
SET failing_since = :failing_since,
    failure = CASE WHEN :failing_since::timestamptz IS NULL THEN '' ELSE failure END
WHERE org_id = :org_id AND channel = :channel;

-- name: note_channel_failure
-- What a channel answered, or why it did not.
UPDATE message_channel
SET failure = :failure
WHERE org_id = :org_id AND channel = :channel AND failure <> :failure;

-- name: note_sms_limit
-- When an organisation's SMS of a day were as many as it wants; no row where they are fewer, or it was told.
UPDATE message_channel AS c
SET limited_at = :at
WHERE c.org_id = :org_id AND c.channel = 'sms'
    AND (c.limited_at IS NULL OR c.limited_at <= :at::timestamptz - interval '1 day')
    AND c.sms_per_day_max <= (
        SELECT count(*)
        FROM message AS m
        WHERE m.org_id = :org_id AND m.channel = 'sms' AND m.mailbox IS NOT NULL
            AND m.status NOT IN ('rate_limited', 'discarded')
            AND m.created_at > :at::timestamptz - interval '1 day'
    )
RETURNING c.sms_per_day_max;

-- name: begin_channel_test
-- The newest test is the one that is shown.
UPDATE message_channel
SET test_id = :test_id, tested_at = :at, test_answer = '', test_acknowledged_at = NULL
WHERE org_id = :org_id AND channel = :channel;

-- name: record_channel_test
-- What a test was answered.
UPDATE message_channel
SET test_answer = :answer
WHERE org_id = :org_id AND channel = :channel AND test_id = :test_id;

-- name: acknowledge_channel_test
-- What became of a test: when it arrived, or why it did not.
UPDATE message_channel
SET test_acknowledged_at = coalesce(test_acknowledged_at, :at),
    test_answer = coalesce(nullif(:answer, ''), test_answer)
WHERE org_id = :org_id AND test_id = :test_id;

-- name: channels_of_events
-- The enabled channels of the organisations that events are of, each with the time of the first of
-- so many turns, which are a fixed time apart: a hook takes only so many a second.
WITH wanted AS (
    SELECT org_id, count(*) AS messages
    FROM unnest(:org_ids::uuid[]) AS event (org_id)
    GROUP BY org_id
)
UPDATE message_channel AS c
SET next_at = greatest(c.next_at, now()) + wanted.messages * :apart::interval
FROM wanted
WHERE c.org_id = wanted.org_id AND c.is_enabled
RETURNING c.org_id, c.channel, c.kinds, c.next_at - wanted.messages * :apart::interval AS first_at;

-- name: begin_hand_over
-- Before Make.com is called: what is found so has been called for, and may have been taken.
UPDATE message
SET route = 'make'
WHERE org_id = :org_id AND message_id = :message_id AND status = 'due' AND route = '';

-- name: hand_over_message
-- Records that a gateway has taken a message: it is sent, or waits to be acknowledged.
UPDATE message
SET status = :status, route = :route, last_error = '',
    sent_at = CASE WHEN :status = 'sent' THEN :at::timestamptz END
WHERE org_id = :org_id AND message_id = :message_id AND status = 'due';

-- name: claim_handed_over
-- The mail server sends what was handed over and not acknowledged, or meanwhile as not delivered.
UPDATE message
SET status = 'due', route = 'smtp'
WHERE org_id = :org_id AND message_id = :message_id
    AND (status = 'handed_over' OR (status = 'due' AND route = 'smtp'));

-- name: note_message_failure
-- Why a gateway did not take a message that is still due.
UPDATE message
SET last_error = :error, route = ''
WHERE org_id = :org_id AND message_id = :message_id AND status = 'due';

-- name: leave_to_mail_server
-- A message that no gateway is handed any more, since the mail server sends it.
UPDATE message
SET route = 'smtp'
WHERE org_id = :org_id AND message_id = :message_id AND status = 'due';

-- name: acknowledge_message
-- A gateway says that a message arrived, perhaps before we know that it has taken it; or that it
-- cannot be delivered: then the mail server sends an e-mail, and an SMS has failed. Whatever was sent
-- another way meanwhile is only noted.
UPDATE message
SET status = CASE
        WHEN status IN ('due', 'handed_over', 'failed') AND :is_delivered THEN 'sent'
        WHEN status = 'handed_over' THEN 'due'
        WHEN NOT :is_delivered AND channel = 'sms' AND status = 'sent' AND acknowledged_at IS NULL
            THEN 'undeliverable'
        ELSE status END,
    sent_at = CASE WHEN status IN ('due', 'handed_over', 'failed') AND :is_delivered THEN :at ELSE sent_at END,
    route = CASE WHEN status = 'handed_over' AND NOT :is_delivered THEN 'smtp'
        WHEN route <> '' OR NOT :is_delivered THEN route
        WHEN channel = 'sms' THEN 'sms' ELSE 'make' END,
    acknowledged_at = CASE WHEN :is_delivered THEN coalesce(acknowledged_at, :at) ELSE acknowledged_at END,
    last_error = CASE WHEN :is_delivered THEN last_error ELSE :detail END
WHERE org_id = :org_id AND message_id = :message_id
RETURNING event_seq, retries, status, route;

-- name: sealed_channel_keys
-- What is sealed of the keys of channels, one page after an id.
-- Scope: every organisation. The key is the installation's.
SELECT org_id AS id, key AS sealed FROM message_channel
WHERE org_id > :after_id AND key IS NOT NULL
ORDER BY org_id FETCH FIRST :rows_max ROWS WITH TIES;

-- name: reseal_channel_key
-- The same of the keys of channels sealed by another key, unless it was replaced meanwhile.
-- Scope: every organisation. The key is the installation's.
UPDATE message_channel SET key = :sealed
WHERE org_id = :id AND key = :before;
