-- name: message_by_id
-- One letter as kept.
SELECT org_id, message_id, kind, subject_id, recipient, subject, body_text, body_html, calendar,
    status, created_at, sent_at, last_error
FROM message
WHERE org_id = :org_id AND message_id = :message_id;

-- name: messages_by_ids
-- Letters as kept; no row for one that is not written yet.
SELECT org_id, message_id, kind, subject_id, recipient, subject, body_text, body_html, calendar,
    status, created_at, sent_at, last_error
FROM message
JOIN unnest(:org_ids::uuid[], :message_ids::uuid[]) AS wanted (org_id, message_id)
    USING (org_id, message_id);

-- name: keep_messages
-- Keeps letters' words before they are sent; one that is kept already stays as it is.
INSERT INTO message (org_id, message_id, kind, subject_id, recipient, subject, body_text, body_html,
    calendar, status, created_at)
SELECT written.org_id, written.message_id, written.kind, written.subject_id, written.recipient,
    written.subject, written.body_text, written.body_html, written.calendar, 'due',
    written.created_at
FROM unnest(
    :org_ids::uuid[], :message_ids::uuid[], :kinds::text[], :subject_ids::uuid[],
    :recipients::text[], :subjects::text[], :body_texts::text[], :body_htmls::text[],
    :calendars::text[], :created_ats::timestamptz[]
) AS written (org_id, message_id, kind, subject_id, recipient, subject, body_text, body_html,
    calendar, created_at)
ON CONFLICT DO NOTHING;

-- name: delivered
-- Where letters have gone.
UPDATE message
SET status = gone.status, sent_at = gone.at, last_error = ''
FROM unnest(:org_ids::uuid[], :message_ids::uuid[], :statuses::text[], :ats::timestamptz[])
    AS gone (org_id, message_id, status, at)
WHERE message.org_id = gone.org_id AND message.message_id = gone.message_id
    AND message.status IN ('due', 'failed');

-- name: not_delivered
-- A letter that will not be tried again, unless somebody asks for it.
UPDATE message
SET status = 'failed', last_error = :error
WHERE org_id = :org_id AND message_id = :message_id AND status = 'due';

-- name: outbox
-- The organisation's letters, the newest first, a page from a position on.
SELECT org_id, message_id, kind, subject_id, recipient, subject, body_text, body_html, calendar,
    status, created_at, sent_at, last_error
FROM message
WHERE org_id = :org_id
    AND created_at <= :after_created_at
    AND (created_at < :after_created_at OR message_id > :after_message_id)
ORDER BY created_at DESC, message_id
LIMIT :limit;

-- name: messages_about
-- Everything that was written about one booking, oldest first.
SELECT org_id, message_id, kind, subject_id, recipient, subject, body_text, body_html, calendar,
    status, created_at, sent_at, last_error
FROM message
WHERE org_id = :org_id AND subject_id = :subject_id
ORDER BY created_at, message_id;
