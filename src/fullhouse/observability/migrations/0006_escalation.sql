-- How many steps of the escalation were told of an alert that nobody acknowledges
ALTER TABLE alert ADD COLUMN escalated int NOT NULL DEFAULT 0
    CONSTRAINT alert_escalated_not_negative CHECK (escalated >= 0);
