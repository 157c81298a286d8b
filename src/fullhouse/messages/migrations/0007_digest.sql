-- Who gets an overview of the day each morning

CREATE TABLE digest_reader (
    org_id uuid NOT NULL,
    account_id uuid NOT NULL,
    -- The last day of the venue of which an overview was asked for; null before the first
    sent_on date,
    PRIMARY KEY (org_id, account_id),
    FOREIGN KEY (org_id, account_id) REFERENCES membership ON DELETE CASCADE
);
