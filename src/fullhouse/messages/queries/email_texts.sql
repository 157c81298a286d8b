-- name: email_texts_of
-- The texts of e-mails that an organisation has changed.
SELECT org_id, kind, language, subject, heading, text, sms, version, failing_since
FROM email_text
WHERE org_id = :org_id
ORDER BY kind, language;

-- name: email_text
-- One of them.
SELECT org_id, kind, language, subject, heading, text, sms, version, failing_since
FROM email_text
WHERE org_id = :org_id AND kind = :kind AND language = :language;

-- name: own_email_texts
-- The texts of these organisations that are not the default.
-- Scope: the organisations that are named. The worker works for all.
SELECT org_id, kind, language, subject, heading, text, sms
FROM email_text
WHERE org_id = ANY (:org_ids::uuid[]) AND subject <> '';

-- name: set_email_text
-- Replace a text, and keep it with those before.
WITH written AS (
    INSERT INTO email_text AS stored (org_id, kind, language, subject, heading, text, sms)
    VALUES (:org_id, :kind, :language, :subject, :heading, :text, :sms)
    ON CONFLICT (org_id, kind, language) DO UPDATE
    SET subject = excluded.subject, heading = excluded.heading, text = excluded.text,
        sms = excluded.sms, version = stored.version + 1, failing_since = NULL
    RETURNING org_id, kind, language, version, subject, heading, text, sms
)
INSERT INTO earlier_email_text (
    org_id, kind, language, version, subject, heading, text, sms, written_at, written_by
)
SELECT org_id, kind, language, version, subject, heading, text, sms, :at, :by FROM written;

-- name: forget_earlier_email_texts
-- Keep only so many of the texts before the present one.
DELETE FROM earlier_email_text AS e
USING email_text AS t
WHERE e.org_id = :org_id AND e.kind = :kind AND e.language = :language
    AND t.org_id = e.org_id AND t.kind = e.kind AND t.language = e.language
    AND e.version < t.version - :texts_max::integer;

-- name: earlier_email_texts
-- The texts before the present one, the newest first, with the names of accounts and API keys.
SELECT e.version, e.subject, e.heading, e.text, e.sms, e.written_at, e.written_by, (
        SELECT name FROM actor_names(e.org_id, e.written_by)
    ) AS writer_name
FROM earlier_email_text AS e
JOIN email_text AS t USING (org_id, kind, language)
WHERE e.org_id = :org_id AND e.kind = :kind AND e.language = :language AND e.version < t.version
ORDER BY e.version DESC
LIMIT :rows_max;

-- name: note_failed_email_text
-- A text could not be used, for the first time since it was saved.
UPDATE email_text SET failing_since = :at
WHERE org_id = :org_id AND kind = :kind AND language = :language AND subject <> '' AND failing_since IS NULL;
