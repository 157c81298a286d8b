-- name: prune_idempotency_keys
-- Looks at the next keys of any organisation that are old enough, the oldest first, and deletes those
-- whose booking, or place in a waiting list, has ended or is over. Says where it stopped; no row at
-- the end. A key that the ledger has in hand is left for the next time, so neither waits in a ring.
-- Scope: every organisation. The worker works for all.
WITH looked_at AS (
    SELECT created_at, org_id, key, subject FROM idempotency
    WHERE created_at < :created_before
        AND (created_at, org_id, key) > (:after_created_at, :after_org_id::uuid, :after_key::uuid)
    ORDER BY created_at, org_id, key
    LIMIT :rows_max
), over AS (
    SELECT idempotency.org_id, idempotency.key
    FROM idempotency JOIN looked_at USING (org_id, key, created_at)
    WHERE NOT EXISTS (
            SELECT FROM booking
            WHERE booking.org_id = looked_at.org_id AND booking.booking_id = looked_at.subject
                AND booking.status IN ('held', 'confirmed', 'checked_in') AND booking.ends_at > :now
        ) AND NOT EXISTS (
            SELECT FROM waiting_list_entry AS w JOIN slot USING (org_id, slot_id)
            WHERE w.org_id = looked_at.org_id AND w.entry_id = looked_at.subject
                AND w.status IN ('waiting', 'offered') AND slot.ends_at > :now
        )
    FOR UPDATE OF idempotency SKIP LOCKED
), pruned AS (
    DELETE FROM idempotency USING over
    WHERE idempotency.org_id = over.org_id AND idempotency.key = over.key
    RETURNING idempotency.key
)
SELECT created_at, org_id, key, (SELECT count(*) FROM pruned) AS pruned
FROM looked_at
ORDER BY created_at DESC, org_id DESC, key DESC
LIMIT 1;
