-- What mended what an alert was about, in the words of whoever did it
ALTER TABLE alert ADD COLUMN note text NOT NULL DEFAULT '', ADD COLUMN noted_by text NOT NULL DEFAULT '',
    ADD CONSTRAINT alert_note_short CHECK (length(note) <= 200);
