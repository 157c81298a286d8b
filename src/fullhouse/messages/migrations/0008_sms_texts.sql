-- What an SMS about the same says; empty for the subject

ALTER TABLE email_text
    ADD sms text NOT NULL DEFAULT '',
    ADD previous_sms text NOT NULL DEFAULT '';
