-- What is found by its age to be forgotten: keys, settled effects, jobs that ended
-- depends: 0003_jobs

-- migrate: apply

CREATE INDEX idempotency_age ON idempotency (created_at);
CREATE INDEX effect_settled ON effect (settled_at) WHERE status = 'settled';
CREATE INDEX pgqueuer_ended ON pgqueuer (updated) WHERE status NOT IN ('queued', 'picked');

-- migrate: rollback

DROP INDEX idempotency_age, effect_settled, pgqueuer_ended;
