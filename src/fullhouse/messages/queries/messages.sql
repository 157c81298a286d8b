-- name: message_by_id
-- One letter as kept.
SELECT org_id, message_id, kind, subject_id, recipient, subject, body_text, body_html, calendar,
    status, created_at, sent_at, last_error
FROM message
WHERE org_id = :org_id AND message_id = :message_id;

-- name: keep_message
-- Keeps a letter's words before it is sent; one that is kept already stays as it is.
INSERT INTO message (org_id, message_id, kind, subject_id, recipient, subject, body_text, body_html,
    calendar, status, created_at)
VALUES (:org_id, :message_id, :kind, :subject_id, :recipient, :subject, :body_text, :body_html,
    :calendar, 'due', :created_at)
ON CONFLICT DO NOTHING;

-- name: delivered
-- Where a letter has gone.
UPDATE message
SET status = :status, sent_at = :at, last_error = ''
WHERE org_id = :org_id AND message_id = :message_id AND status IN ('due', 'failed');

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
