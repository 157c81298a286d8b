-- name: webhook_sources
-- The providers whose webhooks an organisation receives.
SELECT provider, previous_until, set_at
FROM webhook_source
WHERE org_id = :org_id
ORDER BY provider;

-- name: webhook_source_secrets
-- The encrypted secrets by which webhooks of a provider are verified now.
SELECT secret, CASE WHEN previous_until > :at THEN previous_secret END AS previous_secret
FROM webhook_source
WHERE org_id = :org_id AND provider = :provider;

-- name: set_webhook_source
-- Receives webhooks of a provider with a secret; the one before verifies until then as well.
INSERT INTO webhook_source AS s (org_id, provider, secret, set_at)
VALUES (:org_id, :provider, :secret, :at)
ON CONFLICT (org_id, provider) DO UPDATE
SET previous_secret = s.secret, previous_until = :previous_until, secret = excluded.secret,
    set_at = excluded.set_at;

-- name: remove_webhook_source
-- Receives no more webhooks of a provider; those received stay.
DELETE FROM webhook_source
WHERE org_id = :org_id AND provider = :provider;

-- name: store_webhook
-- Stores a webhook, unless it was received before.
INSERT INTO received_webhook (org_id, webhook_id, provider, event_id, body, received_at)
VALUES (:org_id, :webhook_id, :provider, :event_id, :body, :at)
ON CONFLICT DO NOTHING;

-- name: webhook_to_process
-- A webhook that was not processed since it was received or replayed, kept from others meanwhile.
SELECT org_id, webhook_id, provider, event_id, body, received_at
FROM received_webhook
WHERE org_id = :org_id AND webhook_id = :webhook_id AND replays = :replay
    AND status IN ('waiting', 'failed')
FOR UPDATE;

-- name: end_webhook
-- What became of a webhook; of one that was replayed meanwhile that is not known yet.
UPDATE received_webhook
SET status = :status, ended_at = :at
WHERE org_id = :org_id AND webhook_id = :webhook_id AND replays = :replay;

-- name: received_webhooks
-- An organisation's received webhooks from :since until before :until, the newest first.
SELECT org_id, webhook_id, provider, event_id, received_at, status, ended_at, replays
FROM received_webhook
WHERE org_id = :org_id AND received_at >= :since AND received_at < :until
    AND (:provider::text IS NULL OR provider = :provider)
    AND (:status::text IS NULL OR status = :status)
ORDER BY received_at DESC, webhook_id DESC
LIMIT :rows_max;

-- name: received_webhook
-- One received webhook.
SELECT org_id, webhook_id, provider, event_id, received_at, status, ended_at, replays
FROM received_webhook
WHERE org_id = :org_id AND webhook_id = :webhook_id;

-- name: received_webhooks_of_all
-- Received webhooks of all organisations, the newest first.
-- Scope: every organisation. The operator sees those of all.
SELECT org_id, webhook_id, provider, event_id, received_at, status, ended_at, replays
FROM received_webhook
WHERE received_at >= :since AND received_at < :until
    AND (:provider::text IS NULL OR provider = :provider)
    AND (:status::text IS NULL OR status = :status)
ORDER BY received_at DESC, webhook_id DESC
LIMIT :rows_max;

-- name: replay_webhooks
-- Has webhooks processed anew.
UPDATE received_webhook
SET status = 'waiting', ended_at = NULL, replays = replays + 1
WHERE org_id = :org_id AND webhook_id = ANY (:webhook_ids)
RETURNING webhook_id, provider, replays;

-- name: prune_webhooks
-- Deletes some of the webhooks that were received long ago, whatever became of them.
-- Scope: every organisation. Time passes for all.
WITH chosen AS (
    SELECT org_id, webhook_id
    FROM received_webhook
    WHERE received_at < now() - :age::interval
    ORDER BY received_at
    LIMIT :rows_max
)
DELETE FROM received_webhook AS r
USING chosen
WHERE r.org_id = chosen.org_id AND r.webhook_id = chosen.webhook_id;

-- name: sealed_source_secrets
-- What is sealed of the secrets of providers, one page after an id.
-- Scope: every organisation. The key is the installation's.
SELECT org_id AS id, secret AS sealed FROM webhook_source
WHERE org_id > :after_id
ORDER BY org_id FETCH FIRST :rows_max ROWS WITH TIES;

-- name: reseal_source_secret
-- The same of the secrets of providers sealed by another key, unless it was replaced meanwhile.
-- Scope: every organisation. The key is the installation's.
UPDATE webhook_source SET secret = :sealed
WHERE org_id = :id AND secret = :before;

-- name: sealed_former_secrets
-- What is sealed of the former secrets of providers, one page after an id.
-- Scope: every organisation. The key is the installation's.
SELECT org_id AS id, previous_secret AS sealed FROM webhook_source
WHERE org_id > :after_id AND previous_secret IS NOT NULL
ORDER BY org_id FETCH FIRST :rows_max ROWS WITH TIES;

-- name: reseal_former_secret
-- The same of the former secrets of providers sealed by another key, unless it was replaced meanwhile.
-- Scope: every organisation. The key is the installation's.
UPDATE webhook_source SET previous_secret = :sealed
WHERE org_id = :id AND previous_secret = :before;
