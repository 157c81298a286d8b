-- Messages to customers, and their delivery status

CREATE TABLE message (
    org_id uuid NOT NULL,
    message_id uuid NOT NULL,
    kind text NOT NULL,
    subject_id uuid NOT NULL,
    event_seq bigint NOT NULL,
    recipient text NOT NULL,
    -- What messages are limited by; null for one that staff caused
    mailbox text,
    subject text NOT NULL,
    body_text text NOT NULL,
    body_html text NOT NULL,
    calendar text,
    -- What the QR code of the e-mail says; empty without one
    qr text NOT NULL,
    status text NOT NULL CONSTRAINT message_status_known CHECK (status IN (
        'due', 'sent', 'stored', 'failed', 'undeliverable', 'rate_limited', 'discarded')),
    created_at timestamptz NOT NULL,
    sent_at timestamptz,
    last_error text NOT NULL DEFAULT '',
    retries integer NOT NULL DEFAULT 0,
    PRIMARY KEY (org_id, message_id)
);
CREATE INDEX message_recent ON message (org_id, created_at DESC, message_id DESC);
CREATE INDEX message_kind ON message (org_id, kind, created_at DESC, message_id DESC);
-- Few, unless there is no mail server
CREATE INDEX message_not_sent ON message (org_id, status, created_at DESC, message_id DESC)
    WHERE status <> 'sent';
CREATE INDEX message_subject ON message (org_id, subject_id);
CREATE INDEX message_mailbox ON message (org_id, mailbox, created_at)
    WHERE mailbox IS NOT NULL AND status NOT IN ('rate_limited', 'discarded');
CREATE INDEX message_unsent ON message (created_at DESC, org_id, message_id)
    WHERE status IN ('undeliverable', 'rate_limited');

-- No statistics of columns that no query filters by: autovacuum would sort them during a rush
ALTER TABLE message
    ALTER recipient SET STATISTICS 0, ALTER subject SET STATISTICS 0,
    ALTER body_text SET STATISTICS 0, ALTER body_html SET STATISTICS 0,
    ALTER calendar SET STATISTICS 0, ALTER qr SET STATISTICS 0, ALTER last_error SET STATISTICS 0;
