-- What an e-mail said before is in a table of its own

ALTER TABLE email_text
    DROP previous_subject, DROP previous_heading, DROP previous_text, DROP previous_sms;
