-- Statistics only of what is asked by: the rest is read and sorted for nobody, while guests rush
-- depends: 0004_trimming

-- migrate: apply

ALTER TABLE booking
    ALTER slots SET STATISTICS 0, ALTER customer_name SET STATISTICS 0,
    ALTER customer_phone SET STATISTICS 0, ALTER locale SET STATISTICS 0,
    ALTER source SET STATISTICS 0;
ALTER TABLE idempotency
    ALTER fingerprint SET STATISTICS 0, ALTER command_id SET STATISTICS 0,
    ALTER outcome SET STATISTICS 0;
ALTER TABLE event
    ALTER data SET STATISTICS 0, ALTER actor SET STATISTICS 0,
    ALTER correlation_id SET STATISTICS 0;
ALTER TABLE effect
    ALTER correlation_id SET STATISTICS 0, ALTER last_error SET STATISTICS 0;
ALTER TABLE message
    ALTER recipient SET STATISTICS 0, ALTER subject SET STATISTICS 0,
    ALTER body_text SET STATISTICS 0, ALTER body_html SET STATISTICS 0,
    ALTER calendar SET STATISTICS 0, ALTER last_error SET STATISTICS 0;

-- migrate: rollback

ALTER TABLE booking
    ALTER slots SET STATISTICS -1, ALTER customer_name SET STATISTICS -1,
    ALTER customer_phone SET STATISTICS -1, ALTER locale SET STATISTICS -1,
    ALTER source SET STATISTICS -1;
ALTER TABLE idempotency
    ALTER fingerprint SET STATISTICS -1, ALTER command_id SET STATISTICS -1,
    ALTER outcome SET STATISTICS -1;
ALTER TABLE event
    ALTER data SET STATISTICS -1, ALTER actor SET STATISTICS -1,
    ALTER correlation_id SET STATISTICS -1;
ALTER TABLE effect
    ALTER correlation_id SET STATISTICS -1, ALTER last_error SET STATISTICS -1;
ALTER TABLE message
    ALTER recipient SET STATISTICS -1, ALTER subject SET STATISTICS -1,
    ALTER body_text SET STATISTICS -1, ALTER body_html SET STATISTICS -1,
    ALTER calendar SET STATISTICS -1, ALTER last_error SET STATISTICS -1;
