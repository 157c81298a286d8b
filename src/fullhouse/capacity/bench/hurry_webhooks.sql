-- Lets events that are sent again later be due now: the hours between attempts are not waited for.
WITH due AS (
    UPDATE effect SET due_at = now()
    WHERE kind = 'webhook_again' AND status = 'due' AND due_at > now()
    RETURNING key
)
SELECT pg_notify('fullhouse_effects', '') FROM due LIMIT 1;
