-- name: email_texts_of
-- The texts of e-mails that an organisation has changed.
SELECT org_id, kind, language, subject, heading, text, sms, previous_subject, previous_heading, previous_text,
    previous_sms, version, failing_since
FROM email_text
WHERE org_id = :org_id
ORDER BY kind, language;

-- name: email_text
-- One of them.
SELECT org_id, kind, language, subject, heading, text, sms, previous_subject, previous_heading, previous_text,
    previous_sms, version, failing_since
FROM email_text
WHERE org_id = :org_id AND kind = :kind AND language = :language;

-- name: own_email_texts
-- The texts of these organisations that are not the default.
-- Scope: the organisations that are named. The worker works for all.
SELECT org_id, kind, language, subject, heading, text, sms
FROM email_text
WHERE org_id = ANY (:org_ids::uuid[]) AND subject <> '';

-- name: set_email_text
-- Replace a text, and keep what it replaces.
INSERT INTO email_text AS stored (org_id, kind, language, subject, heading, text, sms,
    previous_subject, previous_heading, previous_text)
VALUES (:org_id, :kind, :language, :subject, :heading, :text, :sms, '', '', '')
ON CONFLICT (org_id, kind, language) DO UPDATE
SET subject = excluded.subject, heading = excluded.heading, text = excluded.text,
    sms = excluded.sms, previous_subject = stored.subject, previous_heading = stored.heading,
    previous_text = stored.text, previous_sms = stored.sms, version = stored.version + 1, failing_since = NULL;

-- name: note_failed_email_text
-- A text could not be used, for the first time since it was saved.
UPDATE email_text SET failing_since = :at
WHERE org_id = :org_id AND kind = :kind AND language = :language AND subject <> '' AND failing_since IS NULL;
