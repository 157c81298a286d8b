-- Texts of e-mails that a business writes itself, by kind and language

CREATE TABLE email_text (
    org_id uuid NOT NULL REFERENCES organisation,
    kind text NOT NULL,
    language text NOT NULL,
    -- Templates; an empty subject stands for the default text
    subject text NOT NULL,
    heading text NOT NULL,
    text text NOT NULL,
    -- What was there before, for undoing
    previous_subject text NOT NULL,
    previous_heading text NOT NULL,
    previous_text text NOT NULL,
    version integer NOT NULL DEFAULT 1,
    -- Since then guests get the default text, because this one could not be used
    failing_since timestamptz,
    PRIMARY KEY (org_id, kind, language)
);
