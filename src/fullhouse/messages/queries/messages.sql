-- name: message_by_id
-- One stored e-mail.
SELECT org_id, message_id, kind, subject_id, recipient, subject, body_text, body_html, calendar,
    status, created_at, sent_at, last_error
FROM message
WHERE org_id = :org_id AND message_id = :message_id;

-- name: messages_by_ids
-- Stored e-mails; no row for one that is not rendered yet.
SELECT org_id, message_id, kind, subject_id, recipient, subject, body_text, body_html, calendar,
    status, created_at, sent_at, last_error
FROM message
JOIN unnest(:org_ids::uuid[], :message_ids::uuid[]) AS requested (org_id, message_id)
    USING (org_id, message_id);

-- name: store_messages
-- Stores e-mails before they are sent; one that is stored already keeps its texts.
INSERT INTO message (org_id, message_id, kind, subject_id, recipient, subject, body_text, body_html,
    calendar, status, created_at)
SELECT rendered.org_id, rendered.message_id, rendered.kind, rendered.subject_id, rendered.recipient,
    rendered.subject, rendered.body_text, rendered.body_html, rendered.calendar, 'due',
    rendered.created_at
FROM unnest(
    :org_ids::uuid[], :message_ids::uuid[], :kinds::text[], :subject_ids::uuid[],
    :recipients::text[], :subjects::text[], :body_texts::text[], :body_htmls::text[],
    :calendars::text[], :created_ats::timestamptz[]
) AS rendered (org_id, message_id, kind, subject_id, recipient, subject, body_text, body_html,
    calendar, created_at)
ON CONFLICT DO NOTHING;

-- name: record_deliveries
-- Records how and when e-mails were delivered.
UPDATE message
SET status = delivery.status, sent_at = delivery.at, last_error = ''
FROM unnest(:org_ids::uuid[], :message_ids::uuid[], :statuses::text[], :ats::timestamptz[])
    AS delivery (org_id, message_id, status, at)
WHERE message.org_id = delivery.org_id AND message.message_id = delivery.message_id
    AND message.status IN ('due', 'failed');

-- name: mark_failed
-- Records that there is no further attempt, unless the effect is made due again.
UPDATE message
SET status = 'failed', last_error = :error
WHERE org_id = :org_id AND message_id = :message_id AND status = 'due';

-- name: outbox
-- The organisation's e-mails, newest first, one page after a position.
SELECT org_id, message_id, kind, subject_id, recipient, subject, body_text, body_html, calendar,
    status, created_at, sent_at, last_error
FROM message
WHERE org_id = :org_id
    AND created_at <= :after_created_at
    AND (created_at < :after_created_at OR message_id > :after_message_id)
ORDER BY created_at DESC, message_id
LIMIT :limit;

-- name: messages_about
-- All e-mails about one booking, oldest first.
SELECT org_id, message_id, kind, subject_id, recipient, subject, body_text, body_html, calendar,
    status, created_at, sent_at, last_error
FROM message
WHERE org_id = :org_id AND subject_id = :subject_id
ORDER BY created_at, message_id;
