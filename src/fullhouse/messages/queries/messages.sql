-- name: message_by_id
-- One stored e-mail.
SELECT org_id, message_id, kind, subject_id, event_seq, recipient, mailbox, subject, body_text, body_html,
    calendar, qr, status, created_at, sent_at, last_error, retries, channel, route, acknowledged_at
FROM message
WHERE org_id = :org_id AND message_id = :message_id;

-- name: messages_by_ids
-- Stored e-mails; no row for one that is not rendered yet.
SELECT org_id, message_id, kind, subject_id, event_seq, recipient, mailbox, subject, body_text, body_html,
    calendar, qr, status, created_at, sent_at, last_error, retries, channel, route, acknowledged_at
FROM message
JOIN unnest(:org_ids::uuid[], :message_ids::uuid[]) AS requested (org_id, message_id)
    USING (org_id, message_id);

-- name: earlier_recipient
-- Whom the last e-mail about a subject before an event was for.
SELECT recipient
FROM message
WHERE org_id = :org_id AND subject_id = :subject_id AND event_seq < :event_seq AND channel = 'email'
ORDER BY event_seq DESC
LIMIT 1;

-- name: lock_mailboxes
-- Stores e-mails to one mailbox one after the other, so that the count of those before is exact.
SELECT pg_advisory_xact_lock(ordered.lock)
FROM (
    SELECT DISTINCT hashtextextended(org_id || mailbox, 0) AS lock
    FROM unnest(:org_ids::uuid[], :mailboxes::text[]) AS rendered (org_id, mailbox)
    WHERE mailbox IS NOT NULL
    ORDER BY lock
) AS ordered;

-- name: store_messages
-- Stores messages before they are sent, and returns their status: past the limit of their mailbox,
-- or of the SMS of the business, they are rate-limited. One that is stored already stays as it is.
INSERT INTO message (org_id, message_id, kind, subject_id, event_seq, recipient, mailbox, subject,
    body_text, body_html, calendar, qr, status, created_at, channel)
SELECT rendered.org_id, rendered.message_id, rendered.kind, rendered.subject_id, rendered.event_seq,
    rendered.recipient, rendered.mailbox, rendered.subject, rendered.body_text, rendered.body_html,
    rendered.calendar, rendered.qr,
    CASE WHEN rendered.mailbox IS NOT NULL AND (
            earlier.hour + rendered.place > :per_hour_max OR earlier.day + rendered.place > :per_day_max
            OR rendered.sms_place > sms.places)
        THEN 'rate_limited' ELSE 'due' END,
    rendered.created_at, rendered.channel
FROM (
    SELECT *, row_number() OVER (PARTITION BY org_id, mailbox ORDER BY ordinality) AS place,
        CASE WHEN channel = 'sms' AND mailbox IS NOT NULL
            THEN row_number() OVER (PARTITION BY org_id, channel, mailbox IS NULL ORDER BY ordinality)
        END AS sms_place
    FROM unnest(
        :org_ids::uuid[], :message_ids::uuid[], :kinds::text[], :subject_ids::uuid[],
        :event_seqs::bigint[], :recipients::text[], :mailboxes::text[], :subjects::text[],
        :body_texts::text[], :body_htmls::text[], :calendars::text[], :qrs::text[], :created_ats::timestamptz[],
        :channels::text[]
    ) WITH ORDINALITY AS given (org_id, message_id, kind, subject_id, event_seq, recipient, mailbox,
        subject, body_text, body_html, calendar, qr, created_at, channel, ordinality)
) AS rendered
CROSS JOIN LATERAL (
    SELECT count(*) FILTER (WHERE m.created_at > rendered.created_at - interval '1 hour') AS hour,
        count(*) AS day
    FROM message m
    WHERE m.org_id = rendered.org_id AND m.mailbox = rendered.mailbox
        AND m.status NOT IN ('rate_limited', 'discarded')
        AND m.created_at > rendered.created_at - interval '1 day'
) AS earlier
LEFT JOIN LATERAL (
    SELECT c.sms_per_day_max - (
        SELECT count(*)
        FROM message m
        WHERE m.org_id = rendered.org_id AND m.channel = 'sms' AND m.mailbox IS NOT NULL
            AND m.status NOT IN ('rate_limited', 'discarded')
            AND m.created_at > rendered.created_at - interval '1 day'
    ) AS places
    FROM message_channel c
    WHERE rendered.sms_place IS NOT NULL AND c.org_id = rendered.org_id AND c.channel = 'sms'
) AS sms ON true
ON CONFLICT (org_id, message_id) DO UPDATE SET status = message.status
RETURNING org_id, message_id, status;

-- name: record_outcomes
-- Records how and when e-mails were delivered, or why they cannot be.
UPDATE message
SET status = outcome.status, last_error = outcome.error,
    sent_at = CASE WHEN outcome.status IN ('sent', 'stored') THEN outcome.at END,
    route = CASE WHEN outcome.status = 'sent' THEN 'smtp' ELSE message.route END
FROM unnest(
    :org_ids::uuid[], :message_ids::uuid[], :statuses::text[], :ats::timestamptz[], :errors::text[]
) AS outcome (org_id, message_id, status, at, error)
WHERE message.org_id = outcome.org_id AND message.message_id = outcome.message_id
    AND message.status IN ('due', 'failed');

-- name: mark_failed
-- Records that there is no further attempt, unless the effect is made due again.
UPDATE message
SET status = 'failed', last_error = coalesce(nullif(:error, ''), last_error)
WHERE org_id = :org_id AND message_id = :message_id AND status = 'due';

-- name: retry_message
-- Makes an e-mail due that was not sent, by any way; the number of its retries names the next effect.
UPDATE message
SET status = 'due', last_error = '', route = '', retries = retries + 1
WHERE org_id = :org_id AND message_id = :message_id
    AND status IN ('failed', 'undeliverable', 'bounced', 'rate_limited', 'stored')
RETURNING org_id, message_id, kind, subject_id, event_seq, recipient, mailbox, subject, body_text,
    body_html, calendar, qr, status, created_at, sent_at, last_error, retries, channel, route,
    acknowledged_at;

-- name: discard_message
-- Ends an e-mail that was not sent, without an attempt.
UPDATE message
SET status = 'discarded'
WHERE org_id = :org_id AND message_id = :message_id AND status IN ('undeliverable', 'rate_limited');

-- name: kept_messages
-- Of each booking to come the newest e-mail to a real guest, if it was kept for want of a mail server.
SELECT newest.message_id, newest.kind, b.status
FROM (
    SELECT DISTINCT subject_id FROM message
    WHERE org_id = :org_id AND status = 'stored' AND created_at > :since AND NOT recipient LIKE :invented
) AS kept
JOIN booking b ON b.org_id = :org_id AND b.booking_id = kept.subject_id AND b.starts_at > :now
CROSS JOIN LATERAL (
    SELECT message_id, kind, status, recipient FROM message m
    WHERE m.org_id = :org_id AND m.subject_id = kept.subject_id AND m.channel = 'email'
    ORDER BY m.event_seq DESC
    LIMIT 1
) AS newest
WHERE newest.status = 'stored' AND NOT newest.recipient LIKE :invented
ORDER BY b.starts_at, newest.message_id
LIMIT :rows_max;

-- name: unsent_messages
-- Undeliverable and rate-limited e-mails of all organisations, the newest first, a page after one.
-- Scope: every organisation. The worker works for all.
SELECT org_id, message_id, kind, recipient, status, last_error, created_at
FROM message
WHERE status IN ('undeliverable', 'rate_limited') AND (:status::text IS NULL OR status = :status)
    AND created_at <= :created_until AND (created_at < :created_until
        OR (org_id, message_id) > (:after_org_id, :after_message_id))
ORDER BY created_at DESC, org_id, message_id
LIMIT :messages_max;

-- name: messages_by_time
-- The organisation's e-mails, newest first, a page after a position.
SELECT m.org_id, m.message_id, m.kind, m.recipient, m.subject, m.status, m.created_at, m.sent_at,
    m.last_error, booking.ref, m.channel, m.route, m.acknowledged_at
FROM message AS m
LEFT JOIN booking ON booking.org_id = m.org_id AND booking.booking_id = m.subject_id
WHERE m.org_id = :org_id
    AND (m.created_at, m.message_id) < (:after_created_at, :after_message_id)
ORDER BY m.created_at DESC, m.message_id DESC
LIMIT :limit;

-- name: messages_of_kind
-- Its e-mails of one kind, newest first, a page after a position.
SELECT m.org_id, m.message_id, m.kind, m.recipient, m.subject, m.status, m.created_at, m.sent_at,
    m.last_error, booking.ref, m.channel, m.route, m.acknowledged_at
FROM message AS m
LEFT JOIN booking ON booking.org_id = m.org_id AND booking.booking_id = m.subject_id
WHERE m.org_id = :org_id AND m.kind = :kind
    AND (m.created_at, m.message_id) < (:after_created_at, :after_message_id)
ORDER BY m.created_at DESC, m.message_id DESC
LIMIT :limit;

-- name: messages_not_sent
-- Its e-mails of a status other than sent, newest first, a page after a position.
SELECT m.org_id, m.message_id, m.kind, m.recipient, m.subject, m.status, m.created_at, m.sent_at,
    m.last_error, booking.ref, m.channel, m.route, m.acknowledged_at
FROM message AS m
LEFT JOIN booking ON booking.org_id = m.org_id AND booking.booking_id = m.subject_id
WHERE m.org_id = :org_id
    AND m.status <> 'sent' AND m.status = :status AND (:kind::text IS NULL OR m.kind = :kind)
    AND (m.created_at, m.message_id) < (:after_created_at, :after_message_id)
ORDER BY m.created_at DESC, m.message_id DESC
LIMIT :limit;

-- name: message_summary
-- One e-mail of the list.
SELECT m.org_id, m.message_id, m.kind, m.recipient, m.subject, m.status, m.created_at, m.sent_at,
    m.last_error, booking.ref, m.channel, m.route, m.acknowledged_at
FROM message AS m
LEFT JOIN booking ON booking.org_id = m.org_id AND booking.booking_id = m.subject_id
WHERE m.org_id = :org_id AND m.message_id = :message_id;

-- name: unsent_since
-- How many e-mails since an instant were not sent, by their status; and the channels that fail, with since when.
SELECT status, NULL AS channel, count(*)::integer AS messages, NULL::timestamptz AS failing_since
FROM message
WHERE org_id = :org_id AND status <> 'sent' AND status = ANY (:statuses) AND created_at > :since
GROUP BY status
UNION ALL
SELECT NULL, channel, 0, failing_since
FROM message_channel
WHERE org_id = :org_id AND is_enabled AND failing_since IS NOT NULL;

-- name: last_message_status
-- How the newest e-mail about one booking to its address fared.
SELECT status
FROM message
WHERE org_id = :org_id AND subject_id = :subject_id AND recipient = :recipient
ORDER BY created_at DESC, message_id DESC
LIMIT 1;

-- name: messages_about
-- All e-mails about one booking, oldest first.
SELECT org_id, message_id, kind, subject_id, event_seq, recipient, mailbox, subject, body_text, body_html,
    calendar, qr, status, created_at, sent_at, last_error, retries, channel, route, acknowledged_at
FROM message
WHERE org_id = :org_id AND subject_id = :subject_id
ORDER BY created_at, message_id;

-- name: closure_stands
-- Whether a closure was not taken back.
SELECT EXISTS (SELECT FROM closure WHERE org_id = :org_id AND closure_id = :closure_id);

-- name: closing_status
-- How the last e-mail before an event that said that the time is closed fared.
SELECT status FROM message
WHERE org_id = :org_id AND subject_id = :subject_id AND kind = 'closing' AND event_seq < :event_seq
    AND channel = :channel
ORDER BY event_seq DESC LIMIT 1;

-- name: erase_messages
-- Empties e-mails about these subjects; one that was not sent yet is never sent.
UPDATE message
SET recipient = '', mailbox = NULL, subject = '', body_text = '', body_html = '', calendar = NULL, qr = '',
    last_error = '',
    status = CASE WHEN status IN ('sent', 'stored', 'bounced') THEN status ELSE 'discarded' END
WHERE org_id = :org_id AND subject_id = ANY (:subjects::uuid[])
    AND (:recipients::text[] IS NULL OR recipient = ANY (:recipients::text[]));

-- name: tests_since
-- How many tests of e-mails an account has asked for since an instant.
SELECT count(*)::integer FROM event
WHERE org_id = :org_id AND subject = :subject AND kind = :kind AND at > :since;

-- name: bounce_message
-- Records that an e-mail came back, the first time that it is said; `is_new` then.
WITH known AS (
    SELECT kind, subject_id, recipient, status FROM message
    WHERE org_id = :org_id AND message_id = :message_id AND channel = 'email'
    FOR UPDATE
), changed AS (
    UPDATE message SET status = 'bounced', last_error = :detail
    FROM known
    WHERE message.org_id = :org_id AND message.message_id = :message_id
        AND known.status IN ('due', 'handed_over', 'sent', 'failed')
    RETURNING message.message_id
)
SELECT kind, subject_id, recipient, EXISTS (SELECT FROM changed) AS is_new FROM known;

-- name: recipient_of_message
-- Whom a message was for; empty once it was erased.
SELECT recipient FROM message WHERE org_id = :org_id AND message_id = :message_id;
