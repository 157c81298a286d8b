-- What the texts of e-mails said before, who wrote that and when

CREATE TABLE earlier_email_text (
    org_id uuid NOT NULL,
    kind text NOT NULL,
    language text NOT NULL,
    -- The version of the text that this was, also of the present one
    version integer NOT NULL,
    -- An empty subject stands for the default text
    subject text NOT NULL,
    heading text NOT NULL,
    text text NOT NULL,
    sms text NOT NULL,
    -- Null and empty where it was written before this was kept
    written_at timestamptz,
    written_by text NOT NULL DEFAULT '',
    PRIMARY KEY (org_id, kind, language, version),
    FOREIGN KEY (org_id, kind, language) REFERENCES email_text ON DELETE CASCADE
);

INSERT INTO earlier_email_text (org_id, kind, language, version, subject, heading, text, sms)
SELECT org_id, kind, language, version, subject, heading, text, sms FROM email_text
UNION ALL
SELECT org_id, kind, language, version - 1, previous_subject, previous_heading, previous_text, previous_sms
FROM email_text;

-- Programs from before write them still, and those of now do not
ALTER TABLE email_text
    ALTER previous_subject SET DEFAULT '', ALTER previous_heading SET DEFAULT '',
    ALTER previous_text SET DEFAULT '', ALTER previous_sms SET DEFAULT '';
